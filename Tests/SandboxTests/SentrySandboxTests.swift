import Foundation
import RESTClient
import SentryClient
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
}
