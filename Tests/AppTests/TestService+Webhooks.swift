import Cryptography
import Foundation
import RESTClient
import Sandbox

@testable import App

extension TestService {
  static let jiraSecret = "It's a Secret to Everybody"

  /// As `connect`, with the secrets of both webhooks.
  ///
  /// - Parameter registers: whether the look-alikes deliver to the service from now on.
  @discardableResult
  func connectWebhooks(registers: Bool = true) async throws -> (jira: Int, sentry: Int) {
    let organizations = try await connect()
    _ = try await call(
      "PATCH", "/jira-organizations/\(organizations.jira)",
      ["webhook_secret": .string(Self.jiraSecret)])
    _ = try await call(
      "PATCH", "/sentry-organizations/\(organizations.sentry)",
      ["client_secret": .string(sentry.configuration.clientSecret)])
    guard registers else { return organizations }
    try await registerJiraWebhook(organizations.jira)
    try await registerSentryWebhook(organizations.sentry)
    return organizations
  }

  /// Lets the look-alike of Jira deliver to the service from now on.
  func registerJiraWebhook(_ organization: Int) async throws {
    let basic = Data("\(jira.configuration.username):\(jira.configuration.apiToken)".utf8)
    _ = try await transport.send(
      TransportRequest(
        method: "POST", url: "\(jira.baseURL)/rest/webhooks/1.0/webhook",
        headerFields: [
          ("Authorization", "Basic \(basic.base64EncodedString())"),
          ("Content-Type", "application/json"),
        ],
        body: JSONValue.object([
          "url": .string("\(origin)/webhooks/jira/\(organization)"),
          "secret": .string(Self.jiraSecret),
        ]).encoded(), timeout: .seconds(60)))
  }

  /// The same for Sentry.
  func registerSentryWebhook(_ organization: Int) async throws {
    try await act(
      .sentry, "webhook", ["url": .string("\(origin)/webhooks/sentry/\(organization)")])
  }

  /// Does what a person does in a vendor's pages.
  func act(_ vendor: WebhookSource, _ path: String, _ body: JSONValue = [:]) async throws {
    let base = vendor == .jira ? jira.baseURL : sentry.baseURL
    let answer = try await transport.send(
      TransportRequest(
        method: "POST", url: "\(base)/sandbox/\(path)",
        headerFields: [("Content-Type", "application/json")], body: body.encoded(),
        timeout: .seconds(60)))
    guard answer.status < 300 else { throw Refused(status: answer.status, path: path) }
  }

  struct Refused: Error {
    var status: Int
    var path: String
  }

  func deliver(_ path: String, _ body: [UInt8], _ headers: [String: String]) async throws
    -> Answer
  {
    let response = try await transport.send(
      TransportRequest(
        method: "POST", url: origin + path,
        headerFields: headers.map { ($0.key, $0.value) } + [("Content-Type", "application/json")],
        body: body, timeout: .seconds(30)))
    // What a vendor may send is any object: only answers are held to the document.
    try AnswerCheck.check(response, "POST", path, [])
    return Answer(
      status: response.status, headerFields: response.headerFields,
      json: response.body.isEmpty ? .null : try JSONValue(parsing: response.body))
  }

  func deliverJira(
    _ id: Int, _ body: [UInt8], identifier: String, headers: [String: String] = [:]
  ) async throws -> Answer {
    let code = HMACSHA256.hexDigest(of: body, key: Array(Self.jiraSecret.utf8))
    var fields = headers
    fields["X-Hub-Signature"] = "sha256=\(code)"
    fields["X-Atlassian-Webhook-Identifier"] = identifier
    return try await deliver("/webhooks/jira/\(id)", body, fields)
  }

  func deliverSentry(_ id: Int, _ body: [UInt8], headers: [String: String] = [:]) async throws
    -> Answer
  {
    var fields = headers
    fields["Sentry-Hook-Signature"] = HMACSHA256.hexDigest(
      of: body, key: Array(sentry.configuration.clientSecret.utf8))
    fields["Sentry-Hook-Resource"] = fields["Sentry-Hook-Resource"] ?? "issue"
    fields["Sentry-Hook-Timestamp"] = "1750000000"
    return try await deliver("/webhooks/sentry/\(id)", body, fields)
  }
}
