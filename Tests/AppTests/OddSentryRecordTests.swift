import Foundation
import Postgres
import RESTClient
import Synchronization
import TestSupport
import Testing

@testable import App
@testable import Sandbox

/// One odd record of Sentry's fails alone, if at all.
@Suite struct OddSentryRecordTests {
  @Test(
    arguments: [
      (
        ["title": "cut {{half}} off", "metadata": ["value": "a {{half}} b"]], "title",
        "cut \u{FFFD} off"
      ),
      (["title": "x\u{0}y", "metadata": ["value": "a\u{0}b"]], "title", "xy"),
      (["title": #"DETAIL: \u0000 is no text"#], "title", #"DETAIL: \u0000 is no text"#),
      (["level": "unknown"], "level", "error"),
      (
        ["title": .null, "culprit": .null, "metadata": .null, "permalink": .null], "culprit", .null
      ),
      (["count": "{{missing}}", "userCount": .null, "title": "t"], "title", "t"),
      (["firstSeen": .null, "lastSeen": .null, "lifetime": .null, "title": "t"], "title", "t"),
      (["project": .null, "title": "t"], "title", "t"),
      (["count": "99999999999999999999999", "title": "t"], "title", "t"),
      (["assignedTo": "nobody", "annotations": "none", "title": "t"], "title", "t"),
    ] as [(JSONValue, String, JSONValue)])
  func `an odd issue is stored`(members: JSONValue, name: String, expected: JSONValue) async throws
  {
    try await TestService.with(projects: 1, issues: 8) { service in
      let id = try await service.addSentry()
      let odd = Self.override(members, service)
      for _ in 1...2 {
        let run = try await service.sync("sentry", id)
        #expect(run.text("status") == "succeeded", "\(run.json)")
        #expect(run.id("issues_seen") == 8)
      }
      let listed = try await service.call("GET", "/sentry-issues")
      let issue = listed.data.first { $0["sentry_id"] == JSONValue(odd) }
      #expect(issue?[name] == expected, "\(issue ?? .null)")
      #expect(listed.data.count == 8)
    }
  }

  @Test func `literal escapes and mended halves are stored in metadata as they came`() async throws
  {
    try await TestService.with(projects: 1, issues: 8) { service in
      let id = try await service.addSentry()
      let text = #"DETAIL:  \u0000 cannot be converted to text."#
      let odd = Self.override(
        ["metadata": ["value": .string(text), "half": "x {{half}} y", "nul": "a\u{0}b"]], service)
      #expect(try await service.sync("sentry", id).text("status") == "succeeded")
      let listed = try await service.call("GET", "/sentry-issues")
      let issue = listed.data.first { $0["sentry_id"] == JSONValue(odd) }
      #expect(
        issue?["metadata"] == ["value": .string(text), "half": "x \u{FFFD} y", "nul": "ab"])
    }
  }

  @Test(
    arguments: [
      ["status": "frozen"], ["status": .null], ["status": "{{missing}}"], ["id": .null],
    ] as [JSONValue])
  func `an issue that cannot be used fails alone and by name, and is not deleted`(
    members: JSONValue
  )
    async throws
  {
    try await TestService.with(projects: 2, issues: 20) { service in
      let id = try await service.addSentry()
      #expect(try await service.sync("sentry", id).text("status") == "succeeded")
      let odd = Self.override(members, service)
      let shortID = service.sentry.state.withLock { $0.issues[odd]?.shortID ?? "" }
      for body in [["mode": "full"], [:]] as [JSONValue] {
        let run = try await service.sync("sentry", id, body)
        #expect(run.text("status") == "partial", "\(run.json)")
        let errors = run.json["errors"]?.arrayValue ?? []
        #expect(errors.contains { $0["issue"] == .string(shortID) }, "\(errors)")
        #expect(run.id("issues_deleted") == 0)
      }
      #expect(try await service.call("GET", "/sentry-issues").data.count == 20)
    }
  }

  private static func override(_ members: JSONValue, _ service: TestService) -> Int64 {
    service.sentry.state.withLock { state in
      let id = state.issues.keys.sorted()[3]
      guard case .object(let members) = members else { return id }
      state.issues[id]?.overrides = members
      state.hasHalves = true
      return id
    }
  }
}
