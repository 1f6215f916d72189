import App
import ArgumentParser
import Foundation
import Logging
import RESTClient

struct Sync: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads projects and issues of Jira or Sentry into the database.",
    discussion:
      "Exit codes: 0 all well, 1 failed, 2 wrong usage, 3 partly failed or waiting for a confirmation."
  )

  @Argument(help: "jira or sentry.")
  var source: Vendor
  @Option(help: "Name of the organization; all without.")
  var org: String?
  @Option(help: "Key (Jira) or slug (Sentry) of a project; may be given several times.")
  var project: [String] = []
  @Flag(help: "Only test the connection.")
  var testConnection = false
  @Flag(help: "Say what would change, and write nothing.")
  var dryRun = false
  @Flag(help: "Stop a sync that runs already, and read everything again.")
  var force = false
  @Flag(help: "Read everything, not only what changed.")
  var full = false
  @Flag(help: "Print one JSON line per run.")
  var json = false

  func run() async throws {
    let code = try await Process.withServices(run)
    if code != 0 { throw ExitCode(code) }
  }

  private func run(_ services: Services) async throws -> Int32 {
    let test = source == .jira ? services.jiraConnectionTest : services.sentryConnectionTest
    let organizations = try await test.organizations.organizations(named: org)
    guard !organizations.isEmpty else {
      let known = try await test.organizations.organizations(named: nil).map { "'\($0.name)'" }
      let which = org.map { "named '\($0)'" } ?? "yet"
      let advice =
        known.isEmpty
        ? "add one in the console or with POST /api/v1/\(source.rawValue)-organizations"
        : "there is \(known.joined(separator: ", "))"
      Process.printError("There is no \(source.title) organization \(which); \(advice).")
      return 1
    }
    var worst: Int32 = 0
    for organization in organizations {
      let code =
        testConnection
        ? show(try await test.run(organization), organization.name)
        : try await sync(organization, services)
      worst = max(worst, code == 1 ? 4 : code)
    }
    return worst == 4 ? 1 : worst
  }

  private func show(_ result: ConnectionTestResult, _ name: String) -> Int32 {
    if json {
      print(String(decoding: result.json.encoded(), as: UTF8.self))
    } else {
      print("\(result.isConnected ? "ok" : "FAILED")  \(name): \(result.message)")
    }
    return result.isConnected ? 0 : 1
  }

  private func sync(_ target: Organization, _ services: Services) async throws -> Int32 {
    let bar = ProgressBar(title: target.name, isShown: !json && isatty(STDERR_FILENO) == 1)
    let request = SyncRunRequest(
      source: target.source, full: full, trigger: "cli", dryRun: dryRun, force: force,
      projectKeys: project)
    let id: Int64
    do {
      id = try await services.syncRuns.begin(request)
      async let following: Void = services.syncRuns.follow(id) { bar.show($0) }
      try await services.syncRuns.performHere(id)
      try await following
    } catch let problem as Problem {
      bar.end()
      Process.printError("\(target.name): \(problem.detail)")
      return 1
    }
    bar.end()
    let summary = try await services.syncRuns.summary(id)
    print(json ? summary.json : "\(target.name): \(summary.sentence)")
    for line in summary.plan where !json { print(line) }
    for failure in summary.failures where !json { Process.printError("  \(failure)") }
    return summary.exitCode
  }
}

extension Vendor: ExpressibleByArgument {}
