import CoreMetrics
import RESTClient
import TestSupport
import Testing

@testable import App
@testable import Sandbox

@Suite struct MetricsTests {
  @Test func `labels' values are escaped, and names made such as Prometheus takes`() {
    let key = PrometheusMetrics.key([("http.méthode-1", "a\\b\"c\nd é"), ("_:Z9", "")])
    #expect(key == #"http_m_thode_1="a\\b\"c\nd é",_:Z9="""#)
    #expect(PrometheusMetrics.key([]).isEmpty)
    #expect(PrometheusMetrics.name("jvm.memory/used 日") == "jvm_memory_used__")
  }

  @Test func `the metrics say what was asked, synced and is left to do`() async throws {
    try await TestService.with { service in
      let ids = try await service.connect()
      _ = try await service.call("GET", "/jira-organizations/\(ids.jira)")
      _ = try await service.call("GET", "/jira-organizations/999999")
      let page = try await service.page("/metrics", token: nil)
      #expect(page.status == 200)
      #expect(page.headerFields["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
      let lines = Set(page.text.split(separator: "\n").map(String.init))
      let route = #"route="/api/v1/jira-organizations/{id}""#
      #expect(
        lines.contains(
          #"issuebridge_http_requests_total{method="GET",\#(route),status="200"} 1"#))
      #expect(
        lines.contains(
          #"issuebridge_http_requests_total{method="GET",\#(route),status="404"} 1"#))
      #expect(
        lines.contains(#"issuebridge_sync_issues_total{source="jira",change="created"} 60"#))
      #expect(lines.contains(#"issuebridge_sync_runs_total{source="sentry",status="succeeded"} 1"#))
      #expect(lines.contains("issuebridge_database_up 1"))
      for start in [
        "issuebridge_http_request_duration_seconds_bucket{\(route),le=\"0.005\"}",
        #"issuebridge_vendor_requests_total{vendor="jira",endpoint="POST search/jql",status="200"}"#,
        "issuebridge_database_connections ", "process_resident_memory_bytes ",
        #"issuebridge_sync_last_success_age_seconds{source="jira",organization="\#(ids.jira)"}"#,
        #"issuebridge_vendor_budget_remaining{source="sentry",organization="\#(ids.sentry)""#,
      ] {
        #expect(lines.contains { $0.hasPrefix(start) }, "\(start)\n\(page.text)")
      }
      // Every sample follows its metric's type, and every line can be read.
      for line in lines where !line.hasPrefix("# TYPE ") {
        let value = line.split(separator: " ").last.flatMap { Double($0) }
        #expect(value != nil, "\(line)")
      }
    }
  }

  @Test func `a scraper that comes by way of a proxy needs a token`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let proxied = ["X-Forwarded-For": "203.0.113.7"]
      #expect(try await service.page("/metrics", token: nil, headers: proxied).status == 401)
      let reader = try await service.services.tokens.create(
        name: "scraper", scope: .read, expiresAt: nil)
      #expect(
        try await service.page("/metrics", token: reader.token, headers: proxied).status == 200)
    }
  }

  @Test func `libraries that speak to swift-metrics are heard, and odd names are made plain`() {
    let metrics = PrometheusMetrics()
    Counter(label: "my.lib-calls", dimensions: [("na me", "a\"b\n")], factory: metrics)
      .increment(by: 3)
    Timer(label: "wait", dimensions: [], preferredDisplayUnit: .seconds, factory: metrics)
      .recordNanoseconds(20_000_000)
    Meter(label: "level", dimensions: [], factory: metrics).set(2.5)
    #expect(metrics.text.contains(#"my_lib_calls_total{na_me="a\"b\n"} 3"#))
    #expect(metrics.text.contains("wait_seconds_bucket{le=\"0.025\"} 1"))
    #expect(metrics.text.contains("wait_seconds_bucket{le=\"0.01\"} 0"))
    #expect(metrics.text.contains("level 2.5\n"))
  }
}
