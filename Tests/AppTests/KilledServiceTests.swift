import Foundation
import RESTClient
import Sandbox
import TestSupport
import Testing

@Suite struct KilledServiceTests {
  @Test(arguments: [true, false])
  func `a service killed in the middle of a sync and started again loses and doubles nothing`(
    hasPrivateDatabase: Bool
  ) async throws {
    let database = try await TestDatabase.makeEmpty()
    var configuration = JiraSandboxConfiguration()
    configuration.projects = 3
    configuration.issues = 3000
    let jira = try JiraSandbox(configuration: configuration)
    try await jira.start()
    // Thirty pages take long enough to be interrupted, on a busy machine too.
    var faults = SandboxFaults()
    faults.latencyMilliseconds = 500
    jira.faults = faults
    let service = try ServiceProcess(
      database: hasPrivateDatabase ? nil : database.conninfo,
      vendorHosts: jira.baseURL.replacing("http://", with: ""))
    try await service.start()

    let organization = try await service.call(
      "POST", "/jira-organizations",
      [
        "name": "acme", "base_url": .string(jira.baseURL),
        "username": .string(configuration.username),
        "api_token": .string(configuration.apiToken),
      ])
    let id = try #require(organization["id"]?.wholeNumber)
    let run = try await service.call(
      "POST", "/jira-organizations/\(id)/sync-runs", ["mode": "full"])
    let runID = try #require(run["id"]?.wholeNumber)
    try await eventually("some issues are there", within: .seconds(60)) {
      try await service.call("GET", "/jira-issues?limit=1")["data"]?.arrayValue?.isEmpty == false
    }
    service.killNow()
    try await service.start()
    let before = try await service.call("GET", "/sync-runs/\(runID)")["status"]?.stringValue
    #expect(before == "running", "it was killed too late: \(before ?? "")")

    jira.faults = SandboxFaults()
    try await eventually("the run goes on and ends", within: .seconds(60)) {
      let status = try await service.call("GET", "/sync-runs/\(runID)")["status"]?.stringValue
      return status != "running" && status != "queued"
    }
    let ended = try await service.call("GET", "/sync-runs/\(runID)")
    #expect(ended["status"] == "succeeded", "\(ended) \(service.log)")
    let issues = try await service.all("/jira-issues")
    #expect(issues.count == jira.issueCount)
    #expect(Set(issues.compactMap { $0["key"]?.stringValue }).count == jira.issueCount)
    #expect(try await service.all("/sync-runs").count == 1)
    let projects = try await service.all("/jira-projects")
    #expect(projects.count == configuration.projects)
    service.stop()
    await jira.stop()
    await database.close()
  }
}
