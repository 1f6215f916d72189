import Foundation
package import RESTClient

/// Validates values against the part of JSON Schema 2020-12 that `openapi.yaml` uses. A keyword that
/// is not known here is itself reported: nothing is passed over in silence.
package struct SchemaValidator: Sendable {
  /// What `$ref` points into.
  private let document: JSONValue
  /// Whether an object may have members that its schema does not name, where the schema says nothing
  /// of them. JSON Schema allows it; a document of what a service answers should not need it.
  private let allowsUnnamedMembers: Bool

  package init(document: JSONValue, allowsUnnamedMembers: Bool = true) {
    self.document = document
    self.allowsUnnamedMembers = allowsUnnamedMembers
  }

  /// - Parameter path: where the value stands, for the messages.
  /// - Returns: a sentence for each mistake; none when the value is valid.
  package func mistakes(
    in value: JSONValue, against schema: JSONValue, at path: String = ""
  ) -> [String] {
    if case .bool(let allowed) = schema {
      return allowed ? [] : ["\(path): nothing is allowed here"]
    }
    guard case .object(let keywords) = schema else { return ["\(path): the schema is no object"] }
    return keywords.sorted { $0.key < $1.key }.flatMap { keyword, argument in
      check(value, keyword, argument, keywords, path)
    }
  }

  /// The value that a `$ref` names, and further ones from there.
  package func resolved(_ value: JSONValue) -> JSONValue {
    guard let reference = value["$ref"]?.stringValue, reference.hasPrefix("#/") else {
      return value
    }
    var found = document
    for part in reference.dropFirst(2).split(separator: "/") {
      found = found[String(part).replacing("~1", with: "/").replacing("~0", with: "~")] ?? .null
    }
    return resolved(found)
  }

  private func check(
    _ value: JSONValue, _ keyword: String, _ argument: JSONValue, _ schema: [String: JSONValue],
    _ path: String
  ) -> [String] {
    switch keyword {
    case "$ref":
      let target = resolved(.object(schema))
      if target == .null { return ["\(path): \(argument) leads nowhere"] }
      return mistakes(in: value, against: target, at: path)
    case "type": return checkType(value, argument, path)
    case "enum":
      let isListed = argument.arrayValue?.contains { $0.equals(value) } ?? false
      return isListed ? [] : ["\(path): \(value.text) is not one of \(argument.text)"]
    case "const": return argument.equals(value) ? [] : ["\(path): is not \(argument.text)"]
    case "allOf":
      return (argument.arrayValue ?? []).flatMap { mistakes(in: value, against: $0, at: path) }
    case "anyOf", "oneOf": return checkChoices(value, keyword, argument.arrayValue ?? [], path)
    case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
      return checkBound(value, keyword, argument, path)
    case "minLength", "maxLength", "pattern", "format":
      guard case .string(let text) = value else { return [] }
      return checkText(text, keyword, argument, path)
    case "minItems", "maxItems", "uniqueItems", "items":
      guard case .array(let items) = value else { return [] }
      return checkItems(items, keyword, argument, path)
    case "required", "properties", "additionalProperties", "minProperties":
      guard case .object(let members) = value else { return [] }
      return checkMembers(members, keyword, argument, schema, path)
    case "description", "title", "default", "example", "examples", "deprecated", "readOnly",
      "writeOnly":
      return []
    default: return ["\(path): the schema's keyword '\(keyword)' is not known to this validator"]
    }
  }

  private func checkType(_ value: JSONValue, _ argument: JSONValue, _ path: String) -> [String] {
    let types = argument.arrayValue?.compactMap(\.stringValue) ?? [argument.stringValue ?? ""]
    let fits = types.contains { type in
      switch (type, value) {
      case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array),
        ("object", .object), ("number", .number), ("number", .integer), ("integer", .integer):
        true
      case ("integer", .number(let number)): number == number.rounded()
      default: false
      }
    }
    return fits ? [] : ["\(path): \(value.text) is no \(types.joined(separator: " or "))"]
  }

  private func checkChoices(
    _ value: JSONValue, _ keyword: String, _ choices: [JSONValue], _ path: String
  ) -> [String] {
    let outcomes = choices.map { mistakes(in: value, against: $0, at: path) }
    let fitting = outcomes.filter(\.isEmpty).count
    if fitting == 1 || (fitting > 1 && keyword == "anyOf") { return [] }
    let reasons = Set(outcomes.joined()).sorted().joined(separator: "; ")
    return ["\(path): fits \(fitting) of \(keyword)'s \(choices.count) schemas (\(reasons))"]
  }

  private func checkBound(
    _ value: JSONValue, _ keyword: String, _ argument: JSONValue, _ path: String
  ) -> [String] {
    guard let number = value.double, let bound = argument.double else { return [] }
    let fits =
      switch keyword {
      case "minimum": number >= bound
      case "maximum": number <= bound
      case "exclusiveMinimum": number > bound
      default: number < bound
      }
    return fits ? [] : ["\(path): \(value.text) breaks \(keyword) \(argument.text)"]
  }

  private func checkText(
    _ text: String, _ keyword: String, _ argument: JSONValue, _ path: String
  ) -> [String] {
    // JSON Schema counts code points.
    let length = text.unicodeScalars.count
    let fits =
      switch keyword {
      case "minLength": length >= argument.wholeNumber ?? 0
      case "maxLength": length <= argument.wholeNumber ?? .max
      case "pattern": Self.matches(text, argument.stringValue ?? "")
      default: TextFormat.fits(text, argument.stringValue ?? "")
      }
    return fits ? [] : ["\(path): \(text.debugDescription) breaks \(keyword) \(argument.text)"]
  }

  private static func matches(_ text: String, _ pattern: String) -> Bool {
    guard let pattern = try? Regex(pattern) else { return false }
    return text.firstMatch(of: pattern) != nil
  }

  private func checkItems(
    _ items: [JSONValue], _ keyword: String, _ argument: JSONValue, _ path: String
  ) -> [String] {
    switch keyword {
    case "items":
      return items.enumerated().flatMap { mistakes(in: $1, against: argument, at: "\(path)/\($0)") }
    case "uniqueItems":
      let isUnique = items.indices.allSatisfy { index in
        !items[..<index].contains { $0.equals(items[index]) }
      }
      return argument == .bool(false) || isUnique ? [] : ["\(path): has an item twice"]
    case "minItems":
      return items.count >= argument.wholeNumber ?? 0 ? [] : ["\(path): has too few items"]
    default:
      return items.count <= argument.wholeNumber ?? .max ? [] : ["\(path): has too many items"]
    }
  }

  private func checkMembers(
    _ members: [String: JSONValue], _ keyword: String, _ argument: JSONValue,
    _ schema: [String: JSONValue], _ path: String
  ) -> [String] {
    guard case .object(let named)? = schema["properties"] ?? .object([:]) else { return [] }
    let others = members.keys.filter { named[$0] == nil }.sorted()
    switch keyword {
    case "required":
      let names = argument.arrayValue?.compactMap(\.stringValue) ?? []
      return names.filter { members[$0] == nil }.map { "\(path): '\($0)' is missing" }
    case "minProperties":
      return members.count >= argument.wholeNumber ?? 0 ? [] : ["\(path): has too few members"]
    case "properties":
      let unnamed =
        allowsUnnamedMembers || schema["additionalProperties"] != nil
        ? [] : others.map { "\(path): '\($0)' is not in the schema" }
      return unnamed
        + named.sorted { $0.key < $1.key }.flatMap { name, schema in
          members[name].map { mistakes(in: $0, against: schema, at: "\(path)/\(name)") } ?? []
        }
    default:
      return others.flatMap { name in
        argument == .bool(false)
          ? ["\(path): '\(name)' is not allowed"]
          : mistakes(in: members[name] ?? .null, against: argument, at: "\(path)/\(name)")
      }
    }
  }
}

extension JSONValue {
  fileprivate var double: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }

  var text: String { String(decoding: encoded(), as: UTF8.self) }

  /// Equality as JSON Schema has it: 1 and 1.0 are one number.
  fileprivate func equals(_ other: JSONValue) -> Bool {
    if let number = double, let other = other.double { return number == other }
    return self == other
  }
}
