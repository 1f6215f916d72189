import Foundation
import RESTClient

/// Reads the fields of a JSON object one by one and collects everything that is wrong with them, so
/// that a client learns of all its mistakes at once. `finish()` throws them.
struct BodyFields: Sendable {
  private let values: [String: JSONValue]
  private var known: Set<String> = []
  private var errors: [Problem.FieldError] = []

  init(_ values: [String: JSONValue]) { self.values = values }

  /// Fields that are there and `null`: a merge patch clears them.
  var cleared: [String] { values.filter { $0.value == .null }.map(\.key).sorted() }

  /// The body as it came, without one member.
  func object(without name: String) -> JSONValue { .object(values.filter { $0.key != name }) }

  func has(_ name: String) -> Bool { values[name] != nil }

  mutating func refuse(_ name: String, _ detail: String) {
    let error = Problem.FieldError(pointer: "/\(name)", detail: detail)
    if !errors.contains(error) { errors.append(error) }
  }

  /// Throws what was refused, and every field that nobody asked for.
  func finish() throws {
    let unknown = values.keys.filter { !known.contains($0) }.sorted().map { name in
      Problem.FieldError(
        pointer: "/\(name)",
        detail: "Unknown field; known are \(known.sorted().joined(separator: ", ")).")
    }
    guard errors.isEmpty, unknown.isEmpty else { throw Problem.invalid(errors + unknown) }
  }

  mutating func value(_ name: String) -> JSONValue? {
    known.insert(name)
    guard let value = values[name], value != .null else { return nil }
    return value
  }

  /// A text with `length` characters; line breaks only where `multiline`. U+0000 is refused always,
  /// since PostgreSQL cannot store it.
  ///
  /// - Parameter isPasted: without what pasting leaves around it.
  mutating func text(
    _ name: String, _ length: ClosedRange<Int> = 1...200, multiline: Bool = false,
    isPasted: Bool = false
  ) -> String? {
    guard let value = value(name) else { return nil }
    guard case .string(var text) = value else {
      refuse(name, "Must be a string.")
      return nil
    }
    if isPasted { text = PastedText.trimmed(text) }
    guard length.contains(text.count) else {
      refuse(name, "Must have \(length.lowerBound) to \(length.upperBound) characters.")
      return nil
    }
    let forbidden = text.unicodeScalars.contains {
      $0 == "\0" || (!multiline && ($0 == "\n" || $0 == "\r"))
    }
    guard !forbidden else {
      refuse(name, multiline ? "Must not contain U+0000." : "Must be one line without U+0000.")
      return nil
    }
    guard !length.contains(0), text.allSatisfy(\.isWhitespace) else { return text }
    refuse(name, "Must not be blank.")
    return nil
  }

  /// Refuses what is not there at all; what is there is read, and refused, elsewhere.
  mutating func require(_ names: String...) {
    for name in names where values[name] == nil || values[name] == .null {
      refuse(name, "Is required.")
    }
  }

  mutating func required(
    _ name: String, _ length: ClosedRange<Int> = 1...200, multiline: Bool = false
  ) -> String {
    let before = errors.count
    if let text = text(name, length, multiline: multiline) { return text }
    if errors.count == before { refuse(name, "Is required.") }
    return ""
  }

  mutating func oneOf(_ name: String, _ choices: [String]) -> String? {
    guard let value = value(name) else { return nil }
    if case .string(let text) = value, choices.contains(text) { return text }
    refuse(name, "Must be one of \(choices.joined(separator: ", ")).")
    return nil
  }

  mutating func requiredOneOf(_ name: String, _ choices: [String]) -> String {
    let before = errors.count
    if let choice = oneOf(name, choices) { return choice }
    if errors.count == before { refuse(name, "Is required.") }
    return ""
  }

  /// A time by RFC 3339.
  mutating func date(_ name: String) -> Date? {
    guard let value = value(name) else { return nil }
    if case .string(let text) = value, let date = Date(rfc3339: text) { return date }
    refuse(name, "Must be an RFC 3339 time such as 2026-11-23T10:15:30Z.")
    return nil
  }

  mutating func flag(_ name: String) -> Bool? {
    guard let value = value(name) else { return nil }
    if case .bool(let flag) = value { return flag }
    refuse(name, "Must be true or false.")
    return nil
  }

  mutating func integer(_ name: String, _ range: ClosedRange<Int>) -> Int? {
    guard let value = value(name) else { return nil }
    guard let number = value.wholeNumber, range.contains(number) else {
      refuse(name, "Must be a whole number from \(range.lowerBound) to \(range.upperBound).")
      return nil
    }
    return number
  }

  mutating func id(_ name: String) -> Int64? {
    guard let value = value(name) else { return nil }
    guard let number = value.wholeNumber, number > 0 else {
      refuse(name, "Must be an id: a positive whole number.")
      return nil
    }
    return Int64(number)
  }

  mutating func requiredID(_ name: String) -> Int64 {
    let before = errors.count
    if let id = id(name) { return id }
    if errors.count == before { refuse(name, "Is required.") }
    return 0
  }

  /// At most `most` ids; absent is empty.
  mutating func ids(_ name: String, most: Int) -> [Int64] {
    guard let value = value(name) else { return [] }
    guard case .array(let items) = value, items.count <= most else {
      refuse(name, "Must be a list of at most \(most) ids.")
      return []
    }
    let ids = items.compactMap(\.wholeNumber).filter { $0 > 0 }.map(Int64.init)
    if ids.count != items.count { refuse(name, "Must hold ids only: positive whole numbers.") }
    return ids
  }

  /// At most `most` texts of 1 to `length` characters; absent is nil.
  mutating func texts(_ name: String, most: Int, length: Int = 255) -> [String]? {
    guard let value = value(name) else { return nil }
    guard case .array(let items) = value, items.count <= most else {
      refuse(name, "Must be a list of at most \(most) strings.")
      return nil
    }
    var texts: [String] = []
    for item in items {
      guard case .string(let text) = item, (1...length).contains(text.count),
        !text.unicodeScalars.contains("\0")
      else {
        refuse(name, "Must hold strings of 1 to \(length) characters only.")
        return nil
      }
      texts.append(text)
    }
    return texts
  }

  /// Labels as Jira takes them: without blanks, each of at most 255 characters.
  mutating func labels(_ name: String) -> [String]? {
    let labels = texts(name, most: 50)
    if labels?.contains(where: { $0.contains(where: \.isWhitespace) }) == true {
      refuse(name, "A label must not have blanks in it.")
    }
    return labels
  }

  mutating func object(_ name: String) -> [String: JSONValue]? {
    guard let value = value(name) else { return nil }
    if case .object(let object) = value { return object }
    refuse(name, "Must be an object.")
    return nil
  }

  /// Checks that a field which may not be absent in the resource is not cleared by a patch.
  mutating func refuseClearing(_ names: String...) {
    for name in names where values[name] == .null { refuse(name, "Cannot be null.") }
  }
}
