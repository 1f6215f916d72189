import Cryptography
import Foundation
import HTTPServer
import HTTPTypes
import RESTClient

/// Where the vendors deliver: the signature is checked over the raw bytes, the delivery is stored
/// and committed, and only then answered. Nothing slower happens before the answer, since Sentry
/// waits one second. The body is received only for an organization that exists, and only when it is
/// JSON that claims to be signed; its digest is computed as it arrives.
struct WebhookRoutes: Sendable {
  /// Largest delivery, in bytes.
  static let bodyLimit = 5_000_000
  let secrets: WebhookSecretStore
  let intake: DeliveryIntake
  let refusals: WebhookRefusals
  let attempts: FailedAttempts

  func register(in routes: inout RouteTable) {
    routes.open(.post, "/webhooks/jira/{id}") { try await receive(.jira, $0) }
    routes.open(.post, "/webhooks/sentry/{id}") { try await receive(.sentry, $0) }
  }

  private func receive(_ source: WebhookSource, _ request: Request) async throws -> Response {
    guard let id = request.parameters["id"].flatMap({ Int64($0) }), id > 0 else {
      throw Problem.notFound("resource at \(request.path)")
    }
    try Self.checkMediaType(request)
    do {
      let (body, digest) = try await verified(source, id, request)
      // Sentry's Request-ID changes with every retry, so the payload itself is the key.
      let identifier = source == .jira ? Self.identifier(request) : nil
      try await intake.store(
        Self.delivery(source, id, request, body, key: identifier ?? "sha256:\(digest)"))
    } catch let problem as Problem {
      throw problem
    } catch let error as HTTPError {
      if error.status == .contentTooLarge {
        refusals.count(source, organization: id, reason: WebhookRefusals.tooLarge)
      }
      throw error
    } catch {
      throw Self.unavailable
    }
    return .json(.object(["status": .string("accepted")]), status: .accepted)
  }

  /// Receives the body and checks its signature.
  ///
  /// - Returns: the body and its SHA-256.
  /// - Throws: a 404 for an organization that does not exist; a 401, before the body is received where
  ///   no signature could be right; `HTTPError` for the body.
  private func verified(_ source: WebhookSource, _ id: Int64, _ request: Request) async throws -> (
    [UInt8], digest: String
  ) {
    let field = request.field(source == .jira ? "X-Hub-Signature" : "Sentry-Hook-Signature")
    guard let stated = WebhookSignature.code(source, field) else {
      let secret = try await secrets.secret(source, organization: id)
      throw await refuse(source, id, secret == nil ? .noSecret : .unsigned, request)
    }
    guard let secret = try await secrets.secret(source, organization: id), !secret.isEmpty else {
      throw await refuse(source, id, .noSecret, request)
    }
    var digest = try BodyDigest(key: Array(secret.utf8))
    var body: [UInt8] = []
    for try await piece in request.body.pieces(upTo: Self.bodyLimit) {
      try digest.update(piece)
      if body.isEmpty { body = piece } else { body += piece }
    }
    let (code, sum) = try digest.finish()
    guard !constantTimeEquals(stated, code) else { return (body, sum) }
    // The secret may have been changed a moment ago.
    let fresh = try await secrets.freshSecret(source, organization: id)
    if let refusal = WebhookSignature.refusal(source, field: field, body: body, secret: fresh) {
      throw await refuse(source, id, refusal, request)
    }
    return (body, sum)
  }

  private func refuse(
    _ source: WebhookSource, _ id: Int64, _ refusal: WebhookSignature.Refusal, _ request: Request
  ) async -> Problem {
    refusals.count(source, organization: id, refusal)
    return await attempts.refused(Self.unauthorized(source, refusal), request, hint: nil)
  }

  /// Some senders name no media type; those that do must name JSON.
  private static func checkMediaType(_ request: Request) throws {
    guard let type = request.headerFields[.contentType] else { return }
    let essence = (type.split(separator: ";").first ?? "").trimmingCharacters(in: .whitespaces)
      .lowercased()
    guard essence == "application/json" || essence.hasSuffix("+json") else {
      throw Problem(
        415, "unsupported-media-type", "Unsupported media type",
        "Send the delivery as application/json (got '\(essence)').")
    }
  }

  /// What names a delivery of Jira's, in all its retries.
  private static func identifier(_ request: Request) -> String? {
    request.field("X-Atlassian-Webhook-Identifier")
      .flatMap { (1...255).contains($0.utf8.count) ? $0 : nil }
  }

  private static func delivery(
    _ source: WebhookSource, _ id: Int64, _ request: Request, _ body: [UInt8], key: String
  ) -> IncomingDelivery {
    var kept: [String: JSONValue] = [:]
    for field in request.headerFields
    where IncomingDelivery.keptFields.contains(field.name.canonicalName) {
      kept[field.name.canonicalName] = .string(field.value)
    }
    let peek = DeliveryPeek(body)
    let seconds = request.field("Sentry-Hook-Timestamp").flatMap { Double($0) }
      .flatMap { (0...4_102_444_800).contains($0) ? $0 : nil }
    let resource = request.field("Sentry-Hook-Resource") ?? "unknown"
    let event =
      source == .jira
      ? peek.webhookEvent ?? "unknown"
      : [resource, peek.action].compactMap(\.self).joined(separator: ".")
    return IncomingDelivery(
      source: source, organizationID: id,
      key: key, event: String(event.prefix(200)), subject: peek.subject,
      sentAt: seconds.map(Date.init(timeIntervalSince1970:)) ?? peek.sentAt,
      status: source == .sentry ? peek.status : nil,
      headers: String(decoding: JSONValue.object(kept).encoded(), as: UTF8.self), body: body)
  }

  private static func unauthorized(_ source: WebhookSource, _ refusal: WebhookSignature.Refusal)
    -> Problem
  {
    let name = source == .jira ? "webhook_secret" : "client_secret"
    let field = source == .jira ? "X-Hub-Signature: sha256=<hex>" : "Sentry-Hook-Signature: <hex>"
    let detail =
      switch refusal {
      case .noSecret: "The organization has no \(name), so no signature can be checked; set one."
      case .unsigned: "The delivery is not signed; it needs the header \(field)."
      case .forged: "The signature is not that of this body with the organization's \(name)."
      }
    var problem = Problem.unauthorized(detail)
    problem.headerFields = [("WWW-Authenticate", "Signature")]
    return problem
  }

  private static var unavailable: Problem {
    var problem = Problem(
      503, "not-stored", "Service unavailable",
      "The delivery could not be stored; deliver it again later.")
    problem.headerFields = [("Retry-After", "10")]
    return problem
  }
}

extension Request {
  fileprivate func field(_ name: String) -> String? {
    HTTPField.Name(name).flatMap { headerFields[$0] }
  }
}
