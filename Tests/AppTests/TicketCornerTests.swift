import JiraClient
import JobQueue
import Postgres
import RESTClient
import Sandbox
import TestSupport
import Testing

@testable import App

/// Projects and organizations that take a ticket, but not all that comes with it.
@Suite struct TicketCornerTests {
  @Test
  func `a ticket that Jira created and does not show is kept, named, and never created twice`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let error = try await service.openError()
      let before = service.jira.issueCount
      try await service.act(.jira, "projects/WEB/settings", ["hides_new_issues": true])
      let made = try await service.createTicket(error)
      #expect(made.status == 201, "\(made.json)")
      #expect(made.json["jira_issue"] == .null)
      #expect(made.text("link", "state") == "pending")
      let key = made.text("link", "created_ticket", "key")
      #expect(key.hasPrefix("WEB-"))
      #expect(made.text("link", "created_ticket", "browse_url").hasSuffix("/browse/\(key)"))
      #expect(made.text("link", "last_error").contains("created \(key), but this account may not"))
      #expect(try await service.createTicket(error).status == 409)
      #expect(service.jira.issueCount == before + 1)
      let id = made.id("link", "id")
      await #expect(throws: JobInstruction.self) {
        try await SettleTicket(linkID: Int64(id)).perform(service.services)
      }
      try await service.act(.jira, "issues/\(key)/visibility", ["hidden": false])
      try await SettleTicket(linkID: Int64(id)).perform(service.services)
      #expect(try await service.settled(link: id) == key)
      #expect(try await service.call("GET", "/links/\(id)").json["created_ticket"] == .null)
    }
  }

  @Test(arguments: [false, true])
  func `without the labels field a lost ticket is found by its property`(isLost: Bool)
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let error = try await service.openError()
      let before = service.jira.issueCount
      try await service.act(.jira, "projects/WEB/settings", ["off_screen": ["labels"]])
      #expect(try await service.preview(error).json["marker_label"] == .null)
      if isLost {
        var faults = SandboxFaults()
        faults.lostResponse = 1
        faults.only = "^POST rest/api/3/issue$"
        faults.times = 1
        service.jira.faults = faults
      }
      let made = try await service.createTicket(error)
      #expect(made.status == 201, "\(made.json)")
      let key = try await service.settled(link: made.id("link", "id"))
      #expect(service.jira.issueCount == before + 1)
      let globalID = try #require(service.jira.globalIDs(of: key).first)
      #expect(service.jira.issueKeys(globalID: globalID) == [key])
    }
  }

  @Test func `a project that refuses properties gets its ticket without one`() async throws {
    try await TestService.with { service in
      try await service.connect()
      let error = try await service.openError()
      let before = service.jira.issueCount
      try await service.act(.jira, "projects/WEB/settings", ["refuses_properties": true])
      let made = try await service.createTicket(error)
      #expect(made.status == 201, "\(made.json)")
      try await service.settled(link: made.id("link", "id"))
      #expect(service.jira.issueCount == before + 1)
    }
  }

  @Test func `a project without priorities takes a ticket in spite of a default priority`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let project = try await service.project("WEB")
      _ = try await service.call(
        "PATCH", "/jira-projects/\(project)", ["default_priority": "High"])
      try await service.act(.jira, "projects/WEB/settings", ["off_screen": ["priority"]])
      service.services.createMetadata.forgetAll()
      let errors = try await service.openErrors(2)
      #expect(try await service.createTicket(errors[0]).status == 201)
      let refused = try await service.createTicket(errors[1], ["priority": "High"])
      #expect(refused.status == 422)
      #expect(refused.json["errors"]?.arrayValue?.first?["pointer"] == "/priority")
    }
  }

  @Test func `our own installation shows the ticket, whichever app was installed before`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let errors = try await service.openErrors(2)
      for app in ["linear", "shortcut"] {
        try await service.act(.sentry, "apps", ["app": .string(app)])
      }
      for error in errors {
        let made = try await service.createTicket(error)
        let key = try await service.settled(link: made.id("link", "id"))
        let shortID = try await service.call("GET", "/sentry-issues/\(error)").text("short_id")
        #expect(service.sentry.mentions(at: shortID).contains { $0.hasSuffix("/browse/\(key)") })
      }
      // The second ticket needed no look for the installation.
      let looks = service.sentry.stats.requests.filter { $0.key.hasPrefix("GET") }
        .filter { $0.key.contains("sentry-app-installations") }.values.reduce(0, +)
      #expect(looks == 1)
    }
  }

  @Test func `without an installation of ours a comment shows the ticket, and none is looked for`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      try await service.act(.sentry, "installation", ["installed": false])
      let errors = try await service.openErrors(2)
      for error in errors {
        let made = try await service.createTicket(error)
        let key = try await service.settled(link: made.id("link", "id"))
        let shortID = try await service.call("GET", "/sentry-issues/\(error)").text("short_id")
        #expect(
          service.sentry.mentions(at: shortID).filter { $0.hasPrefix("Jira ticket \(key): ") }.count
            == 1)
      }
      let looks = service.sentry.stats.requests.filter { $0.key.contains("sentry-app-inst") }
      #expect(looks.values.reduce(0, +) == 1, "\(looks)")
    }
  }

  @Test func `a second ticket of an issue does not take the first one's place in Sentry`()
    async throws
  {
    try await TestService.with { service in
      try await service.connect()
      let error = try await service.openError()
      let shortID = try await service.call("GET", "/sentry-issues/\(error)").text("short_id")
      var keys: [String] = []
      for more: [String: JSONValue] in [[:], ["allow_duplicate": true]] {
        let made = try await service.createTicket(error, more)
        keys.append(try await service.settled(link: made.id("link", "id")))
      }
      let mentions = service.sentry.mentions(at: shortID)
      for key in keys { #expect(mentions.contains { $0.hasSuffix("/browse/\(key)") }) }
    }
  }
}
