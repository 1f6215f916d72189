import Foundation
import RESTClient
import Sandbox
import TestSupport
import Testing

@testable import App

/// What the commands say and end with, whatever is asked of them.
@Suite struct CommandLineTests {
  @Test(arguments: [
    ([], "SUBCOMMANDS"), (["serve"], "--port"), (["migrate"], "--status"),
    (["sync"], "Exit codes: 0 all well"), (["reconcile"], "Exit codes: 0 all well"),
    (["token", "create"], "cannot be shown again"), (["sandbox"], "--workflows"),
    (["doctor"], "Checks configuration"),
  ])
  func `every command explains itself`(words: [String], sentence: String) throws {
    let command = try ServiceProcess(database: nil, vendorHosts: "")
    let help = try command.run(words + ["--help"])
    #expect(help.code == 0)
    #expect(help.output.contains(sentence), "\(help.output)")
  }

  /// None of them reaches a database.
  @Test(arguments: [
    (["nonsense"], "Unexpected argument 'nonsense'"),
    (["sync"], "jira or sentry"), (["sync", "gitlab"], "'jira' and 'sentry'"),
    (["sync", "jira", "--jsn"], "Did you mean '--json'?"),
    (["serve", "--port", "99999"], "--port must be 0 to 65535."),
    (["serve", "--port", "http"], "--port"),
    (["serve", "--workers", "201"], "--workers must be 0 to 200."),
    (["sandbox", "--jira-port", "65536"], "must be 0 to 65535."),
    (["sandbox", "--projects", "0"], "--projects must be 1 to 10000"),
    (["token", "create", "--scope", "read"], "--name"),
    (["token", "create", "--name", "a", "--scope", "root"], "read, write or admin"),
    (["token", "create", "--name", "", "--scope", "read"], "1 to 200 characters"),
    (["token", "create", "--name", "a", "--scope", "read", "--expires", "5y"], "for example 90d"),
  ])
  func `wrong usage ends with 2 and says what to write`(words: [String], sentence: String) throws {
    let command = try ServiceProcess(database: nil, vendorHosts: "")
    let refused = try command.run(words)
    #expect(refused.code == 2)
    #expect(refused.output.contains(sentence), "\(refused.output)")
  }

