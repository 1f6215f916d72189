import Foundation
import RESTClient

struct HealthService: Sendable {
  let store: HealthStore
  let weights: HealthWeights

  /// The window that history is recorded with.
  static let usualDays = 30

  /// - Throws: a 404.
  func health(_ productID: Int64, days: Int) async throws -> Health {
    guard let facts = try await store.facts(productID, days: days) else {
      throw Problem.notFound("product \(productID)")
    }
    return Health(facts, weights: weights)
  }

  /// Health now with its history, as a JSON object.
  func report(_ productID: Int64, days: Int) async throws -> [UInt8] {
    let health = try await health(productID, days: days)
    let now: JSONValue = [
      "product_id": JSONValue(productID), "days": JSONValue(days),
      "score": health.score.map(JSONValue.number) ?? .null, "grade": JSONValue(health.grade),
      "components": health.componentsJSON,
    ]
    let history = try await store.history(productID, days: days)
    return now.encoded().dropLast() + Array(#","history":"#.utf8) + history + [UInt8(ascii: "}")]
  }

  /// Keeps today's health of every product.
  func recordAll() async throws {
    for id in try await store.productIDs() {
      try Task.checkCancellation()
      guard let facts = try await store.facts(id, days: Self.usualDays) else { continue }
      try await store.record(id, Health(facts, weights: weights))
    }
    try await store.prune()
  }
}
