/// Events that are no failure of a program: reports of browsers, monitors, detectors and people.
enum SentryOtherShapes {
  static let texts: [SentryEventShape: String] = [
    .csp: #"""
    {"issue":{"title":"Blocked 'script' from 'ads.example'","culprit":"script-src-elem","type":"csp","metadata":{"directive":"script-src-elem","message":"Blocked 'script' from 'ads.example'","uri":"https://ads.example/pixel.js"}},
     "event":{"platform":"other","type":"csp",
      "entries":[{"type":"message","data":{"formatted":"Blocked 'script' from 'ads.example'"}},
       {"type":"csp","data":{"effective_directive":"script-src-elem","blocked_uri":"https://ads.example/pixel.js?visitor=4711","document_uri":"https://shop.example/checkout?coupon=SPRING",
        "original_policy":"default-src 'none'; script-src 'self'; report-uri https://o1.ingest.example/api/1/security/?sentry_key=0123","referrer":"https://shop.example/cart","status_code":200,
        "violated_directive":"script-src-elem","source_file":"https://shop.example/assets/app.js","line_number":61,"column_number":9,"script_sample":"","disposition":"enforce"}},
       {"type":"request","data":{"method":null,"url":"https://shop.example/checkout","query":[["coupon","SPRING"]],"fragment":null,"data":null,"headers":[["User-Agent","Mozilla/5.0"]],"cookies":[],"env":null,"inferredContentType":null,"apiTarget":null}}],
      "contexts":{"browser":{"type":"browser","name":"Firefox","version":"146.0"},"client_os":{"type":"os","name":"Windows"}},
      "tags":[["blocked-uri","https://ads.example"],["browser","Firefox 146.0"],["effective-directive","script-src-elem"],["level","error"],["logger","csp"],["url","https://shop.example/checkout"]]}}
    """#,
    .hpkp: #"""
    {"issue":{"title":"Public key pinning validation failed for 'shop.example'","culprit":"shop.example","type":"hpkp","metadata":{"message":"Public key pinning validation failed for 'shop.example'","origin":"shop.example"}},
     "event":{"platform":"other","type":"hpkp",
      "entries":[{"type":"hpkp","data":{"date_time":"2026-11-28T13:02:11.000Z","hostname":"shop.example","port":443,"effective_expiration_date":"2026-12-28T13:02:11.000Z","include_subdomains":false,"noted_hostname":"shop.example",
        "served_certificate_chain":["-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIU\n-----END CERTIFICATE-----"],"validated_certificate_chain":[],"known_pins":["pin-sha256=\"E9CZ9INDbd+2eRQozYqqbQ2yXLVKB9+xcprMF+44U1g=\""]}}],
      "contexts":{"browser":{"type":"browser","name":"Firefox","version":"71.0"}},
      "tags":[["browser","Firefox 71.0"],["level","error"],["logger","csp"]]}}
    """#,
    .expectct: #"""
    {"issue":{"title":"Expect-CT failed for 'shop.example'","culprit":"shop.example","type":"expectct","metadata":{"message":"Expect-CT failed for 'shop.example'","origin":"shop.example"}},
     "event":{"platform":"other","type":"expectct",
      "entries":[{"type":"expectct","data":{"date_time":"2026-11-28T13:02:11.000Z","hostname":"shop.example","port":443,"effective_expiration_date":"2026-12-28T13:02:11.000Z","served_certificate_chain":[],"validated_certificate_chain":[],"scts":[],"failure_mode":"enforce","test_report":false}}],
      "contexts":{"browser":{"type":"browser","name":"Chrome","version":"104.0"}},
      "tags":[["browser","Chrome 104.0"],["level","error"],["logger","csp"]]}}
    """#,
    .performance: #"""
    {"issue":{"title":"N+1 Query","culprit":"/api/carts/{id}","type":"transaction","issueType":"performance_n_plus_one_db_queries","issueCategory":"db_query","metadata":{"title":"N+1 Query","value":"SELECT * FROM items WHERE cart_id = %s"}},
     "event":{"platform":"python","type":"transaction",
      "entries":[{"type":"spans","data":[
        {"span_id":"a1","parent_span_id":"00","op":"http.server","description":"GET /api/carts/{id}","start_timestamp":1790000000.0,"timestamp":1790000000.412},
        {"span_id":"b1","parent_span_id":"a1","op":"db","description":"SELECT * FROM items WHERE cart_id = 1","start_timestamp":1790000000.010,"timestamp":1790000000.0152},
        {"span_id":"b2","parent_span_id":"a1","op":"db","description":"SELECT * FROM items WHERE cart_id = 2","start_timestamp":1790000000.020,"timestamp":1790000000.0249},
        {"span_id":"b3","parent_span_id":"a1","op":"db","description":"SELECT * FROM items WHERE cart_id = 3","start_timestamp":1790000000.030,"timestamp":1790000000.0361}]},
       {"type":"request","data":{"method":"GET","url":"https://api.shop.example/api/carts/7","query":[],"fragment":null,"data":null,"headers":[["Host","api.shop.example"]],"cookies":[],"env":null,"inferredContentType":null,"apiTarget":null}}],
      "occurrence":{"id":"5f0c","projectId":4500001,"eventId":"0","fingerprint":["n_plus_one"],"issueTitle":"N+1 Query","subtitle":"Database query repeated 25 times","resourceId":null,"type":1006,"detectionTime":1790000001,"level":"warning","culprit":"/api/carts/{id}","priority":50,"assignee":null,
       "evidenceData":{"op":"db","offenderSpanIds":["b1","b2","b3"],"transactionName":"/api/carts/{id}"},
       "evidenceDisplay":[{"name":"Offending Spans","value":"db - SELECT * FROM items WHERE cart_id = %s","important":true},{"name":"Parent Span","value":"http.server - GET /api/carts/{id}","important":false},{"name":"Repeated","value":"25 times","important":true}]},
      "contexts":{"trace":{"type":"trace","trace_id":"abcdef1234567890abcdef1234567890","span_id":"a1","op":"http.server","status":"ok"},"runtime":{"type":"runtime","name":"CPython","version":"3.13.1"}},
      "tags":[["environment","production"],["level","info"],["transaction","/api/carts/{id}"]]}}
    """#,
    .cron: #"""
    {"issue":{"title":"Cron failure: nightly-invoices","culprit":"incident","type":"generic","issueType":"monitor_check_in_failure","issueCategory":"outage","metadata":{"title":"Cron failure: nightly-invoices","value":"Your monitor is failing: A missed check-in was detected."}},
     "event":{"platform":"other","type":"generic","entries":[],
      "occurrence":{"id":"6a1d","projectId":4500001,"eventId":"0","fingerprint":["incident:77"],"issueTitle":"Cron failure: nightly-invoices","subtitle":"Your monitor is failing: A missed check-in was detected.","resourceId":null,"type":4001,"detectionTime":1790000001,"level":"error","culprit":"incident","priority":75,"assignee":null,"evidenceData":{},
       "evidenceDisplay":[{"name":"Failure reason","value":"1 missed check-in detected","important":true},{"name":"Environment","value":"production","important":false},{"name":"Last successful check-in","value":"2026-11-28T02:00:09.112000+00:00","important":false}]},
      "contexts":{"monitor":{"type":"cron_job","id":"2f1f","name":"nightly-invoices","slug":"nightly-invoices","status":"active","config":{"schedule_type":"crontab","schedule":"0 2 * * *","timezone":"Europe/Berlin","checkin_margin":5,"max_runtime":30}},"trace":{"type":"trace","trace_id":"77aa","span_id":"b1"}},
      "tags":[["environment","production"],["level","error"],["monitor.id","2f1f"],["monitor.slug","nightly-invoices"]]}}
    """#,
    .uptime: #"""
    {"issue":{"title":"Downtime detected for https://shop.example/health","culprit":"","type":"generic","issueType":"uptime_domain_failure","issueCategory":"outage","metadata":{"title":"Downtime detected for https://shop.example/health","value":"Your monitored domain is down"}},
     "event":{"platform":"other","type":"generic","entries":[],
      "occurrence":{"id":"7b2e","projectId":4500001,"eventId":"0","fingerprint":["uptime"],"issueTitle":"Downtime detected for https://shop.example/health","subtitle":"Your monitored domain is down","resourceId":null,"type":7001,"detectionTime":1790000001,"level":"error","culprit":"","priority":75,"assignee":null,"evidenceData":{},
       "evidenceDisplay":[{"name":"Failure reason","value":"timeout - Request timed out","important":true},{"name":"Duration","value":"10003ms","important":false},{"name":"Method","value":"GET","important":false},{"name":"Status Code","value":"None","important":false}]},
      "contexts":{"trace":{"type":"trace","trace_id":"88bb","span_id":"c1"}},
      "tags":[["environment","production"],["level","error"],["uptime_rule","19"]]}}
    """#,
    .feedback: #"""
    {"issue":{"title":"User Feedback","culprit":"user","type":"generic","issueType":"feedback","issueCategory":"feedback","metadata":{"title":"User Feedback","message":"Checkout is broken: the button does nothing since this morning.","value":"Checkout is broken: the button does nothing since this morning.","name":"Ann Reader","contact_email":"ann@example.com","source":"new_feedback_envelope"}},
     "event":{"platform":"javascript","type":"generic","entries":[],
      "occurrence":{"id":"8c3f","projectId":4500001,"eventId":"0","fingerprint":["feedback"],"issueTitle":"User Feedback","subtitle":"Checkout is broken: the button does nothing since this morning.","resourceId":null,"type":6001,"detectionTime":1790000001,"level":"info","culprit":"user","priority":50,"assignee":null,"evidenceData":{"contact_email":"ann@example.com"},
       "evidenceDisplay":[{"name":"contact_email","value":"ann@example.com","important":false},{"name":"message","value":"Checkout is broken: the button does nothing since this morning.","important":true},{"name":"name","value":"Ann Reader","important":false}]},
      "contexts":{"feedback":{"type":"default","message":"Checkout is broken: the button does nothing since this morning.","name":"Ann Reader","contact_email":"ann@example.com","url":"https://shop.example/cart?session=4711","source":"widget","replay_id":null},
       "browser":{"type":"browser","name":"Safari","version":"19.0"},"os":{"type":"os","name":"macOS","version":"26.1"}},
      "tags":[["browser","Safari 19.0"],["environment","production"],["level","info"],["user.email","ann@example.com"]]}}
    """#,
    .generic: #"""
    {"issue":{"title":"Endpoint Regression","culprit":"POST /oauth/token","type":"generic","issueType":"performance_p95_endpoint_regression","issueCategory":"metric","metadata":{"title":"Endpoint Regression","value":"Increased from 909.77ms to 1711.36ms (P95)"}},
     "event":{"platform":"python","type":"generic","entries":[],
      "occurrence":{"id":"9d4a","projectId":4500001,"eventId":"0","fingerprint":["regression"],"issueTitle":"Endpoint Regression","subtitle":"Increased from 909.77ms to 1711.36ms (P95)","resourceId":null,"type":1018,"detectionTime":1790000001,"level":"info","culprit":"POST /oauth/token","priority":50,"assignee":null,"evidenceData":{},
       "evidenceDisplay":[{"name":"Regression","value":"POST /oauth/token duration increased from 909.77ms to 1711.36ms (P95)","important":true},{"name":"Transaction","value":"POST /oauth/token","important":true}]},
      "contexts":{},"tags":[["level","info"],["transaction","POST /oauth/token"]]}}
    """#,
  ]
}
