import Cryptography

/// Checks a webhook's signature over the bytes as they came. Pure.
enum WebhookSignature {
  /// Why a delivery is refused; the values of the constraint `webhook_refusals_reason_known`.
  enum Refusal: String, Sendable {
    /// The organization has no secret to check with.
    case noSecret = "no_secret"
    /// There is no signature, or none by a method that is trusted.
    case unsigned
    /// The signature is not that of these bytes with our secret.
    case forged
  }

  /// - Parameters:
  ///   - field: the signature's header field: Jira's `sha256=<hex>`, where the method must be named
  ///     and SHA-256 is the only one trusted; Sentry's bare `<hex>`.
  ///   - secret: nil when none is set.
  /// - Returns: nil when the signature is right.
  static func refusal(
    _ source: WebhookSource, field: String?, body: [UInt8], secret: String?
  ) -> Refusal? {
    guard let secret, !secret.isEmpty else { return .noSecret }
    guard let code = code(source, field) else { return .unsigned }
    let expected = HMACSHA256.hexDigest(of: body, key: Array(secret.utf8))
    return constantTimeEquals(code, expected) ? nil : .forged
  }

  /// The authentication code that a delivery states, in lower case; nil when it states none that is
  /// trusted.
  static func code(_ source: WebhookSource, _ field: String?) -> String? {
    guard let field else { return nil }
    let code: Substring
    switch source {
    case .sentry: code = field[...]
    case .jira:
      let parts = field.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "sha256" else { return nil }
      code = parts[1]
    }
    return code.isEmpty ? nil : code.lowercased()
  }
}
