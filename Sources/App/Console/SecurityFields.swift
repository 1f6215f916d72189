import HTTPTypes

/// What browsers are told about the console's pages.
enum SecurityFields {
  /// Nothing inline, nothing from elsewhere, no text that becomes markup or script, no frame around.
  static let console = page(
    [
      "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
      "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
      "require-trusted-types-for 'script'", "trusted-types 'none'",
    ])
  /// Swagger UI sets styles in its markup and cleans HTML itself.
  static let documentation = page(
    [
      "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data:", "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
      "frame-ancestors 'none'",
    ])
  static let file = fields([
    ("X-Content-Type-Options", "nosniff"), ("Cross-Origin-Resource-Policy", "same-origin"),
  ])

  private static func page(_ policy: [String]) -> HTTPFields {
    var all = file
    all.append(
      contentsOf: fields([
        ("Content-Security-Policy", policy.joined(separator: "; ")),
        ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
      ]))
    return all
  }

  private static func fields(_ pairs: [(String, String)]) -> HTTPFields {
    var fields = HTTPFields()
    for (name, value) in pairs {
      if let name = HTTPField.Name(name) { fields[name] = value }
    }
    return fields
  }
}
