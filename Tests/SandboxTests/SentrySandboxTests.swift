import Foundation
import RESTClient
import SentryClient
import Synchronization
import Testing

@testable import Sandbox

@Suite struct SentrySandboxTests {
  /// A look-alike, and the client that asks it.
  private struct AtTheWire {
    let sandbox: SentrySandbox
    let client: SentryClient
    private let transport: CurlTransport

    init() async throws {
      var configuration = SentrySandboxConfiguration()
      configuration.issues = 20
      sandbox = try SentrySandbox(configuration: configuration)
      try await sandbox.start()
      transport = try CurlTransport(policy: nil)
      client = try SentryClient(
        baseURL: sandbox.baseURL, organization: configuration.organization,
        authToken: configuration.authToken, transport: transport)
    }

    func act(_ path: String, _ body: JSONValue) async throws -> Int {
      try await transport.send(
        TransportRequest(
          method: "POST", url: sandbox.baseURL + "/sandbox/" + path,
          headerFields: [("Content-Type", "application/json")], body: body.encoded(),
          timeout: .seconds(60))
      ).status
    }

    func ask(_ path: String) async throws -> JSONValue {
      try await client.rest.decode(
        JSONValue.self,
        RESTClient.Request("GET", "/api/0/organizations/acme/" + path, endpoint: "x"))
    }
  }

  @Test func `an error's events lead to each other, and each is found by its id alone`()
    async throws
  {
    let sentry = try await AtTheWire()
    let issue = try #require(try await sentry.client.issues().issues.first { $0.count > 20 })
    let latest = try await sentry.ask("issues/\(issue.id)/events/latest/")
    let before = try #require(latest["previousEventID"]?.stringValue)
    let found = try await sentry.ask("eventids/\(before)/")
    #expect(found["groupId"] == .string(String(issue.id)))
    #expect(found["event"]?["nextEventID"] == latest["id"])
    let oldest = try await sentry.ask("issues/\(issue.id)/events/oldest/")
    #expect(oldest["previousEventID"] == .null)
    #expect(try await sentry.client.latestEvent(issue: issue.id).exceptions.first != nil)
    await sentry.sandbox.stop()
  }

