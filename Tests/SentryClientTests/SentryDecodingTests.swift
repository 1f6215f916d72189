import Foundation
import RESTClient
import TestSupport
import Testing

@testable import SentryClient

@Suite struct SentryDecodingTests {
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
          let issue = try JSONDecoder().decode(SentryIssue.self, from: Data(bytes))
          #expect(!issue.title.isEmpty && issue.id > 0)
        }
        issues += 1
      } else if object["eventID"] != nil {
        #expect(throws: Never.self, "\(name)") {
          _ = try JSONDecoder().decode(SentryEvent.self, from: Data(bytes))
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
    let issue = try JSONDecoder().decode(SentryIssue.self, from: Data(json.utf8))
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
}