  @Test(arguments: [
    ("ISSUEBRIDGE_PORT", "http", "ISSUEBRIDGE_PORT must be a whole number from 0 to 65535."),
    ("ISSUEBRIDGE_SECRET_KEY", "abc", "openssl rand -base64 32"),
    ("DATABASE_URL", "postgresql://127.0.0.1/x", "ISSUEBRIDGE_SECRET_KEY is required"),
    ("ISSUEBRIDGE_ADMIN_TOKEN", "short", "at least 16 characters"),
    ("ISSUEBRIDGE_ADMIN_TOKEN_FILE", "/nowhere", "/nowhere cannot be read"),
    ("ISSUEBRIDGE_LOG_LEVEL", "loud", "trace, debug, info"),
    ("ISSUEBRIDGE_ALLOWED_VENDOR_HOSTS", "http://x y", "example.net, *.example.net or host:port"),
    ("ISSUEBRIDGE_PUBLIC_URL", "issuebridge.example.com", "such as https://"),
    ("ISSUEBRIDGE_PUBLIC_URL", "ftp://issuebridge.example.com", "such as https://"),
    ("ISSUEBRIDGE_PUBLIC_URL", "https://", "such as https://"),
  ])
  func `a setting that cannot be used is named with what to write`(
    name: String, value: String, sentence: String
  ) throws {
    let error = try #require(throws: Configuration.Invalid.self) {
      try Configuration(environment: [name: value])
    }
    #expect(error.description.contains(sentence), "\(error.description)")
  }

  @Test func `a port that is taken is said with what to do`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let command = try Self.command(for: service)
      let taken = String(service.origin.split(separator: ":").last ?? "")
      for words in [["serve", "--port", taken], ["sandbox", "--jira-port", taken]] {
        let refused = try command.run(words)
        #expect(refused.code == 1)
        #expect(refused.output.contains("Choose another port"), "\(refused.output)")
      }
    }
  }

  @Test(arguments: [["doctor"], ["migrate"], ["sync", "jira"]])
  func `a database that does not answer is explained`(words: [String]) throws {
    let command = try ServiceProcess(
      database: "postgresql://nobody:canary@127.0.0.1:1/none", vendorHosts: "")
    let failed = try command.run(words)
    #expect(failed.code == 1)
    #expect(failed.output.contains("127.0.0.1"), "\(failed.output)")
    #expect(failed.output.contains("Check DATABASE_URL"), "\(failed.output)")
    #expect(!failed.output.contains("canary"), "no password in a message")
  }

  @Test func `a token that was made opens the API, and nothing else is printed`() async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      let command = try Self.command(for: service)
      let made = try command.run([
        "token", "create", "--name", "cli", "--scope", "read", "--expires", "1d",
      ])
      #expect(made.code == 0)
      let token = made.output.trimmingCharacters(in: .newlines)
      #expect(!token.contains("\n"))
      let reading = try await service.call("GET", "/products", token: token)
      #expect(reading.status == 200)
      let writing = try await service.call(
        "POST", "/products", .object(["name": .string("a")]), token: token)
      #expect(writing.status == 403)
    }
  }

  @Test func `a sync says what it did, or which organization to name`() async throws {
    try await TestService.with(projects: 2, issues: 10) { service in
      let command = try Self.command(for: service)
      let none = try command.run(["sync", "jira", "--json"])
      #expect(none.code == 1)
      #expect(none.output.contains("There is no Jira organization yet"), "\(none.output)")
      #expect(none.output.contains("POST /api/v1/jira-organizations"), "\(none.output)")
      try await service.connect()

      let wrong = try command.run(["sync", "sentry", "--org", "nope"])
      #expect(wrong.code == 1)
      #expect(
        wrong.output.contains("no Sentry organization named 'nope'; there is 'acme'."),
        "\(wrong.output)")
      let done = try command.run(["sync", "jira", "--full", "--json"])
      #expect(done.code == 0, "\(done.output)")
      let line = try #require(done.output.split(separator: "\n").last)
      let run = try JSONValue(parsing: Array(line.utf8))
      #expect(run["status"] == "succeeded")
      #expect(run["issues_seen"] == 10)
      let partly = try command.run(["sync", "jira", "--project", "NOPE"])
      #expect(partly.code != 0)
      #expect(partly.output.contains("There is no project NOPE"), "\(partly.output)")
      let well = try command.run(["doctor"])
      #expect(well.output.contains("ok      jira acme: Connected to"), "\(well.output)")
      #expect(well.output.contains("ok      sentry acme: Connected to"), "\(well.output)")
    }
  }

  /// What is wrong with the organization, and what the test of its connection says to do about it.
  @Test(arguments: [
    (Vendor.jira, ["api_token": "mistyped"], "Check that username is the account's e-mail address"),
    (Vendor.sentry, ["auth_token": "mistyped"], "Check that auth_token is an internal integration"),
    (Vendor.sentry, ["slug": "elsewhere"], "Check slug and base_url"),
    (Vendor.jira, ["base_url": "http://127.0.0.1:1"], "check the base URL"),
    (Vendor.sentry, ["base_url": "http://127.0.0.1:1"], "check the base URL"),
  ])
  func `a connection that fails says what to do`(
    vendor: Vendor, change: [String: String], advice: String
  ) async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      _ = try await service.addJira()
      _ = try await service.addSentry()
      // A token goes with the address and account it was given for.
      let tokens = [
        "jira": ["api_token": service.jira.configuration.apiToken],
        "sentry": ["auth_token": service.sentry.configuration.authToken],
      ]
      let body = change.merging(tokens[vendor.rawValue] ?? [:]) { one, _ in one }
      let changed = try await service.call(
        "PATCH", "/\(vendor.rawValue)-organizations/1",
        .object(body.mapValues { JSONValue.string($0) }))
      #expect(changed.status == 200, "\(changed.json)")
      let command = try Self.command(for: service)
      for words in [["sync", vendor.rawValue, "--test-connection"], ["doctor"]] {
        let failed = try command.run(words)
        #expect(failed.code == 1)
        #expect(failed.output.contains("FAILED"), "\(failed.output)")
        #expect(failed.output.contains(advice), "\(failed.output)")
        #expect(!failed.output.contains("mistyped"), "no token in a message")
      }
    }
  }

  @Test(arguments: [Vendor.jira, .sentry])
  func `a vendor that answers garbage is named`(vendor: Vendor) async throws {
    try await TestService.with(projects: 1, issues: 1) { service in
      try await service.connect()
      var faults = SandboxFaults()
      faults.garbage = 1
      service.jira.faults = faults
      service.sentry.faults = faults
      let command = try Self.command(for: service)
      for words in [["--test-connection"], ["--full"]] {
        let failed = try command.run(["sync", vendor.rawValue] + words)
        #expect(failed.code == 1)
        #expect(failed.output.contains("base URL"), "\(failed.output)")
      }
    }
  }

  private static func command(for service: TestService) throws -> ServiceProcess {
    let hosts = [service.jira.baseURL, service.sentry.baseURL]
      .map { $0.replacing("http://", with: "") }
    return try ServiceProcess(
      database: service.database.conninfo,
      vendorHosts: (["127.0.0.1:1"] + hosts).joined(separator: ","))
  }
}
