import Foundation
import RESTClient
import TestSupport
import Testing

@testable import SentryClient

@Suite struct SentryDecodingTests {
  private static func issue(_ json: String) throws -> SentryIssue {
    try SentryIssue(json: try JSONReader.read(Array(json.utf8)) { try $0.value() })
  }

  @Test(.enabled(if: Contracts.areHere, "the vendors' payloads are not beside this checkout"))
  func `real issues and events are read`() throws {
    var issues = 0
    var events = 0
    for (name, bytes) in Contracts.files("sentry/rest") {
      guard case .object(let object)? = try? JSONValue(parsing: bytes) else { continue }
      if object["shortId"] != nil, object["status"] != nil,
        object["lastSeen"]?.stringValue != nil || object["firstSeen"]?.stringValue != nil
      {
        #expect(throws: Never.self, "\(name)") {
          let issue = try SentryIssue(
            json: try JSONReader.read(bytes) { try $0.value() }, place: name)
          #expect(!issue.title.isEmpty && issue.id > 0)
        }
        issues += 1
      } else if object["eventID"] != nil {
        #expect(throws: Never.self, "\(name)") {
          let event = SentryEvent(try JSONValue(parsing: bytes))
          #expect(event.id.count >= 32 || event.id == "1")
        }
        events += 1
      }
    }
    #expect(issues >= 2)
    #expect(events >= 1)
  }

  @Test func `what Sentry shows at an issue is read in its new and its old form`() throws {
    let json = #"""
      {"id":"1","status":"unresolved","lastSeen":"2026-01-01T00:00:00Z","annotations":[
        {"displayName":"WEB-1","url":"https://acme.atlassian.net/browse/WEB-1"},
        "<a href=\"https://acme.atlassian.net/browse/WEB-2?a=1&amp;b=2\">WEB-2</a>",
        "no anchor", {"displayName":"no address"}, 7]}
      """#
    let issue = try Self.issue(json)
    #expect(
      issue.annotationURLs == [
        "https://acme.atlassian.net/browse/WEB-1",
        "https://acme.atlassian.net/browse/WEB-2?a=1&b=2",
      ])
  }

  @Test(
    arguments: [
      (
        #"<https://x/?&cursor=0:0:1>; rel="previous"; results="false"; cursor="0:0:1", <https://x/?&cursor=0:100:0>; rel="next"; results="true"; cursor="0:100:0""#,
        "0:100:0"
      ),
      (#"<https://x/?&cursor=0:100:0>; rel="next"; results="false"; cursor="0:100:0""#, nil),
      ("", nil),
    ] as [(String, String?)])
  func `the next page is known by its results`(link: String, cursor: String?) {
    #expect(NextPage.cursor(in: ["link": link]) == cursor)
  }

  @Test func `a list's numbers are those of the issue's whole life`() throws {
    let windowed = try Self.issue(
      #"""
      {"id":"460","shortId":"WEB-3","status":"unresolved","count":"11","userCount":3,
       "firstSeen":"2026-09-02T00:00:00Z","lastSeen":"2026-11-28T10:00:00Z","lifetime":
        {"count":"70001","userCount":905,"firstSeen":"2023-01-02T00:00:00Z",
         "lastSeen":"2026-11-28T10:00:00Z","stats":null}}
      """#)
    let single = try Self.issue(
      #"""
      {"id":"460","shortId":"WEB-3","status":"unresolved","count":"70001","userCount":905,
       "firstSeen":"2023-01-02T00:00:00Z","lastSeen":"2026-11-28T10:00:00Z"}
      """#)
    for issue in [windowed, single] {
      #expect(issue.count == 70001)
      #expect(issue.userCount == 905)
      #expect(issue.firstSeen == VendorTimestamp.parse("2023-01-02T00:00:00Z"))
    }
  }

  @Test func `half of a surrogate pair is replaced and everything else is kept`() throws {
    let issue = try Self.issue(
      #"""
      {"id":"7","shortId":"WEB-7","status":"unresolved","title":"cut \ud83d here \ud83d\ude00",
       "culprit":"a \udc00\ud83d b","metadata":{"value":"C:\\u0000\\x","other":"\\ud800"}}
      """#)
    #expect(issue.title == "cut \u{FFFD} here \u{1F600}")
    #expect(issue.culprit == "a \u{FFFD}\u{FFFD} b")
    #expect(issue.metadata == ["value": #"C:\u0000\x"#, "other": #"\ud800"#])
  }

  @Test(
    arguments: [
      (
        #"{"shortId":"WEB-1","status":"unresolved"}"#, "WEB-1",
        "its id is not a whole number (missing)"
      ),
      (#"{"id":"x1","status":"unresolved"}"#, "record 4", "its id is not a whole number (\"x1\")"),
      (
        #"{"id":"5","shortId":"WEB-5"}"#, "WEB-5",
        "its status is none that Sentry documents (missing)"
      ),
      (
        #"{"id":5,"status":"frozen"}"#, "Issue 5",
        "its status is none that Sentry documents (\"frozen\")"
      ),
      (#""text""#, "record 4", "its id is not a whole number (missing)"),
    ])
  func `a record that cannot be used says which one it is and why`(
    json: String, name: String, reason: String
  ) throws {
    let value = try JSONReader.read(Array(json.utf8)) { try $0.value() }
    let error = #expect(throws: UnreadableSentryRecord.self) {
      try SentryIssue(json: value, place: "record 4")
    }
    #expect(error?.name == name)
    #expect(error?.reason == reason)
  }

  @Test func `members that are null, missing or of other types leave the rest readable`() throws {
    let issue = try Self.issue(
      #"""
      {"id":3,"shortId":null,"title":null,"culprit":"","level":"unknown","status":"resolved",
       "substatus":null,"permalink":null,"project":7,"metadata":[],"count":12.0,"userCount":null,
       "firstSeen":null,"lastSeen":null,"annotations":null,"activity":{},"assignedTo":null}
      """#)
    #expect(issue.shortID == "3" && issue.title == "3" && issue.culprit == nil)
    #expect(issue.level == "unknown" && issue.condition == .live)
    #expect(issue.count == 12 && issue.userCount == 0)
    #expect(issue.firstSeen == nil && issue.lastSeen == nil)
    #expect(issue.projectID == nil && issue.metadata == [:] && issue.assignedTo == nil)
  }

  @Test(
    arguments: [
      ("unresolved", .live), ("resolved", .live), ("ignored", .live),
      ("pending_deletion", .ending), ("deletion_in_progress", .ending),
      ("pending_merge", .settling), ("reprocessing", .settling),
    ] as [(String, SentryCondition)])
  func `a status says whether the issue stays`(status: String, condition: SentryCondition) throws {
    #expect(try Self.issue(#"{"id":1,"status":"\#(status)"}"#).condition == condition)
  }

  @Test(
    arguments: [
      (#"{"type":"set_resolved","user":{"id":"7"}}"#, .resolved, .person),
      (
        #"{"type":"set_resolved","user":{"id":"7"},"sentry_app":{"id":"1"}}"#, .resolved,
        .integration
      ),
      (
        #"{"type":"set_resolved","user":null,"data":{"integration_id":9,"provider":"Jira"}}"#,
        .resolved, .integration
      ),
      (#"{"type":"set_resolved","user":null,"data":{}}"#, .resolved, .event),
      (#"{"type":"set_resolved_by_age","user":null,"data":{"age":720}}"#, .resolvedByAge, .timer),
      (
        #"{"type":"set_resolved_in_commit","user":{"id":"7"},"data":{"commit":{}}}"#,
        .resolvedInCommit, .integration
      ),
      (#"{"type":"set_unresolved","user":null,"data":{}}"#, .unresolved, .timer),
      (#"{"type":"set_unresolved","user":{"id":"7"},"data":{}}"#, .unresolved, .person),
      (#"{"type":"set_ignored","user":{"id":"7"}}"#, .ignored, .person),
      (#"{"type":"set_regression","user":null}"#, .regressed, .event),
      (#"{"type":"set_escalating","user":null}"#, .escalating, .event),
      (#"{"type":"auto_set_ongoing","user":null,"data":{"after_days":7}}"#, .autoOngoing, .timer),
    ] as [(String, SentryActivity.Kind, SentryActivity.Cause)])
  func `an activity says what was done and who or what did it`(
    json: String, kind: SentryActivity.Kind, cause: SentryActivity.Cause
  ) throws {
    let dated = json.dropLast() + #","dateCreated":"2026-11-20T10:00:00Z"}"#
    let issue = try Self.issue(#"{"id":1,"status":"resolved","activity":[\#(dated)]}"#)
    #expect(issue.activity.map(\.kind) == [kind])
    #expect(issue.activity.map(\.cause) == [cause])
  }

  @Test func `calling an issue ongoing is no change of its status`() throws {
    let issue = try Self.issue(
      #"""
      {"id":1,"status":"unresolved","activity":[
        {"type":"auto_set_ongoing","user":null,"dateCreated":"2026-11-20T10:00:00Z"},
        {"type":"note","user":{"id":"1"},"dateCreated":"2026-11-19T10:00:00Z"},
        {"type":"set_unresolved","user":{"id":"1"},"dateCreated":"2026-11-10T10:00:00Z"},
        {"type":"set_resolved_by_age","user":null,"dateCreated":"2026-11-12T10:00:00Z"}]}
      """#)
    #expect(issue.statusChange?.kind == .resolvedByAge)
    #expect(issue.statusChangedAt == VendorTimestamp.parse("2026-11-12T10:00:00Z"))
  }
}
