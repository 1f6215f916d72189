import Cryptography
import Foundation
import HTTPServer
import HTTPTypes
import RESTClient

/// Answers a repeated POST with the first answer, so that a client may repeat what it is not sure of
/// (the Idempotency-Key header field, draft-ietf-httpapi-idempotency-key-header).
struct Idempotency: Sendable {
  /// How long a request may work before another may take its key over; longer than any handler may
  /// take.
  static let lease: Duration = .seconds(60)
  /// Pauses between looks at a request that is at work.
  private static let pauses: [Duration] = [
    .milliseconds(10), .milliseconds(20), .milliseconds(50), .milliseconds(100),
  ]
  private static let sealPlace = "idempotency_keys.answer"

  let store: IdempotencyStore
  let secrets: SecretBox

  /// - Throws: a 400 for a key that is none; a 422 when the key came with another request.
  func answer(
    _ request: Request, _ principal: Principal, key: String,
    _ handler: (Request) async throws -> Response
  ) async throws -> Response {
    guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (33...126).contains($0) })
    else {
      throw Problem.badRequest(
        "The Idempotency-Key must have 1 to 255 visible ASCII characters without blanks.")
    }
    var request = request
    let body = try await request.body.collect(upTo: Call.bodyLimit)
    request.body = RequestBody(body)
    let claim = IdempotencyStore.Claim(
      owner: principal.tokenID.map(String.init) ?? principal.name, key: key,
      digest: Self.digest(request, body))
    var look = 0
    while true {
      switch try await store.claim(claim, lease: Self.lease) {
      case .won: return try await work(request, claim, handler)
      case .otherRequest:
        throw Problem(
          422, "idempotency-key-reused", "Idempotency key reused",
          "This Idempotency-Key came with another request before; use a new key for a new request.")
      case .answered(let status, let sealed): return try replay(status, sealed)
      case .atWork:
        try await Task.sleep(for: Self.pauses[min(look, Self.pauses.count - 1)])
        look += 1
      }
    }
  }

  /// Handles the request and keeps the answer, unless it says that a repeat may go better.
  private func work(
    _ request: Request, _ claim: IdempotencyStore.Claim,
    _ handler: (Request) async throws -> Response
  ) async throws -> Response {
    do {
      let response = try await handler(request)
      try await keep(response, claim)
      return response
    } catch  where IdempotencyStore.mayHaveBeenDone(error) {
      // A repeat under this key must not do it again: it is told the same.
      let id = request.headerFields[.requestID] ?? ""
      try await write(.problem(.outcomeUnknown, requestID: id), claim)
      throw error
    } catch {
      // The repeat finds a fresh key: what failed here left nothing that a replay would state.
      try await store.release(claim)
      throw error
    }
  }

  private func keep(_ response: Response, _ claim: IdempotencyStore.Claim) async throws {
    guard response.status.code < 500, case .bytes = response.body else {
      return try await store.release(claim)
    }
    try await write(response, claim)
  }

  private func write(_ response: Response, _ claim: IdempotencyStore.Claim) async throws {
    guard case .bytes(let body) = response.body else { return }
    let fields = response.headerFields.map {
      JSONValue.array([.string($0.name.rawName), .string($0.value)])
    }
    let kept: JSONValue = .object([
      "fields": .array(fields), "body": .string(String(decoding: body, as: UTF8.self)),
    ])
    let sealed = try secrets.seal(
      String(decoding: kept.encoded(), as: UTF8.self), place: Self.sealPlace)
    try await store.keep(claim, status: response.status.code, sealed: sealed)
  }

  private func replay(_ status: Int, _ sealed: String) throws -> Response {
    let kept = try JSONValue(parsing: Array(secrets.open(sealed, place: Self.sealPlace).utf8))
    var response = Response(
      status: HTTPResponse.Status(code: status),
      body: .bytes(Array((kept["body"]?.stringValue ?? "").utf8)))
    for field in kept["fields"]?.arrayValue ?? [] {
      guard case .array(let pair) = field, pair.count == 2, let name = pair[0].stringValue,
        let value = pair[1].stringValue, let name = HTTPField.Name(name)
      else { continue }
      response.headerFields[name] = value
    }
    response.headerFields[.idempotentReplayed] = "true"
    return response
  }

  private static func digest(_ request: Request, _ body: [UInt8]) -> [UInt8] {
    let head = [request.method.rawValue, request.path, request.query ?? ""].joined(separator: "\n")
    return SHA256Digest.digest(of: Array(head.utf8) + [0] + body)
  }
}
