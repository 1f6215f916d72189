import App
import ArgumentParser
import Foundation
import Logging
import RESTClient

struct Sync: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads projects and issues of Jira or Sentry into the database.",
    discussion: "Exit codes: 0 all well, 1 failed, 2 wrong usage, 3 partly failed.")

  enum Source: String, ExpressibleByArgument, CaseIterable { case jira, sentry }

  @Argument(help: "jira or sentry.")
  var source: Source
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
    let configuration = try Process.configuration()
    let runtime = try await Runtime.start(
      configuration, logger: Process.logger(configuration, level: .warning))
    let code: Int32
    do {
      code = try await run(runtime.services)
    } catch {
      await runtime.stop()
      throw error
    }
    await runtime.stop()
    if code != 0 { throw ExitCode(code) }
  }

  private func run(_ services: Services) async throws -> Int32 {
    let targets = try await targets(services)
    guard !targets.isEmpty else {
      let which = org.map { "named '\($0)'" } ?? "at all"
      Process.printError("There is no \(source.rawValue) organization \(which); add one first.")
      return 1
    }
    var worst: Int32 = 0
    for target in targets {
      let code =
        testConnection ? try await target.testConnection(json) : try await sync(target, services)
      worst = max(worst, code == 1 ? 4 : code)
    }
    return worst == 4 ? 1 : worst
  }

  /// An organization of either kind.
  private struct Target {
    var name: String
    var source: SyncSource
    var testConnection: (_ json: Bool) async throws -> Int32
  }

  private func targets(_ services: Services) async throws -> [Target] {
    switch source {
    case .jira:
      try await services.jiraOrganizations.organizations(named: org).map { organization in
        Target(name: organization.name, source: .jira(organization.id)) { json in
          let result = try await services.jiraConnectionTest.run(organization)
          Self.show(
            organization.name, result.message, result.json.encoded(), result.isConnected, json)
          return result.isConnected ? 0 : 1
        }
      }
    case .sentry:
      try await services.sentryOrganizations.organizations(named: org).map { organization in
        Target(name: organization.name, source: .sentry(organization.id)) { json in
          let result = try await services.sentryConnectionTest.run(organization)
          Self.show(
            organization.name, result.message, result.json.encoded(), result.isConnected, json)
          return result.isConnected ? 0 : 1
        }
      }
    }
  }

  private static func show(
    _ name: String, _ message: String, _ encoded: [UInt8], _ isConnected: Bool, _ json: Bool
  ) {
    if json {
      print(String(decoding: encoded, as: UTF8.self))
    } else {
      print("\(isConnected ? "ok" : "FAILED")  \(name): \(message)")
    }
  }

  private func sync(_ target: Target, _ services: Services) async throws -> Int32 {
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
    return ["succeeded": 0, "partial": 3][summary.status] ?? 1
  }
}
