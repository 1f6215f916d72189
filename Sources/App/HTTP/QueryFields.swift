import Foundation

/// Reads the query parameters of a request one by one; `finish()` refuses those nobody asked for.
struct QueryFields: Sendable {
  private let values: [String: String]
  private var known: Set<String> = []

  /// - Throws: a 400 for a parameter given twice or with a broken percent-encoding.
  init(_ query: String?) throws {
    var values: [String: String] = [:]
    for pair in (query ?? "").split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let decoded = parts.map { part in
        part.replacing("+", with: " ").removingPercentEncoding
      }
      guard let name = decoded[0], let value = decoded.count > 1 ? decoded[1] : "",
        !value.unicodeScalars.contains("\0")
      else { throw Problem.badRequest("The query string is not valid percent-encoded UTF-8.") }
      guard values.updateValue(value, forKey: name) == nil else {
        throw Problem.badRequest("The query parameter '\(name)' is given more than once.")
      }
    }
    self.values = values
  }

  func finish() throws {
    guard let unknown = values.keys.filter({ !known.contains($0) }).sorted().first else { return }
    let names = known.sorted().joined(separator: ", ")
    throw Problem.badRequest("Unknown query parameter '\(unknown)'; known are \(names).")
  }

  mutating func text(_ name: String, most: Int = 500) throws -> String? {
    known.insert(name)
    guard let text = values[name] else { return nil }
    guard (1...most).contains(text.count) else {
      throw Problem.badRequest("The query parameter '\(name)' must have 1 to \(most) characters.")
    }
    return text
  }

  /// What is searched for in names and texts.
  mutating func search() throws -> String? { try text("q", most: 200) }

  mutating func oneOf(_ name: String, _ choices: [String]) throws -> String? {
    guard let text = try text(name) else { return nil }
    guard choices.contains(text) else {
      throw Problem.badRequest(
        "The query parameter '\(name)' must be one of \(choices.joined(separator: ", ")).")
    }
    return text
  }

  mutating func id(_ name: String) throws -> Int64? {
    guard let text = try text(name) else { return nil }
    guard let id = Int64(text), id > 0 else {
      throw Problem.badRequest("The query parameter '\(name)' must be a positive whole number.")
    }
    return id
  }

  mutating func integer(_ name: String, _ range: ClosedRange<Int>) throws -> Int? {
    guard let text = try text(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw Problem.badRequest(
        "The query parameter '\(name)' must be a whole number "
          + "from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }

  mutating func flag(_ name: String) throws -> Bool? {
    try oneOf(name, ["true", "false"]).map { $0 == "true" }
  }

  mutating func date(_ name: String) throws -> Date? {
    guard let text = try text(name) else { return nil }
    guard let date = Date(rfc3339: text) else {
      throw Problem.badRequest(
        "The query parameter '\(name)' must be an RFC 3339 time such as 2026-11-23T10:15:30Z.")
    }
    return date
  }
}

extension Date {
  /// - Parameter rfc3339: with or without fractions of a second.
  init?(rfc3339 text: String) {
    let date =
      (try? Date(text, strategy: .iso8601))
      ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    guard let date else { return nil }
    self = date
  }
}
