import App
import ArgumentParser
import Logging

struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks configuration, database and every organization, and says what to do.")

  func run() async throws {
    let configuration = try Process.configuration()
    say(true, "configuration", "readable")
    let runtime: Runtime
    do {
      runtime = try await Runtime.start(
        configuration, logger: Process.logger(configuration, level: .error))
    } catch {
      say(false, "database", Process.sentence(error))
      throw ExitCode(1)
    }
    say(true, "database", runtime.isPrivate ? "private PostgreSQL runs" : "DATABASE_URL answers")
    let isWell: Bool
    do {
      isWell = try await check(runtime.services)
    } catch {
      await runtime.stop()
      throw error
    }
    await runtime.stop()
    if !isWell { throw ExitCode(1) }
  }

  private func check(_ services: Services) async throws -> Bool {
    var isWell = true
    for test in [services.jiraConnectionTest, services.sentryConnectionTest] {
      let store = test.organizations
      for organization in try await store.organizations(named: nil) {
        let result = try await test.run(organization)
        let subject = "\(store.vendor.rawValue) \(organization.name)"
        isWell = say(result.isWell, subject, result.message) && isWell
      }
    }
    let webhooks = try await services.webhookDiagnosis.findings()
    for finding in try await services.diagnosis.findings() + webhooks {
      isWell = say(finding.isWell, finding.subject, finding.sentence) && isWell
    }
    return isWell
  }

  @discardableResult
  private func say(_ isWell: Bool, _ subject: String, _ sentence: String) -> Bool {
    print("\(isWell ? "ok    " : "FAILED")  \(subject): \(sentence)")
    return isWell
  }
}
