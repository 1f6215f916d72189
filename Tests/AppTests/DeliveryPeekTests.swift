import Foundation
import RESTClient
import Testing
import TestSupport

@testable import App

@Suite struct DeliveryPeekTests {
  @Test(
    arguments: [
      (
        #"{"webhookEvent":"jira:issue_updated","issue":{"id":"7","key":"A-1"}}"#,
        "jira:issue_updated", "7"
      ),
      (
        #" { "issue" : { "fields" : {"id":"9", "x":[{"id":1}]} , "id" : 12 }, "webhookEvent":"e" } "#,
        "e", "12"
      ),
      (
        #"{"issue":{"key":"A-1"},"text":"\"issue\":{\"id\":\"5\"}","webhookEvent":"e"}"#, "e", "A-1"
      ),
      (#"{"data":{"issue":{"id":"33"}},"webhookEvent":null}"#, nil, "33"),
      (#"{"issue":5,"webhookEvent":["a",{"b":2}]}"#, nil, nil),
      (#"{"issue":null,"a":true,"b":-1.5e3,"webhookEvent":"e"}"#, "e", nil),
      (#"[{"webhookEvent":"e"}]"#, nil, nil), ("", nil, nil), ("{", nil, nil), (#"{"a"#, nil, nil),
      (#"{"a":}"#, nil, nil), (#"{"a":1,,"webhookEvent":"e"}"#, nil, nil), (#"{"\"#, nil, nil),
      ("5", nil, nil), ("}}}}", nil, nil), (#"{"webhookEvent":"e"#, "e", nil),
    ] as [(String, String?, String?)])
  func `what a list shows is found in one pass`(body: String, event: String?, subject: String?) {
    let peek = DeliveryPeek(Array(body.utf8))
    #expect(peek.subject == subject)
    // Cut in a string's middle, anything is right that is not a crash.
    if !body.hasSuffix(#""e"#) { #expect(peek.webhookEvent == event) }
  }

  @Test func `it agrees with a parser on every payload seen in public`() throws {
    for (name, bytes) in Contracts.files("jira/webhooks") + Contracts.files("sentry/webhooks") {
      let parsed = try JSONValue(parsing: bytes)
      let peek = DeliveryPeek(bytes)
      func text(_ value: JSONValue?) -> String? {
        value?.stringValue ?? value?.wholeNumber.map(String.init)
      }
      #expect(peek.webhookEvent == parsed["webhookEvent"]?.stringValue, "\(name)")
      #expect(peek.action == parsed["action"]?.stringValue, "\(name)")
      let issue = parsed["issue"] ?? parsed["data"]?["issue"]
      #expect(peek.subject == text(issue?["id"]) ?? text(issue?["key"]), "\(name)")
    }
  }
}
