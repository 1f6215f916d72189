import Foundation
import HTTPServer
import JobQueue
import Logging
import Postgres
import RESTClient
import Reactors
import Sandbox
import TestSupport

@testable import App

/// A whole service of a test's own: database, look-alikes of both vendors, server, worker.
final class TestService: Sendable {
  static let adminToken = "admin-token-of-the-tests"

  struct Answer: Sendable {
    var status: Int
    var headerFields: [String: String]
    var json: JSONValue

    /// A whole number at a member.
    func id(_ names: String...) -> Int {
      names.reduce(Optional(json)) { $0?[$1] }?.wholeNumber ?? -1
    }
    func text(_ names: String...) -> String {
      names.reduce(Optional(json)) { $0?[$1] }?.stringValue ?? ""
    }
    var data: [JSONValue] { json["data"]?.arrayValue ?? [] }
  }

  let services: Services
  let jira: JiraSandbox
  let sentry: SentrySandbox
  let database: TestDatabase
  private let server: Server
  private let reactors: ReactorGroup
  private let tasks: [Task<Void, any Error>]
  let transport: CurlTransport

  private init(
    services: Services, jira: JiraSandbox, sentry: SentrySandbox, database: TestDatabase,
    server: Server, reactors: ReactorGroup, tasks: [Task<Void, any Error>]
  ) throws {
    self.services = services
    self.jira = jira
    self.sentry = sentry
    self.database = database
    self.server = server
    self.reactors = reactors
    self.tasks = tasks
    transport = try CurlTransport(policy: nil)
  }

  /// Runs `body` with a service and closes it afterwards.
  static func with(
    projects: Int = 3, issues: Int = 60, indexLag: Duration = .zero,
    vendorTimeout: Duration = .seconds(30),
    environment: [String: String] = [:], logger: Logger? = nil, moreVendorHosts: String = "",
    _ body: (TestService) async throws -> Void
  ) async throws {
    let service = try await start(
      projects: projects, issues: issues, indexLag: indexLag, vendorTimeout: vendorTimeout,
      environment: environment, logger: logger, moreVendorHosts: moreVendorHosts)
    do {
      try await body(service)
    } catch {
      await service.close()
      throw error
    }
    await service.close()
  }

  private static func start(
    projects: Int, issues: Int, indexLag: Duration, vendorTimeout: Duration,
    environment: [String: String], logger: Logger?, moreVendorHosts: String
  ) async throws -> TestService {
    var jiraConfiguration = JiraSandboxConfiguration()
    jiraConfiguration.projects = projects
    jiraConfiguration.issues = issues
    jiraConfiguration.indexLag = indexLag
    var sentryConfiguration = SentrySandboxConfiguration()
    sentryConfiguration.projects = projects
    sentryConfiguration.issues = issues
    let jira = try JiraSandbox(configuration: jiraConfiguration)
    let sentry = try SentrySandbox(configuration: sentryConfiguration)
    try await jira.start()
    try await sentry.start()
    let database = try await TestDatabase.make()
    let hosts = [jira.baseURL, sentry.baseURL].map { $0.dropFirst("http://".count) }
    let usual = [
      "ISSUEBRIDGE_ADMIN_TOKEN": adminToken,
      "ISSUEBRIDGE_ALLOWED_VENDOR_HOSTS":
        "*.atlassian.net,127.0.0.1:1," + hosts.joined(separator: ",") + "," + moreVendorHosts,
    ]
    var configuration = try Configuration(environment: usual.merging(environment) { $1 })
    configuration.migrationsDirectory = TestDatabase.migrations
    configuration.vendorTimeout = vendorTimeout
    var quiet = Logger(label: "test")
    quiet.logLevel = .critical
    let logger = logger ?? quiet
    let services = try Services(
      configuration: configuration, secretKey: Array(repeating: 7, count: 32),
      publicURL: "http://127.0.0.1", pool: database.pool,
      transport: try CurlTransport(policy: configuration.vendorHosts), logger: logger)
    let application = Application(services: services)
    let reactors = try ReactorGroup(count: 1)
    let server = try Server(
      configuration: ServerConfiguration(host: "127.0.0.1", port: 0), reactors: reactors,
      handler: application.respond, errorResponder: application.refuse)
    var working = WorkerConfiguration(concurrency: 4)
    working.logger = logger
    let worker = Worker(
      pool: database.pool, registry: Jobs.registry(services), periodic: Jobs.periodic(services),
      configuration: working)
    return try TestService(
      services: services, jira: jira, sentry: sentry, database: database, server: server,
      reactors: reactors,
      tasks: [Task { try await server.run() }, Task { try await worker.run() }])
  }

  private func close() async {
    server.stop(grace: .milliseconds(500))
    for task in tasks { task.cancel() }
    for task in tasks { _ = await task.result }
    reactors.shutdown()
    await jira.stop()
    await sentry.stop()
    await database.close()
  }

  /// Where the service is reached, without a trailing slash.
  var origin: String { "http://127.0.0.1:\(server.port)" }

