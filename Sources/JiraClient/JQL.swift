/// A JQL condition. Every value is quoted and escaped, so that none can become syntax: `AND` can be
/// a project's key, and `@` fails bare.
package struct JQL: Sendable, Equatable {
  package enum Value: Sendable, Equatable {
    case text(String)
    case number(Int64)

    var jql: String {
      switch self {
      case .number(let number): String(number)
      case .text(let text): JQL.quoted(text)
      }
    }
  }

  package let text: String

  package static func equals(_ field: String, _ value: Value) -> JQL {
    JQL(text: "\(field) = \(value.jql)")
  }

  package static func oneOf(_ field: String, _ values: [Value]) -> JQL {
    JQL(text: "\(field) in (\(values.map(\.jql).joined(separator: ", ")))")
  }

  package static func isSet(_ field: String) -> JQL { JQL(text: "\(field) is not EMPTY") }

  package static func and(_ conditions: JQL...) -> JQL {
    JQL(text: conditions.map(\.text).joined(separator: " and "))
  }

  /// Relative, since date literals are read in the account's time zone at minute granularity.
  package static func updatedWithin(minutes: Int) -> JQL {
    JQL(text: "updated >= -\(max(1, minutes))m")
  }

  package func ordered(by field: String, descending: Bool = false) -> String {
    "\(text) order by \(field) \(descending ? "desc" : "asc")"
  }

  /// A string literal: quotes and backslashes escaped, line breaks and tabs as escapes, other
  /// control characters, which JQL cannot hold, left out.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      default:
        if scalar.value >= 32 && scalar.value != 127 { quoted.unicodeScalars.append(scalar) }
      }
    }
    return quoted + "\""
  }
}
