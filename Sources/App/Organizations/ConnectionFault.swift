import RESTClient

/// Why a vendor does not let us in or does not answer, recognized from what came back. What connection
/// tests, syncs, links and `doctor` say about it is said here, once.
enum ConnectionFault: Sendable, Equatable {
  case credentials
  case missingScope
  case captcha
  case ipAllowlist
  /// The account may not do this.
  case forbidden
  /// There is no site at the address.
  case siteMissing
  /// There is no Sentry organization with this slug there.
  case organizationMissing
  case notFound
  /// Elsewhere: scheme and host, or nil where the vendor does not say where.
  case redirect(to: String?)
  case loginPage
  /// A web page, or data of another system.
  case notTheAPI
  case tls(TLSFault)
  case unreachable
  case slow
  case serverFault
  case rateLimited

  /// - Returns: nil for what says nothing about the connection, such as a refused value.
  init?(_ vendor: Vendor, _ error: RESTError) {
    switch error.kind {
    case .connection: self = .unreachable
    case .timeout: self = .slow
    case .tls: self = .tls(error.tlsFault ?? .other)
    case .rateLimited: self = .rateLimited
    case .malformedAnswer: self = Self.isLogin(error) ? .loginPage : .notTheAPI
    case .tooLarge, .refusedAddress, .invalidRequest: return nil
    case .notSignedIn(let reason):
      self = reason.word.contains("DENIED") ? .captcha : .credentials
    case .status:
      guard let status = error.status, let fault = Self(vendor, status, error) else { return nil }
      self = fault
    }
  }

  private init?(_ vendor: Vendor, _ status: Int, _ error: RESTError) {
    let words = (error.vendorWords ?? "").lowercased()
    let login = (error.hints["x-seraph-loginreason"] ?? "").uppercased()
    let denied = (error.hints["x-authentication-denied-reason"] ?? "").uppercased()
    switch status {
    case 400...499 where denied.contains("CAPTCHA") || login.contains("AUTHENTICATION_DENIED"):
      self = .captcha
    case 400, 401, 403:
      if words.contains("ip address") && (words.contains("rejected") || words.contains("allow")) {
        self = .ipAllowlist
      } else if status == 401 || words.contains("connect session auth token") {
        // The latter is how a site itself answers to a Bearer token.
        self = words.contains("scope does not match") ? .missingScope : .credentials
      } else if status == 403 {
        self = .forbidden
      } else {
        return nil
      }
    case 404 where error.isWebPage: self = .siteMissing
    case 404 where vendor == .sentry && Self.isOrganization(error.path): self = .organizationMissing
    case 404: self = .notFound
    case 300...399: self = Self.isLogin(error) ? .loginPage : .redirect(to: Self.origin(error))
    case 500...: self = .serverFault
    default: return nil
    }
  }

  /// Of the organization itself, or one of its lists.
  private static func isOrganization(_ path: String) -> Bool {
    path.hasPrefix("/api/0/organizations/") && path.split(separator: "/").count <= 5
  }

  private static func isLogin(_ error: RESTError) -> Bool {
    let place = (error.hints["location"] ?? "").lowercased()
    let words = error.isWebPage ? (error.vendorWords ?? "").lowercased() : ""
    return ["/login", "/auth/login", "id.atlassian.com"].contains(where: place.contains)
      || ["log in", "sign in", "login", "single sign-on"].contains(where: words.contains)
  }

  private static func origin(_ error: RESTError) -> String? {
    guard let location = error.hints["location"] else { return nil }
    return WebAddress(location).map { VendorWords.line($0.origin) }
  }

  /// What it makes of the organization's connection. Refused credentials pause the schedule: trying
  /// them again and again locks accounts. What can heal by itself does not.
  var status: ConnectionStatus {
    switch self {
    case .credentials, .missingScope, .captcha, .forbidden: .unauthorized
    default: .failed
    }
  }
}
