import ArgumentParser
import Foundation
import Sandbox

struct SandboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox", abstract: "Serves look-alikes of Jira Cloud and Sentry on loopback.")

  @Option(help: "Port of the Jira look-alike, 0 for any free one.")
  var jiraPort = 0
  @Option(help: "Port of the Sentry look-alike, 0 for any free one.")
  var sentryPort = 0
  @Option(help: "Projects on each side.")
  var projects = 5
  @Option(help: "Issues on each side.")
  var issues = 200
  @Option(
    help: "Workflows of the Jira projects, in turn: simple, reviewed, audited, detoured.")
  var workflows = "simple,simple,reviewed"
  @Option(help: "Seconds by which Jira's search lags behind.")
  var searchLag = 0.0
  @Flag(help: "Enforce the rate limits that Jira and Sentry document.")
  var realLimits = false

  func validate() throws {
    guard (0...65_535).contains(jiraPort), (0...65_535).contains(sentryPort) else {
      throw ValidationError("--jira-port and --sentry-port must be 0 to 65535.")
    }
    guard (1...10_000).contains(projects), (0...5_000_000).contains(issues) else {
      throw ValidationError("--projects must be 1 to 10000 and --issues 0 to 5000000.")
    }
    guard !chosenWorkflows.contains(where: { $0 == nil }) else {
      throw ValidationError(
        "--workflows takes simple, reviewed, audited, detoured, with commas between.")
    }
  }

  private var chosenWorkflows: [Workflow?] {
    workflows.split(separator: ",").map { name in Workflow.all.first { $0.name == name } }
  }

  func run() async throws {
    var jiraConfiguration = JiraSandboxConfiguration()
    jiraConfiguration.port = jiraPort
    jiraConfiguration.projects = projects
    jiraConfiguration.issues = issues
    jiraConfiguration.workflows = chosenWorkflows.compactMap(\.self)
    jiraConfiguration.indexLag = .seconds(searchLag)
    jiraConfiguration.hasRealLimits = realLimits
    var sentryConfiguration = SentrySandboxConfiguration()
    sentryConfiguration.port = sentryPort
    sentryConfiguration.projects = projects
    sentryConfiguration.issues = issues
    sentryConfiguration.hasRealLimits = realLimits
    let jira = try JiraSandbox(configuration: jiraConfiguration)
    let sentry = try SentrySandbox(configuration: sentryConfiguration)
    try await jira.start()
    try await sentry.start()
    print(
      """
      Jira    \(jira.baseURL)  username \(jiraConfiguration.username)  api_token \
      \(jiraConfiguration.apiToken)
      Sentry  \(sentry.baseURL)  organization \(sentryConfiguration.organization)  auth_token \
      \(sentryConfiguration.authToken)
      Act as a person at \(jira.baseURL)/sandbox and \(sentry.baseURL)/sandbox.
      """)
    fflush(nil)
    await Signals.wait()
    await jira.stop()
    await sentry.stop()
  }
}
