import Foundation

/// How much each component of a product's health counts. Only their proportions matter.
package struct HealthWeights: Sendable, Equatable {
  /// The components by name, in the order in which they are told.
  package static let names = ["error_pressure", "ticket_velocity", "coverage", "sync_freshness"]

  package private(set) var values: [String: Double] = [
    "error_pressure": 0.4, "ticket_velocity": 0.25, "coverage": 0.2, "sync_freshness": 0.15,
  ]

  package init() {}

  package struct Invalid: Error, CustomStringConvertible {
    package let description: String
  }

  /// Reads `error_pressure=0.5,coverage=0.1,…`; a component that is not named keeps its weight.
  ///
  /// - Throws: `Invalid`, which says what is wrong with which part.
  package init(parsing text: String) throws {
    for part in text.split(separator: ",") {
      let sides = part.split(separator: "=", maxSplits: 1).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard sides.count == 2, Self.names.contains(sides[0]) else {
        throw Invalid(
          description: "'\(part)' is no weight; give one of "
            + Self.names.map { "\($0)=NUMBER" }.joined(separator: ", "))
      }
      guard let weight = Double(sides[1]), weight.isFinite, (0...1000).contains(weight) else {
        throw Invalid(description: "the weight of \(sides[0]) must be a number from 0 to 1000")
      }
      values[sides[0]] = weight
    }
    guard values.values.contains(where: { $0 > 0 }) else {
      throw Invalid(description: "at least one weight must be above 0")
    }
  }

  subscript(_ name: String) -> Double { values[name] ?? 0 }
}
