import RESTClient
import Yams

extension JSONValue {
  /// The value of a YAML document by YAML 1.2's core schema: only `true`, `false`, `null` and numbers
  /// written plainly are not strings.
  init(yaml text: String) throws {
    self = try Self.value(Yams.compose(yaml: text))
  }

  private static func value(_ node: Node?) throws -> JSONValue {
    switch node {
    case .mapping(let mapping):
      return .object(
        try Dictionary(
          uniqueKeysWithValues: mapping.map { key, value in
            (key.scalar?.string ?? "", try Self.value(value))
          }))
    case .sequence(let sequence): return .array(try sequence.map(Self.value))
    case .scalar(let scalar): return value(scalar)
    case .alias, nil: return .null
    }
  }

  private static func value(_ scalar: Node.Scalar) -> JSONValue {
    guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
    switch scalar.string {
    case "", "~", "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default: break
    }
    if let number = Int64(scalar.string) { return .integer(number) }
    let first = scalar.string.utf8.first ?? 0
    let isNumeric = first == UInt8(ascii: "-") || (48...57).contains(first)
    if isNumeric, let number = Double(scalar.string) { return .number(number) }
    return .string(scalar.string)
  }
}
