import HTTPServer
import HTTPTypes

extension Authenticator {
  /// Who sends a request: by its bearer token (RFC 6750), else by the console's cookie.
  ///
  /// - Throws: a 401 that says what is missing; a 403 for a change by cookie alone.
  func authenticate(_ request: Request) async throws -> Principal {
    guard let authorization = request.headerFields[.authorization] else {
      guard let secret = SessionCookie.secret(in: request) else {
        throw Problem.unauthorized("Send a token as 'Authorization: Bearer <token>'.")
      }
      try SessionCookie.requireConsole(request)
      return try await principal(ofSession: secret)
    }
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= 500 else {
      throw Problem.unauthorized("The Authorization header must be 'Bearer <token>'.")
    }
    return try await principal(ofToken: String(parts[1].trimmingPrefix(" ")))
  }
}

/// The cookie that the console's requests carry.
enum SessionCookie {
  static let name = "issuebridge_session"
  /// What other sites' pages cannot send, so that they change nothing with a visitor's cookie.
  static let changeHeader = "X-IssueBridge-Console"

  /// The secret in it; nil without one, or for what cannot be one.
  static func secret(in request: Request) -> [UInt8]? {
    for field in request.headerFields[values: .cookie] {
      for pair in field.split(separator: ";") {
        let parts = pair.trimmingPrefix(" ").split(separator: "=", maxSplits: 1)
        guard parts.count == 2, parts[0] == name else { continue }
        return [UInt8](hexadecimal: parts[1])
      }
    }
    return nil
  }

  /// - Throws: a 403 for a change without `changeHeader`.
  static func requireConsole(_ request: Request) throws {
    let isSafe = [.get, .head, .options].contains(request.method)
    let value = HTTPField.Name(changeHeader).flatMap { request.headerFields[$0] }
    guard isSafe || value == "1" else {
      throw Problem.forbidden(
        "A request by cookie that changes something needs the header \(changeHeader): 1.")
    }
  }
}

extension [UInt8] {
  /// The 32 bytes of 64 hexadecimal digits; nil for anything else.
  fileprivate init?(hexadecimal text: Substring) {
    let digits = text.utf8.compactMap { byte -> UInt8? in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
      default: nil
      }
    }
    guard digits.count == 64, text.utf8.count == 64 else { return nil }
    self = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
