import App
import ArgumentParser
import Foundation
import Logging

struct Reconcile: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares both sides of all links now, and repairs what drifted apart.",
    discussion: "Exit codes: 0 all well, 1 failed, 2 wrong usage, 3 partly failed.")

  @Option(help: "Only links with a side in the organizations of this name; all without.")
  var org: String?
  @Flag(help: "Print one JSON line.")
  var json = false

  func run() async throws {
    let code = try await Process.withServices(run)
    if code != 0 { throw ExitCode(code) }
  }

  private func run(_ services: Services) async throws -> Int32 {
    let scope = try await scope(services)
    guard let scope else {
      Process.printError("There is no organization named '\(org ?? "")'.")
      return 1
    }
    let bar = ProgressBar(title: org ?? "links", isShown: !json && isatty(STDERR_FILENO) == 1)
    let id: Int64
    do {
      id = try await services.reconciliation.beginHere(scope)
      async let following: Void = services.syncRuns.follow(id) { bar.show($0) }
      try await services.reconciliation.perform(id)
      try await following
    } catch let problem as Problem {
      bar.end()
      Process.printError(problem.detail)
      return 1
    }
    bar.end()
    let summary = try await services.syncRuns.summary(id)
    print(json ? summary.json : summary.sentence)
    for failure in summary.failures where !json { Process.printError("  \(failure)") }
    return summary.exitCode
  }

  /// - Returns: nil when no organization has the name.
  private func scope(_ services: Services) async throws -> ReconciliationScope? {
    guard let org else { return ReconciliationScope() }
    let jira = try await services.jiraOrganizations.organizations(named: org).map(\.id)
    let sentry = try await services.sentryOrganizations.organizations(named: org).map(\.id)
    return jira.isEmpty && sentry.isEmpty ? nil : ReconciliationScope(jira: jira, sentry: sentry)
  }
}