  /// A request below `/api/v1`.
  func call(
    _ method: String, _ path: String, _ body: JSONValue? = nil, token: String? = adminToken,
    contentType: String = "application/json", headers: [String: String] = [:]
  ) async throws -> Answer {
    try await send(
      method, path, body.map { $0.encoded() }, token: token, contentType: contentType,
      headers: headers)
  }

  /// As `call`, with bytes that may be no JSON.
  func send(
    _ method: String, _ path: String, _ body: [UInt8]?, token: String? = adminToken,
    contentType: String = "application/json", headers: [String: String] = [:]
  ) async throws -> Answer {
    let response = try await exchange(
      method, path, body, token: token, contentType: contentType, headers: headers)
    let json = response.body.isEmpty ? JSONValue.null : try JSONValue(parsing: response.body)
    return Answer(status: response.status, headerFields: response.headerFields, json: json)
  }

  /// A GET of any path, checked as all answers are.
  func page(_ path: String, token: String?, headers: [String: String] = [:]) async throws -> (
    status: Int, headerFields: [String: String], text: String
  ) {
    var fields: [(name: String, value: String)] = headers.map { ($0.key, $0.value) }
    if let token { fields.append(("Authorization", "Bearer \(token)")) }
    let response = try await transport.send(
      TransportRequest(
        method: "GET", url: "http://127.0.0.1:\(server.port)\(path)", headerFields: fields))
    try AnswerCheck.check(response, "GET", path, [])
    return (
      response.status, response.headerFields, String(decoding: response.body, as: UTF8.self)
    )
  }

  /// The whole body of a GET, which may be a stream that ends.
  func text(_ path: String) async throws -> String {
    let response = try await exchange(
      "GET", path, nil, token: Self.adminToken, contentType: "", headers: [:])
    return String(decoding: response.body, as: UTF8.self)
  }

  private func exchange(
    _ method: String, _ path: String, _ body: [UInt8]?, token: String?, contentType: String,
    headers: [String: String]
  ) async throws -> TransportResponse {
    var fields: [(name: String, value: String)] = headers.map { ($0.key, $0.value) }
    if let token { fields.append(("Authorization", "Bearer \(token)")) }
    if body != nil { fields.append(("Content-Type", contentType)) }
    let response = try await transport.send(
      TransportRequest(
        method: method, url: "http://127.0.0.1:\(server.port)/api/v1\(path)", headerFields: fields,
        body: body, timeout: .seconds(60)))
    try AnswerCheck.check(response, method, "/api/v1\(path)", body ?? [])
    return response
  }

  func addJira() async throws -> Int {
    try await call(
      "POST", "/jira-organizations",
      .object([
        "name": .string("acme"), "base_url": .string(jira.baseURL),
        "username": .string(jira.configuration.username),
        "api_token": .string(jira.configuration.apiToken),
      ])
    ).id("id")
  }

  func addSentry() async throws -> Int {
    try await call(
      "POST", "/sentry-organizations",
      .object([
        "name": .string("acme"), "slug": .string("acme"), "base_url": .string(sentry.baseURL),
        "auth_token": .string(sentry.configuration.authToken),
      ])
    ).id("id")
  }

  /// Adds both organizations and reads them whole.
  ///
  /// - Parameter settled: again until all has gone well.
  /// - Returns: their ids, Jira's first.
  @discardableResult
  func connect(settled: Bool = false) async throws -> (jira: Int, sentry: Int) {
    let jiraID = try await addJira()
    let sentryID = try await addSentry()
    for (kind, id) in [("jira", jiraID), ("sentry", sentryID)] {
      for _ in 1...8 {
        let run = try await sync(kind, id)
        if !settled || run.text("status") == "succeeded" { break }
      }
    }
    return (jiraID, sentryID)
  }

  /// Starts a sync and waits for its end.
  func sync(_ kind: String, _ id: Int, _ body: JSONValue = .object(["mode": .string("full")]))
    async throws -> Answer
  {
    let started = try await call("POST", "/\(kind)-organizations/\(id)/sync-runs", body)
    guard started.status == 202 else { return started }
    return try await finished(run: started.id("id"))
  }

  /// The run once it has ended.
  func finished(run id: Int) async throws -> Answer {
    let deadline = ContinuousClock.now + .seconds(120)
    while true {
      let run = try await call("GET", "/sync-runs/\(id)")
      if !["queued", "running"].contains(run.text("status")) { return run }
      guard ContinuousClock.now < deadline else { throw Overdue() }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  struct Overdue: Error {}

  /// The first unresolved Sentry issue without a link.
  func openError() async throws -> Int {
    let page = try await call("GET", "/sentry-issues?status=unresolved&linked=false&limit=1")
    return page.data.first?["id"]?.wholeNumber ?? -1
  }

  /// The id of the Jira project with this key.
  func project(_ key: String) async throws -> Int {
    let page = try await call("GET", "/jira-projects?q=\(key)")
    return page.data.first { $0["key"] == .string(key) }?["id"]?.wholeNumber ?? -1
  }
}
