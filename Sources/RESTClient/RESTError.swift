/// A vendor's refusal or silence. It never holds a request's header fields, and what a vendor echoes of
/// them is hidden, so it holds no secret.
package struct RESTError: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    case connection, timeout, tls, tooLarge, refusedAddress, invalidRequest
    /// The vendor answered with this kind of status.
    case status
    /// The vendor's limit holds for this many seconds.
    case rateLimited(Double)
    /// The vendor answered, but as it answers a visitor who has not signed in; `status` is 401 then.
    case notSignedIn(LoginReason)
    /// The answer is not what the vendor's document promises.
    case malformedAnswer
  }

  /// Why the vendor did not take the credentials, in its own word.
  package struct LoginReason: Sendable, Equatable {
    package var word: String

    package init(_ word: String) { self.word = word }
  }

  /// The answer was too large for the vendor (413) or for us: fewer records must be requested.
  package var isTooLarge: Bool { kind == .tooLarge || (kind == .status && status == 413) }

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
  /// The address that was asked, without path and credentials; empty when it is not known.
  package var baseURL = ""
  /// Header fields of the answer that say why, by their names in lower case.
  package var hints: [String: String] = [:]
  /// What is wrong with the certificate, where the kind is `tls`.
  package var tlsFault: TLSFault?

  /// The fields that become `hints`.
  static let hintFields = ["x-seraph-loginreason", "x-authentication-denied-reason", "location"]

  package var description: String { sentence }

  /// The vendor's body as JSON; as a string when it is none.
  package var bodyValue: JSONValue {
    guard !body.isEmpty else { return .null }
    return (try? JSONValue(vendor: body)) ?? .string(String(decoding: body, as: UTF8.self).storable)
  }

  /// What the vendor said, in its own words; nil when it said nothing readable.
  package var vendorWords: String? { VendorWords.text(of: body, contentType: contentType) }

  /// Whether the answer is a page for people.
  package var isWebPage: Bool { contentType?.lowercased().contains("html") == true }

  /// Whether the same request may succeed later without anybody changing anything.
  package var mayPass: Bool {
    switch kind {
    case .connection, .timeout, .rateLimited, .notSignedIn: true
    case .status: [401, 408, 409, 425, 429].contains(status) || (status ?? 0) >= 500
    // A proxy's page in place of an answer passes; a vendor that changed its documents does not.
    case .malformedAnswer: isWebPage
    case .tls, .tooLarge, .refusedAddress, .invalidRequest: false
    }
  }

  /// One sentence: what was asked and what came. What to do about it depends on the vendor.
  package var sentence: String {
    let request = "\(method) \(path)"
    switch kind {
    case .status:
      return "\(request) returned \(status ?? 0)\(quoted(vendorWords))"
    case .rateLimited(let seconds):
      let whole = seconds < 1e9 ? String(Int(seconds.rounded(.up))) : "more than 1000000000"
      return "\(request) is rate-limited for another \(whole) s."
    case .notSignedIn(let reason):
      return "\(request) returned what a visitor who has not signed in may see (\(reason.word))."
    case .timeout: return "\(request) did not return in time (\(message))."
    case .malformedAnswer:
      guard isWebPage else {
        return
          "\(request) returned something that the documentation does not describe (\(message))."
      }
      let words = vendorWords.map { " (\"\($0)\")" } ?? ""
      return "\(request) returned a web page instead of data\(words)."
    case .connection: return "\(request) could not connect (\(message))."
    case .tls: return "\(request) could not set up a secure connection (\(message))."
    case .tooLarge, .refusedAddress, .invalidRequest:
      return "\(request) was given up: \(message)."
    }
  }

  private func quoted(_ words: String?) -> String {
    guard let words else { return "." }
    return ": \(words)\(words.last.map { ".!?…".contains($0) } == true ? "" : ".")"
  }
}

/// What is wrong with a server's certificate, or that there is none.
package enum TLSFault: Sendable, Equatable {
  case selfSigned, unknownIssuer, expired, notYetValid, wrongHost, revoked
  /// The server does not speak TLS at that port.
  case notTLS
  case other
}