  @Test func `a seeded project has an issue of every shape, and a person can raise one of each`()
    async throws
  {
    let sentry = try await AtTheWire()
    let seeded = sentry.sandbox.state.withLock { state in
      Set((0..<20).map { SentryEventShape.seeded($0) }).subtracting(
        state.issues.values.map(\.shape))
    }
    #expect(seeded.isEmpty || sentry.sandbox.configuration.projects > 1)
    #expect(Set((0..<20).map { SentryEventShape.seeded($0) }) == Set(SentryEventShape.allCases))
    for shape in SentryEventShape.allCases {
      let status = try await sentry.act(
        "issues",
        ["shape": .string(shape.rawValue), "title": shape.title.map(JSONValue.string) ?? "E: x"])
      #expect(status == 200, "\(shape)")
    }
    let page = try await sentry.ask("issues/?query=&project=-1&sort=new&limit=15")
    for issue in page.arrayValue ?? [] {
      let id = issue["id"]?.stringValue ?? ""
      let event = try await sentry.ask("issues/\(id)/events/latest/")
      #expect(event["tags"]?.arrayValue?.allSatisfy { $0["key"]?.stringValue != nil } == true)
    }
    #expect(try await sentry.act("issues", ["shape": "round", "title": "x"]) == 400)
    #expect(
      try await sentry.act("issues", ["title": "x", "event": ["entries": [], "message": "own"]])
        == 200)
    await sentry.sandbox.stop()
  }

  @Test func `what a person does to an error shows at it, and in its activity`() async throws {
    let sentry = try await AtTheWire()
    let issue = try #require(
      try await sentry.client.issues(query: "is:unresolved").issues.first)
    #expect(try await sentry.act("issues/\(issue.shortID)/assign", ["to": "#platform"]) == 200)
    #expect(
      try await sentry.act(
        "issues/\(issue.shortID)/status", ["status": "ignored", "substatus": "archived_forever"])
        == 200)
    let archived = try await sentry.client.issue(issue.id)
    #expect(archived.substatus == "archived_forever")
    #expect(archived.assignedTo?["type"] == "team")
    let whole = try await sentry.ask("issues/\(issue.id)/")
    #expect(whole["activity"]?.arrayValue?.first?["type"] == "set_ignored")
    #expect(whole["activity"]?.arrayValue?.last?["type"] == "first_seen")
    await sentry.sandbox.stop()
  }

  @Test func `a deleted error is gone and a merged one lives on in the other`() async throws {
    let sentry = try await AtTheWire()
    let issues = try await sentry.client.issues().issues
    #expect(try await sentry.act("issues/\(issues[0].id)/delete", [:]) == 204)
    await #expect(throws: RESTError.self) { try await sentry.client.issue(issues[0].id) }
    let into = JSONValue.string(issues[2].shortID)
    #expect(try await sentry.act("issues/\(issues[1].id)/merge", ["into": into]) == 200)
    let merged = try await sentry.client.issue(issues[1].id)
    #expect(merged.id == issues[2].id)
    #expect(merged.count == issues[1].count + issues[2].count)
    await sentry.sandbox.stop()
  }

  @Test func `an invalid choice changes nothing`() async throws {
    let sentry = try await AtTheWire()
    let id = try #require(try await sentry.client.issues().issues.first).id
    let before = try await sentry.ask("issues/\(id)/")
    for body in [["status": "gone"], ["assignedTo": "nobody"], ["priority": "urgent"]]
      as [JSONValue]
    {
      let request = RESTClient.Request(
        "PUT", "/api/0/organizations/acme/issues/\(id)/", body: body.encoded(), endpoint: "x")
      await #expect(throws: RESTError.self) { try await sentry.client.rest.send(request) }
    }
    #expect(try await sentry.ask("issues/\(id)/") == before)
    await sentry.sandbox.stop()
  }

  @Test func `a list is about the days that Sentry keeps, and has the whole life beside them`()
    async throws
  {
    let sentry = try await AtTheWire()
    let all = try await sentry.ask("issues/?query=").arrayValue ?? []
    #expect(all.count == 20)
    let older = try #require(
      all.first { $0["firstSeen"] != $0["lifetime"]?["firstSeen"] }, "some began before")
    #expect(older["count"] != older["lifetime"]?["count"])
    let id = older["id"]?.stringValue ?? ""
    #expect(try await sentry.ask("issues/\(id)/")["count"] == older["lifetime"]?["count"])
    #expect(try await sentry.act("issues/\(id)/age", ["days": 95]) == 200)
    #expect(try await sentry.ask("issues/?query=").arrayValue?.count == 19)
    let month = try await sentry.ask("issues/?query=&statsPeriod=30d").arrayValue?.count ?? 0
    #expect((1..<19).contains(month))
    let byID = try await sentry.ask("issues/?query=is:resolved&group=\(id)").arrayValue
    #expect(byID?.map { $0["id"] } == [.string(id)])
    #expect(byID?.first?["count"] == older["lifetime"]?["count"])
    #expect(try await sentry.act("settings", ["retention_days": 400]) == 204)
    #expect(try await sentry.ask("issues/?query=&statsPeriod=120d").arrayValue?.count == 20)
    await sentry.sandbox.stop()
  }

  @Test func `a project that may not be seen refuses every request that names it`() async throws {
    let sentry = try await AtTheWire()
    let projects = try await sentry.client.projects().projects
    let gone = projects[0]
    let issue = try #require(try await sentry.client.issues(projectIDs: [gone.id]).issues.first)
    for (presence, single) in [("hidden", 403), ("deleted", 404)] {
      let body: JSONValue = ["presence": .string(presence)]
      #expect(try await sentry.act("projects/\(gone.id)", body) == 204)
      #expect(try await sentry.client.projects().projects.count == projects.count - 1)
      let refused = await #expect(throws: RESTError.self) {
        try await sentry.client.issues(projectIDs: [projects[1].id, gone.id])
      }
      #expect(refused?.status == 403)
      let alone = await #expect(throws: RESTError.self) { try await sentry.client.issue(issue.id) }
      #expect(alone?.status == single)
      #expect(try await sentry.client.issues(ids: [issue.id]).isEmpty)
      #expect(try await !sentry.client.issues().issues.contains { $0.projectID == gone.id })
    }
    #expect(try await sentry.act("projects/\(gone.id)", ["presence": "visible"]) == 204)
    #expect(try await sentry.client.issue(issue.id).id == issue.id)
    await sentry.sandbox.stop()
  }

  @Test func `a cursor goes by value: what is new at the beginning shifts nothing`() async throws {
    let sentry = try await AtTheWire()
    let whole = try await sentry.client.issues().issues.map(\.id)
    let first = try await sentry.client.issues(limit: 7)
    let body: JSONValue = ["title": "ValueError: new", "project": "web-shop"]
    #expect(try await sentry.act("issues", body) == 200)
    var found = first.issues.map(\.id)
    var cursor = first.nextCursor
    while let next = cursor {
      let page = try await sentry.client.issues(cursor: next, limit: 7)
      found += page.issues.map(\.id)
      cursor = page.nextCursor
    }
    #expect(found == whole)
    await sentry.sandbox.stop()
  }

  @Test func `a server can know single issues by their old path alone`() async throws {
    let sentry = try await AtTheWire()
    let issue = try #require(try await sentry.client.issues().issues.first)
    #expect(try await sentry.act("settings", ["single_issues": "old"]) == 204)
    sentry.sandbox.resetStats()
    for _ in 1...3 { #expect(try await sentry.client.issue(issue.id).id == issue.id) }
    // The path that is not there is tried once.
    #expect(sentry.sandbox.stats.total == 4)
    #expect(try await sentry.act("settings", ["single_issues": "none"]) == 204)
    await #expect(throws: RESTError.self) { try await sentry.client.issue(issue.id) }
    await sentry.sandbox.stop()
  }

  @Test func `the series that nobody stores are not requested`() async throws {
    let sentry = try await AtTheWire()
    let page = try await sentry.client.issues()
    _ = try await sentry.client.issues(ids: page.issues.map(\.id))
    #expect(sentry.sandbox.computedSeries == 0)
    _ = try await sentry.ask("issues/")
    #expect(sentry.sandbox.computedSeries > 0)
    await sentry.sandbox.stop()
  }
}
