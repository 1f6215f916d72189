import Foundation
@testable import JiraClient
import RESTClient
import Synchronization
import Testing

@testable import Sandbox

/// A look-alike, and the client that asks it.
struct JiraAtTheWire {
  let sandbox: JiraSandbox
  let client: JiraClient
  private let transport: CurlTransport

  init(workflows: [Workflow] = [.simple]) async throws {
    var configuration = JiraSandboxConfiguration()
    configuration.issues = 12
    configuration.projects = 3
    configuration.workflows = workflows
    sandbox = try JiraSandbox(configuration: configuration)
    try await sandbox.start()
    transport = try CurlTransport(policy: nil)
    client = try JiraClient(
      site: JiraSite(
        baseURL: sandbox.baseURL, username: configuration.username,
        apiToken: configuration.apiToken), transport: transport)
  }

  /// What a person does in Jira's pages.
  func act(_ path: String, _ body: JSONValue) async throws -> Int {
    try await transport.send(
      TransportRequest(
        method: "POST", url: sandbox.baseURL + "/sandbox/" + path,
        headerFields: [("Content-Type", "application/json")], body: body.encoded(),
        timeout: .seconds(60))
    ).status
  }

  func history(of key: String) async throws -> [JSONValue] {
    let request = RESTClient.Request("GET", "/rest/api/3/issue/\(key)/changelog", endpoint: "c")
    return try await client.rest.decode(JSONValue.self, request)["values"]?.arrayValue ?? []
  }
}

@Suite struct JiraSandboxTests {
  @Test func `an audited ticket is done over two steps and what their screens ask for`()
    async throws
  {
    let jira = try await JiraAtTheWire(workflows: [.audited])
    let made = try await jira.client.createIssue(
      JiraNewIssue(fields: [
        "project": ["key": "WEB"], "issuetype": ["name": "Bug"], "summary": "Broken",
      ]))
    let first = try await jira.client.transitions(made.key)
    #expect(first.map(\.name) == ["Analyse", "Reject"])
    try await jira.client.transition(made.key, id: "51")
    let second = try await jira.client.transitions(made.key)
    #expect(second.map(\.to.name) == ["Fixed"])
    #expect(second.first?.fields.keys.sorted() == ["customfield_10060", "resolution"])
    await #expect(throws: RESTError.self) {
      try await jira.client.transition(
        made.key, id: "52", fields: ["resolution": ["name": "Done"]])
    }
    try await jira.client.transition(
      made.key, id: "52",
      fields: ["resolution": ["name": "Done"], "customfield_10060": "A missing index"])
    #expect(jira.sandbox.statusName(of: made.key) == "Fixed")
    await jira.sandbox.stop()
  }

  @Test func `many issues are changed at once, in turn in the ways asked for`() async throws {
    let jira = try await JiraAtTheWire()
    let before = jira.sandbox.state.withLock(\.issues)
    let status = try await jira.act(
      "touch", ["issues": 9, "changes": ["comment", "status", "summary"]])
    #expect(status == 204)
    let after = jira.sandbox.state.withLock { $0 }
    let changed = after.issues.values.filter { before[$0.id]?.updated != $0.updated }
    #expect(changed.count == 9)
    #expect(Set(changed.map(\.projectID)).count == 3)
    #expect(changed.count { $0.statusID != before[$0.id]?.statusID } == 3)
    #expect(changed.count { $0.summary != before[$0.id]?.summary } == 3)
    #expect(changed.count { after.comments[$0.id]?.isEmpty == false } == 3)
    #expect(try await jira.act("touch", ["issues": 12]) == 204)
    let all = jira.sandbox.state.withLock(\.issues).values
    #expect(all.allSatisfy { $0.summary.hasPrefix("Changed 2: ") })
    #expect(try await jira.act("touch", ["issues": 1, "changes": ["colour"]]) == 400)
    #expect(try await jira.act("touch", ["issues": 1, "changes": []]) == 400)
    await jira.sandbox.stop()
  }

  @Test func `history tells who changed what, a person or the service`() async throws {
    let jira = try await JiraAtTheWire()
    try await jira.client.editIssue("WEB-1", fields: ["summary": "By the service"])
    #expect(try await jira.act("issues/WEB-1/transition", ["to": "In Progress"]) == 200)
    let history = try await jira.history(of: "WEB-1")
    #expect(history.count == 2)
    #expect(history.first?["author"]?["displayName"] == "Ida Keller")
    #expect(history.first?["items"]?.arrayValue?.first?["toString"] == "By the service")
    #expect(history.last?["author"]?["displayName"] == "Tomás Vega")
    #expect(history.last?["items"]?.arrayValue?.first?["field"] == "status")
    await jira.sandbox.stop()
  }

  @Test func `a person raises, comments, assigns and moves a ticket to another project`()
    async throws
  {
    let jira = try await JiraAtTheWire()
    #expect(try await jira.act("issues", ["summary": "By hand", "project": "APP"]) == 200)
    #expect(try await jira.act("issues/APP-5/comment", ["text": "Seen here too"]) == 200)
    #expect(try await jira.act("issues/APP-5/assign", ["to": "Ngozi"]) == 200)
    let before = try await jira.client.issue("APP-5", fields: ["*all"])
    #expect(before.assignee?.displayName == "Ngozi Obi")
    let comments = try await jira.client.comments("APP-5")
    #expect(comments.comments.first?.author?.displayName == "Tomás Vega")
    #expect(try await jira.act("issues/APP-5/move", ["project": "PAY"]) == 200)
    let after = try await jira.client.issue("APP-5", fields: ["*all"])
    #expect(after.id == before.id && after.key == "PAY-5")
    #expect(try await jira.act("issues/PAY-5/delete", [:]) == 204)
    #expect(jira.sandbox.statusName(of: "PAY-5") == nil)
    await jira.sandbox.stop()
  }

  @Test func `a project is given another workflow, and its tickets keep their category`()
    async throws
  {
    let jira = try await JiraAtTheWire()
    #expect(try await jira.act("issues/WEB-1/transition", ["to": "Done"]) == 200)
    #expect(try await jira.act("projects/WEB/workflow", ["workflow": "audited"]) == 204)
    #expect(jira.sandbox.statusName(of: "WEB-1") == "Fixed")
    #expect(try await jira.act("projects/WEB/workflow", ["workflow": "nonsense"]) == 400)
    await jira.sandbox.stop()
  }
}
