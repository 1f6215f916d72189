import JiraClient
import RESTClient
import SentryClient
import Testing

@testable import Sandbox

/// The clients against the look-alikes, whose answers scripts/check-sandbox holds to the vendors'
/// documents.
@Suite struct ClientTests {
  @Test func `fields and statuses of a site and of a project are read`() async throws {
    let jira = try await JiraAtTheWire(workflows: [.simple, .audited])
    let fields = try await jira.client.fields()
    #expect(fields.first { $0.id == "customfield_10050" }?.name == "Severity")
    #expect(fields.first { $0.id == "labels" }?.type == "array")
    #expect(fields.filter(\.isCustom).count == 2)
    #expect(try await jira.client.statuses().count >= 11)
    let ofProject = try await jira.client.statuses(project: "APP")
    let bug = try #require(ofProject.first { $0.issueType == "Bug" })
    #expect(bug.statuses.map(\.name) == ["Reported", "Under Analysis", "Fixed", "Rejected"])
    #expect(bug.statuses.map(\.categoryKey) == ["new", "indeterminate", "done", "done"])
    let missing = await #expect(throws: RESTError.self) {
      try await jira.client.statuses(project: "NOPE")
    }
    #expect(missing?.status == 404)
    await jira.sandbox.stop()
  }

  @Test func `a property is set, read, changed and deleted, twice without harm`() async throws {
    let jira = try await JiraAtTheWire()
    let key = "issuebridge.link/1"
    #expect(try await jira.client.property("WEB-1", key) == nil)
    try await jira.client.setProperty("WEB-1", key, to: ["link": 7])
    #expect(try await jira.client.propertyKeys("WEB-1") == [key])
    try await jira.client.setProperty("WEB-1", key, to: ["link": 8])
    #expect(try await jira.client.property("WEB-1", key) == ["link": 8])
    try await jira.client.deleteProperty("WEB-1", key)
    try await jira.client.deleteProperty("WEB-1", key)
    #expect(try await jira.client.propertyKeys("WEB-1").isEmpty)
    await jira.sandbox.stop()
  }

  @Test func `a ticket is assigned to a person, to nobody, and not to a stranger`() async throws {
    let jira = try await JiraAtTheWire()
    let people = try await jira.client.assignableUsers(project: "WEB", query: "ngozi")
    let person = try #require(people.first)
    try await jira.client.assign("WEB-1", to: person.accountID)
    let assigned = try await jira.client.issue("WEB-1", fields: ["*all"])
    #expect(assigned.assignee?.accountID == person.accountID)
    try await jira.client.assign("WEB-1", to: nil)
    #expect(try await jira.client.issue("WEB-1", fields: ["*all"]).assignee == nil)
    let refused = await #expect(throws: RESTError.self) {
      try await jira.client.assign("WEB-1", to: "stranger")
    }
    #expect(refused?.status == 400)
    await jira.sandbox.stop()
  }

  @Test func `an error is found by its short id, assigned, and shown its ticket and no longer`()
    async throws
  {
    let sandbox = try SentrySandbox(configuration: SentrySandboxConfiguration())
    try await sandbox.start()
    let client = try SentryClient(
      baseURL: sandbox.baseURL, organization: "acme",
      authToken: sandbox.configuration.authToken, transport: try CurlTransport(policy: nil))
    let issue = try #require(try await client.issues(limit: 1).issues.first)
    #expect(try await client.issue(shortID: issue.shortID)?.id == issue.id)
    #expect(try await client.issue(shortID: "NOPE-1") == nil)

    let members = try await client.members().members
    let member = try #require(members.first { $0.name == "Ngozi Obi" })
    try await client.assignIssue(issue.id, to: member.userID.map { "user:\($0)" })
    #expect(try await client.issue(issue.id).assignedTo?["name"] == "Ngozi Obi")
    try await client.assignIssue(issue.id, to: nil)
    #expect(try await client.issue(issue.id).assignedTo == nil)

    let installation = try #require(try await client.installations().first)
    let shown = try await client.createExternalIssue(
      installation: installation, issue: issue.id, webURL: "https://jira.example/browse/WEB-1",
      project: "WEB", identifier: "1")
    #expect(try await client.externalIssues(of: issue.id).map(\.id) == [shown.id])
    try await client.deleteExternalIssue(installation: installation, id: shown.id)
    try await client.deleteExternalIssue(installation: installation, id: shown.id)
    #expect(try await client.externalIssues(of: issue.id).isEmpty)
    await sandbox.stop()
  }
}
