import Foundation
import Postgres
import RESTClient
import Synchronization
import TestSupport
import Testing

@testable import App
@testable import Sandbox

/// A merged Sentry issue follows its parent everywhere.
@Suite struct MergedIssueTests {
  private struct Pair {
    var child, parent: Int64
    var childShortID, parentShortID: String
    /// As stored.
    var childID, parentID: Int
  }

  /// Two open issues of one project.
  private func pair(_ service: TestService) async throws -> Pair {
    let (child, parent) = service.sentry.state.withLock { state in
      let project = state.projects.keys.sorted()[0]
      let open = state.issues.values
        .filter { $0.projectID == project && $0.status == "unresolved" }.sorted { $0.id < $1.id }
      return (open[0], open[1])
    }
    func id(_ sentryID: Int64) async throws -> Int {
      try await service.database.pool.query(
        "select id from sentry_issues where sentry_id = $1", sentryID)[0].int(0)
    }
    return Pair(
      child: child.id, parent: parent.id, childShortID: child.shortID,
      parentShortID: parent.shortID, childID: try await id(child.id),
      parentID: try await id(parent.id))
  }

  private func expectMerged(_ pair: Pair, _ service: TestService) async throws {
    let child = try await service.call("GET", "/sentry-issues/\(pair.childID)")
    #expect(child.json["deleted_at"] != .null)
    #expect(
      child.json["merged_into"] == [
        "id": JSONValue(pair.parentID), "sentry_id": JSONValue(pair.parent),
        "short_id": .string(pair.parentShortID),
      ])
    let listed = try await service.call("GET", "/sentry-issues?limit=200")
    #expect(!listed.data.contains { $0["id"] == JSONValue(pair.childID) })
    #expect(listed.data.contains { $0["id"] == JSONValue(pair.parentID) })
  }

  private func expectRefusal(_ answer: TestService.Answer, _ pair: Pair) {
    #expect(answer.status == 409, "\(answer.json)")
    #expect(answer.text("detail").contains(pair.parentShortID))
    #expect(answer.json["conflicting"]?["id"] == JSONValue(pair.parentID))
    #expect(
      answer.json["conflicting"]?["url"] == .string("/api/v1/sentry-issues/\(pair.parentID)"))
  }

  @Test
  func `a full reading finds a merge, once, and whoever names the child is led to the parent`()
    async throws
  {
    try await TestService.with(projects: 2, issues: 30) { service in
      let ids = try await service.connect()
      let pair = try await pair(service)
      service.sentry.state.withLock { $0.merge(pair.child, into: pair.parent) }
      let run = try await service.sync("sentry", ids.sentry)
      #expect(run.text("status") == "succeeded" && run.id("issues_deleted") == 1, "\(run.json)")
      try await expectMerged(pair, service)
      let counts = try await service.call("GET", "/sentry-organizations/\(ids.sentry)")
      #expect(counts.id("issue_count") == 29)
      service.sentry.resetStats()
      _ = try await service.sync("sentry", ids.sentry)
      #expect(
        service.sentry.stats.requests["GET api/0/organizations/acme/issues/{}"] == nil)

      service.sentry.resetStats()
      let project = try await service.project("WEB")
      for (method, path, body) in [
        ("PATCH", "", ["status": "resolved"]),
        ("POST", "/jira-tickets", ["jira_project_id": JSONValue(project)]),
        ("POST", "/jira-ticket-preview", ["jira_project_id": JSONValue(project)]),
      ] as [(String, String, JSONValue)] {
        expectRefusal(
          try await service.call(method, "/sentry-issues/\(pair.childID)\(path)", body), pair)
      }
      #expect(service.sentry.stats.writes == 0)
      #expect(service.sentry.status(of: String(pair.parent)) == "unresolved")
    }
  }

  @Test func `changing an issue that was just merged leaves the parent as it is`() async throws {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let pair = try await pair(service)
      service.sentry.state.withLock { $0.merge(pair.child, into: pair.parent) }
      let answer = try await service.call(
        "PATCH", "/sentry-issues/\(pair.childID)", ["status": "resolved"])
      expectRefusal(answer, pair)
      #expect(service.sentry.status(of: String(pair.parent)) == "unresolved")
      try await expectMerged(pair, service)
    }
  }

  @Test func `a comparison, a chain of merges and a drift check lead a link to the last parent`()
    async throws
  {
    try await TestService.with(projects: 1, issues: 20) { service in
      try await service.connect()
      let pair = try await pair(service)
      let ticket = try await service.call("GET", "/jira-issues?limit=1").data[0]["id"] ?? .null
      let link = try await service.call(
        "POST", "/links",
        ["sentry_issue_id": JSONValue(pair.childID), "jira_issue_id": ticket]
      ).id("id")
      try await eventually("the new link was compared") {
        try await service.call("GET", "/jobs?kind=sync_link&state=completed").data.count > 0
      }
      service.sentry.state.withLock { $0.merge(pair.child, into: pair.parent) }
      let compared = try await service.call("POST", "/links/\(link)/sync")
      #expect([200, 409].contains(compared.status), "\(compared.json)")
      try await eventually("the link goes with the issue") {
        try await service.call("GET", "/links/\(link)").id("sentry_issue_id") == pair.parentID
      }
      #expect(try await service.call("GET", "/links/\(link)").text("state") == "active")
      try await expectMerged(pair, service)

      let last = service.sentry.state.withLock { state in
        let last = state.issues.values.first { $0.id != pair.parent && $0.status == "unresolved" }
        if let last { state.merge(pair.parent, into: last.id) }
        return last
      }
      let check = try await service.call("POST", "/reconciliations")
      #expect(try await service.finished(run: check.id("id")).text("status") == "succeeded")
      let child = try await service.call("GET", "/sentry-issues/\(pair.childID)")
      #expect(child.json["merged_into"]?["short_id"] == .string(last?.shortID ?? ""))
      let followed = try await service.call("GET", "/links/\(link)")
      #expect(followed.text("sentry_issue", "short_id") == last?.shortID)
    }
  }

  @Test func `a merge into an issue of a project that is not synced is said`() async throws {
    try await TestService.with(projects: 2, issues: 20) { service in
      let ids = try await service.connect()
      let pair = try await pair(service)
      let other = service.sentry.state.withLock { state in
        let other = state.issues.values.first { $0.projectID == state.projects.keys.max() }
        if let other { state.merge(pair.child, into: other.id) }
        return other
      }
      try await service.database.pool.query(
        "delete from sentry_issues where sentry_id = $1", other?.id)
      try await service.database.pool.query(
        "update sentry_projects set sync_enabled = false where sentry_id = $1", other?.projectID)
      #expect(try await service.sync("sentry", ids.sentry).text("status") == "succeeded")
      let child = try await service.call("GET", "/sentry-issues/\(pair.childID)")
      #expect(child.json["merged_into"]?["id"] == .null)
      #expect(child.json["merged_into"]?["short_id"] == .string(other?.shortID ?? ""))
    }
  }
}
