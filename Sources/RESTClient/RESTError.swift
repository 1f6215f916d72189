import Foundation

/// A vendor's refusal or silence. It never holds a request's header fields, so no secret.
package struct RESTError: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    case connection, timeout, tls, tooLarge, refusedAddress, invalidRequest
    /// The vendor answered with this kind of status.
    case status
    /// The vendor's limit holds for this many seconds.
    case rateLimited(Double)
    /// The answer is not what the vendor's document promises.
    case malformedAnswer
  }

  /// Most bytes of an answer's body that an error keeps.
  static let largestBody = 16 << 10

  package var kind: Kind
  package var method: String
  /// Without the query, which may hold names of people.
  package var path: String
  package var status: Int?
  package var body: [UInt8]
  package var contentType: String?
  package var message: String
  /// Whether the vendor may have done what was asked.
  package var mayHaveBeenReceived: Bool

  package var description: String { sentence }

  /// Whether a request for less may succeed: the answer was too large for the vendor or for us.
  package var isTooLarge: Bool { kind == .tooLarge || status == 413 }

  /// The vendor's body as JSON; as a string when it is none.
  package var bodyValue: JSONValue {
    guard !body.isEmpty else { return .null }
    return (try? JSONValue(vendor: body)) ?? .string(String(decoding: body, as: UTF8.self).storable)
  }

  /// What the vendor said, in its own words; nil when it said nothing readable.
  package var vendorWords: String? {
    switch bodyValue {
    case .string(let text):
      // A proxy's HTML page says nothing to a reader.
      return contentType?.contains("html") == true || text.hasPrefix("<") ? nil : text
    case .object(let object): return Self.words(object)
    default: return nil
    }
  }

  private static func words(_ object: [String: JSONValue]) -> String? {
    var words = (object["errorMessages"]?.arrayValue ?? []).compactMap(\.stringValue)
    if case .object(let errors)? = object["errors"] {
      words += errors.keys.sorted().compactMap { name in
        errors[name]?.stringValue.map { "\(name): \($0)" }
      }
    }
    for name in ["message", "detail", "error"] {
      switch object[name] {
      case .string(let text)?: words.append(text)
      case .object(let inner)?: if let text = inner["message"]?.stringValue { words.append(text) }
      default: break
      }
    }
    for (name, value) in object.sorted(by: { $0.key < $1.key }) where words.isEmpty {
      // Django REST framework: {"field": ["what is wrong"]}
      if let text = value.arrayValue?.first?.stringValue { words.append("\(name): \(text)") }
    }
    return words.isEmpty ? nil : words.joined(separator: "; ")
  }

  /// One sentence: what was asked, what came, what to do.
  package var sentence: String {
    let request = "\(method) \(path)"
    switch kind {
    case .status:
      let words = vendorWords.map { ": \($0.hasSuffix(".") ? $0 : $0 + ".")" } ?? "."
      return "\(request) was answered with \(status ?? 0)\(words)\(advice)"
    case .rateLimited(let seconds):
      return "\(request) is limited for another \(Int(seconds.rounded(.up))) s."
    case .timeout: return "\(request) was not answered in time (\(message))."
    case .malformedAnswer:
      return
        "\(request) was answered with something else than documented (\(message)); is the base "
        + "URL the right one?"
    case .connection:
      return "\(request) did not get through (\(message)); check the base URL and the network."
    case .tls: return "\(request) could not be made secure (\(message)); check the certificate."
    case .tooLarge, .refusedAddress, .invalidRequest:
      return "\(request) was given up: \(message)."
    }
  }

  private var advice: String {
    switch status {
    case 401: " The credentials were not accepted: check user name and token."
    case 403: " The account may not do this: check its permissions or the token's scopes."
    case 404: " It does not exist, or the account may not see it."
    case let status? where (300..<400).contains(status):
      " It leads elsewhere, and redirects are not followed: set the base URL it leads to."
    case let status? where status >= 500: " The vendor has a fault; it will be tried again later."
    default: ""
    }
  }
}
