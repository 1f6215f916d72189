import Cryptography
import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Reactors

/// Where the vendors deliver: the signature is checked over the raw bytes, the delivery is stored
/// and committed, and only then answered. Nothing slower happens before the answer, since Sentry
/// waits one second.
struct WebhookRoutes: Sendable {
  /// Largest delivery, in bytes.
  static let bodyLimit = 5_000_000
  /// Bodies above this are digested away from the reactor, whose other connections would wait.
  static let quickBytes = 256 << 10

  let secrets: WebhookSecretStore
  let intake: DeliveryIntake
  let refusals: WebhookRefusals

  func register(in routes: inout RouteTable) {
    routes.open(.post, "/webhooks/jira/{id}") { try await receive(.jira, $0) }
    routes.open(.post, "/webhooks/sentry/{id}") { try await receive(.sentry, $0) }
  }

  private func receive(_ source: WebhookSource, _ request: Request) async throws -> Response {
    guard let id = request.parameters["id"].flatMap({ Int64($0) }), id > 0 else {
      throw Problem.notFound("resource at \(request.path)")
    }
    let body: [UInt8]
    do {
      body = try await request.body.collect(upTo: Self.bodyLimit)
    } catch let error as HTTPError where error.status.code == 413 {
      // Throws a 404 for an organization that is not there.
      _ = try await secrets.secret(source, organization: id)
      refusals.count(source, organization: id, reason: WebhookRefusals.tooLarge)
      throw error
    }
    let delivery: IncomingDelivery
    do {
      // Throws a 404 for an organization that is not there.
      let secret = try await secrets.secret(source, organization: id)
      // Sentry's Request-ID changes with every retry, so the payload itself is the key.
      let identifier = source == .jira ? Self.identifier(request) : nil
      let field = request.field(source == .jira ? "X-Hub-Signature" : "Sentry-Hook-Signature")
      let check = { (secret: String?) in
        try await Self.check(source, field, body, secret, digests: identifier == nil)
      }
      var (refusal, digest) = try await check(secret)
      if refusal != nil {
        // Perhaps it was changed a moment ago.
        (refusal, digest) = try await check(
          try await secrets.freshSecret(source, organization: id))
      }
      if let refusal {
        refusals.count(source, organization: id, refusal)
        throw Self.unauthorized(source, refusal)
      }
      delivery = Self.delivery(source, id, request, body, key: identifier ?? "sha256:\(digest)")
      try await intake.store(delivery)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Self.unavailable
    }
    return .json(.object(["status": .string("accepted")]), status: .accepted)
  }

  /// What names a delivery of Jira's, in all its retries.
  private static func identifier(_ request: Request) -> String? {
    request.field("X-Atlassian-Webhook-Identifier")
      .flatMap { (1...255).contains($0.utf8.count) ? $0 : nil }
  }

  /// - Parameter digests: whether the body's digest is needed.
  private static func check(
    _ source: WebhookSource, _ field: String?, _ body: [UInt8], _ secret: String?, digests: Bool
  ) async throws -> (WebhookSignature.Refusal?, digest: String) {
    let work: @Sendable () -> (WebhookSignature.Refusal?, String) = {
      let refusal = WebhookSignature.refusal(source, field: field, body: body, secret: secret)
      return (refusal, refusal == nil && digests ? SHA256Digest.hex(of: body) : "")
    }
    return body.count > quickBytes ? try await offReactor(work) : work()
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
