import Foundation
import JiraClient
import JobQueue
import Postgres
import RESTClient
import Sandbox
import TestSupport
import Testing

@testable import App

/// A ticket of ours can be found in Jira at every moment, whatever became of our process.
@Suite struct TicketFindingTests {
  @Test func `the preview is byte for byte what is sent, our label and property included`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let error = try await service.openError()
      let variants: [[String: JSONValue]] = [
        ["notes": "Seen by **three**.", "labels": ["team a"], "priority": "High"],
        ["allow_duplicate": true, "summary": "Again", "issue_type": "Task"],
      ]
      for more in variants {
        let preview = try await service.preview(error, more)
        let label = preview.text("marker_label")
        #expect(label.hasPrefix("ib-"))
        let made = try await service.createTicket(error, more)
        #expect(made.status == 201, "\(made.json)")
        let sent = try #require(service.jira.creations.last)
        #expect(preview.json["jira_request"]?.encoded() == sent)
        let body = try JSONValue(parsing: sent)
        #expect(body["fields"]?["labels"]?.arrayValue?.contains(.string(label)) == true)
        #expect(body["properties"]?.arrayValue?[0]["value"]?["marker"]?.stringValue == label)
        let key = try await service.settled(link: made.id("link", "id"))
        #expect(service.jira.issueKeys(label: label).isEmpty)
        // Found without our database: by its property, and by the global id of its remote link.
        #expect(service.jira.properties(of: key)["issuebridge"]?["marker"]?.stringValue == label)
        let globalID = try #require(service.jira.globalIDs(of: key).first)
        #expect(service.jira.issueKeys(globalID: globalID) == [key])
        let stored = try await service.call("GET", "/jira-issues/\(made.id("jira_issue", "id"))")
        #expect(stored.json["labels"]?.arrayValue?.contains(.string(label)) == false)
      }
    }
  }

  @Test(arguments: [
    "^POST rest/api/3/issue$", "^POST rest/api/3/issue/\\{\\}/remotelink$",
    "^PUT rest/api/3/issue/\\{\\}$", "external-issues",
  ])
  func `a lost answer at any step leaves one ticket, published and without our label`(
    step: String
  ) async throws {
    try await TestService.with { service in
      try await service.connect()
      let error = try await service.openError()
      let before = service.jira.issueCount
      var faults = SandboxFaults()
      faults.lostResponse = 1
      faults.only = step
      faults.times = 1
      service.jira.faults = faults
      service.sentry.faults = faults
      let made = try await service.createTicket(error)
      #expect(made.status == 201, "\(made.json)")
      try await service.settled(link: made.id("link", "id"))
      #expect(service.jira.issueCount == before + 1)
    }
  }

  /// How far a process came before it stopped.
  enum Stop: CaseIterable {
    case reserved, created, noted, published, unlabelled
  }

  @Test(arguments: Stop.allCases)
  func `a creation is settled wherever its process stopped`(stop: Stop) async throws {
    try await TestService.with { service in
      try await service.connect()
      let error = try await service.openError()
      let before = service.jira.issueCount
      let link = try await begin(service, error, upTo: stop)
      guard stop != .reserved else {
        try await SettleTicket(linkID: link.id).perform(service.services)
        #expect(try await service.call("GET", "/links/\(link.id)").status == 404)
        #expect(service.jira.issueCount == before)
        return
      }
      try await SettleTicket(linkID: link.id).perform(service.services)
      try await service.settled(link: Int(link.id))
      #expect(service.jira.issueCount == before + 1)
    }
  }

  @Test func `a ticket whose label a person removed is found by its property`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let link = try await begin(service, try await service.openError(), upTo: .created)
      let key = try #require(service.jira.issueKeys(label: link.ticketLabel ?? "").first)
      try await service.act(.jira, "issues/\(key)/edit", ["labels": "theirs"])
      try await SettleTicket(linkID: link.id).perform(service.services)
      #expect(try await service.settled(link: Int(link.id)) == key)
    }
  }

  @Test func `a ticket without label and row is found by the global id of its remote link`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let link = try await begin(service, try await service.openError(), upTo: .unlabelled)
      let key = try #require(service.jira.issueKeys(globalID: link.globalID ?? "").first)
      // As a backup restores it that was made just before Jira answered.
      _ = try await service.database.pool.query(
        """
        update links set created_ticket_id = null, created_ticket_key = null,
          has_property = false, marker_state = 'attached' where id = $1
        """, link.id)
      try await SettleTicket(linkID: link.id).perform(service.services)
      #expect(try await service.settled(link: Int(link.id)) == key)
    }
  }

  @Test func `a clone that carries our label is not taken for the ticket`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let link = try await begin(service, try await service.openError(), upTo: .created)
      let key = try #require(service.jira.issueKeys(label: link.ticketLabel ?? "").first)
      try await service.act(.jira, "issues/\(key)/clone")
      #expect(service.jira.issueKeys(label: link.ticketLabel ?? "").count == 2)
      try await SettleTicket(linkID: link.id).perform(service.services)
      #expect(try await service.settled(link: Int(link.id)) == key)
    }
  }

  @Test func `a remote link that a person deleted is not missed, and nothing is created again`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let made = try await service.createTicket(try await service.openError())
      let id = made.id("link", "id")
      let key = try await service.settled(link: id)
      let count = service.jira.issueCount
      service.jira.removeRemoteLinks(of: key)
      try await SettleTicket(linkID: Int64(id)).perform(service.services)
      #expect(try await service.call("GET", "/links/\(id)").text("state") == "active")
      #expect(service.jira.issueCount == count)
    }
  }

  /// Does what `createTicket` does, and stops.
  private func begin(_ service: TestService, _ error: Int, upTo stop: Stop) async throws -> Link {
    let tickets = service.services.tickets
    let request = TicketRequest(jiraProjectID: Int64(try await service.project("WEB")))
    let plan = try await tickets.plan(Int64(error), request)
    let link = try await tickets.reserve(plan, by: "test")
    if stop == .reserved { return link }
    _ = try await tickets.links.notePosted([link.id])
    let created = try await plan.client.createIssue(plan.newIssue(plan.marker(link.ordinal)))
    if stop == .created { return link }
    try await tickets.noteCreated(link, created)
    if stop == .noted { return link }
    #expect(await tickets.publishRemoteLink(link, created, plan.client))
    if stop == .published { return link }
    #expect(await tickets.removeMarker(link, created, plan.client) != nil)
    return link
  }
}
