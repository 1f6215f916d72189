import Foundation
@testable import RESTClient
import TestSupport
import Testing

@testable import JiraClient

@Suite struct JiraDecodingTests {
  @Test(.enabled(if: Contracts.areHere, "the vendors' payloads are not beside this checkout"))
  func `real issues are read`() throws {
    var read = 0
    for (name, bytes) in Contracts.files("jira/rest") {
      guard case .object(let object)? = try? JSONValue(parsing: bytes),
        object["id"] != nil, object["key"] != nil,
        object["fields"]?["status"]?["name"] != nil,
        object["fields"]?["updated"]?.stringValue != nil
      else { continue }
      #expect(throws: Never.self, "\(name)") {
        let issue = try JSONDecoder().decode(JiraIssue.self, from: Data(bytes))
        #expect(issue.id > 0)
        #expect(
          ["new", "indeterminate", "done", "undefined", "in-flight"].contains(
            issue.status.categoryKey))
      }
      read += 1
    }
    #expect(read >= 2)
  }

  @Test(.enabled(if: Contracts.areHere, "the vendors' payloads are not beside this checkout"))
  func `a refusal shows the vendor's own words`() {
    for (name, bytes) in Contracts.files("jira/rest-errors") + Contracts.files("sentry/rest-errors")
    {
      let error = RESTError(
        kind: .status, method: "GET", path: "/", status: 400, body: bytes, contentType: nil,
        message: "", mayHaveBeenReceived: false)
      #expect(error.vendorWords?.isEmpty == false, "\(name)")
    }
  }

  @Test func `an issue of minimal fields is read`() throws {
    let text = """
      {"id":"10","key":"A-1","fields":{"status":{"name":"Open"},"updated":"2026-09-01T09:12:44.513+0200",
      "labels":null,"assignee":{"accountId":"x"},"priority":null}}
      """
    let issue = try JSONDecoder().decode(JiraIssue.self, from: Data(text.utf8))
    #expect(issue.id == 10)
    #expect(issue.labels.isEmpty)
    #expect(issue.assignee?.displayName == "x")
    #expect(issue.created == issue.updated)
  }
}
