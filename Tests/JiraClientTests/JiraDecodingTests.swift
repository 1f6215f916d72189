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

  @Test(.enabled(if: Contracts.areHere, "the vendors' payloads are not beside this checkout"))
  func `real fields, statuses and people are read`() throws {
    let files = Dictionary(
      uniqueKeysWithValues: Contracts.files("jira/rest").map { ($0.name, $0.bytes) })
    func read<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
      let bytes = try #require(files[name], "\(name) is not among the payloads")
      return try JSONDecoder().decode(type, from: Data(bytes))
    }
    for name in ["nango-field-list.json", "gojira-all-fields.json"] {
      let fields = try read([JiraFieldDescription].self, name)
      #expect(fields.count > 1, "\(name)")
      #expect(fields.first { $0.id == "summary" }?.type == "string", "\(name)")
      #expect(fields.allSatisfy { $0.isCustom == $0.id.hasPrefix("customfield_") }, "\(name)")
    }
    #expect(try read(JiraStatus.self, "mobitel-status.json").categoryKey == "indeterminate")
    #expect(try read([JiraStatus].self, "oas-get-status-200.json").count >= 1)
    #expect(
      try read([JiraAccount].self, "jiracli-users.json").map(\.displayName).contains("Jane Doe"))
    #expect(try !read(JiraAccount.self, "nango-myself.json").accountID.isEmpty)
  }

  /// The reader of pages and the decoder must not read a page differently.
  private func expectSame(_ page: [UInt8], _ name: String) throws {
    let decoded = try JSONDecoder().decode(JiraSearchPage.self, from: Data(page))
    let read = try JiraSearchPage(reading: page)
    #expect(read.nextPageToken == decoded.nextPageToken, "\(name)")
    #expect(read.issues.count == decoded.issues.count, "\(name)")
    let fetched = try JiraBulkAnswer(reading: page).issues
    #expect(fetched.map(\.key) == decoded.issues.map(\.key), "\(name)")
    for (one, other) in zip(read.issues, decoded.issues) {
      #expect(one.description?.json == other.description?.json, "\(name)")
      var (one, other) = (one, other)
      (one.description, other.description) = (nil, nil)
      #expect(String(describing: one) == String(describing: other), "\(name)")
    }
  }

  @Test(.enabled(if: Contracts.areHere, "the vendors' payloads are not beside this checkout"))
  func `a page is read as it is decoded`() throws {
    var read = 0
    for (name, bytes) in Contracts.files("jira/rest") {
      guard let value = try? JSONValue(parsing: bytes) else { continue }
      let issues = value["issues"]?.arrayValue ?? (value["fields"] == nil ? [] : [value])
      for issue in issues {
        let one = JSONValue.object(["issues": .array([issue]), "nextPageToken": .string("x")])
        guard (try? JSONDecoder().decode(JiraSearchPage.self, from: Data(one.encoded()))) != nil
        else { continue }
        try expectSame(one.encoded(), name)
        read += 1
      }
    }
    #expect(read >= 2)
  }

  @Test func `escapes, odd types and unknown members are read as they are decoded`() throws {
    let text = #"""
      { "isLast" : false, "names": {"a": [1, 2.5e3, -0.1, true, null, {"b": "\u00e9\ud83d\ude00\n"}]},
        "issues": [
          {"expand": "x", "id": "10", "key": "A-1", "fields": {
            "summary": "a \"quoted\" \\ slash \/ tab\t é 💥 \u0000 \uD83D\uDE00", "labels": ["a", "ü"],
            "status": {"id": 3, "name": "Open", "statusCategory": {"id": 2, "key": "new"}},
            "updated": "2026-09-01T09:12:44.513+0200", "created": "2026-08-01T09:12:44.513+0200",
            "assignee": {"accountId": "x"}, "reporter": null, "priority": 7, "resolution": [],
            "components": [{"name": "c", "id": "1"}], "project": {"id": "17", "key": "A"},
            "description": {"type": "doc", "version": 1, "content": [{"type": "paragraph",
              "content": [{"type": "text", "text": "x\u2028y", "marks": [{"type": "strong"}]}]}]},
            "customfield_1": {"deep": [[[{}]]]}}},
          {"id": 11, "key": "A-2", "fields": {"summary": 5, "description": "plain\ntext",
            "status": {"name": "Done"}, "updated": "2026-09-01T09:12:44.513+0200"}}],
        "nextPageToken": "abc" }
      """#
    try expectSame(Array(text.utf8), "by hand")
  }

  @Test func `of a bulk fetch one issue that cannot be read hides no other`() throws {
    let fields = #"{"status":{"name":"Done"},"updated":"2026-09-01T09:12:44.513+0200"}"#
    let text = #"""
      {"issueErrors":[],"issues":[{"id":"1","key":"A-1","fields":\#(fields)}, null, {"id":"2"},
        {"id":"3","key":"A-3","fields":{"status":7}}, {"id":"4","key":"A-4","fields":\#(fields)}]}
      """#
    let answer = try JiraBulkAnswer(reading: Array(text.utf8))
    #expect(answer.issues.map(\.key) == ["A-1", "A-4"])
    #expect(
      answer.unreadable.map(\.name) == ["an issue without id", "the issue with the id 2", "A-3"])
    #expect(answer.failed.isEmpty)
    for text in ["", "{}", #"{"issues":{}}"#, #"{"issues":[{"id":"1"]}"#] {
      #expect(throws: JSONReader.Malformed.self) {
        try JiraBulkAnswer(reading: Array(text.utf8))
      }
    }
  }

  @Test(arguments: [
    "", "{", "[]x", #"{"issues":[}"#, #"{"issues":[{"id":"1"}]"#, #"{"issues":[],"a":"x"#,
    #"{"issues":[],"a":tru}"#, #"{"issues":[]} {}"#, "<html>", "{}",
    String(repeating: "[", count: 100_000), #"{"a":"# + String(repeating: "[", count: 100_000),
  ])
  func `what is no page is refused`(_ text: String) {
    #expect(throws: JSONReader.Malformed.self) { try JiraSearchPage(reading: Array(text.utf8)) }
  }
}
