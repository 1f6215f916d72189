import Foundation
import HTTPServer
import HTTPTypes
import RESTClient

/// Why a vendor lets nobody in: `POST /sandbox/refusal {"kind":"captcha"}`.
package enum SandboxRefusal: String, Sendable, CaseIterable {
  case none
  /// Too many failed sign-ins.
  case captcha
  /// As a page, as Jira's gateway answers; as JSON, as Jira itself does.
  case ipAllowlist = "ip_allowlist"
  case ipAllowlistJSON = "ip_allowlist_json"
  /// A site that does not exist or was switched off.
  case suspended
  /// The site has another address now.
  case renamed
  case loginPage = "login_page"
  case loginRedirect = "login_redirect"
  /// A Sentry organization that requires single sign-on.
  case singleSignOn = "single_sign_on"
  /// JSON of another system.
  case otherSystem = "other_system"
}

extension SandboxRefusal {
  /// Where a renamed site is.
  static let newAddress = "https://renamed-acme.atlassian.net"
  private static let rejected =
    "The IP address has been rejected because it is not on the allowed list. See your admin for more "
    + "information."

  /// - Returns: nil when nothing is refused.
  func response(to request: Request) -> Response? {
    switch self {
    case .none: return nil
    case .captcha:
      var response = page(
        "Forbidden (403)", "Encountered a \"403 - Forbidden\" error while loading this page.",
        status: 403)
      response.headerFields.set("X-Seraph-LoginReason", "AUTHENTICATION_DENIED")
      response.headerFields.set(
        "X-Authentication-Denied-Reason",
        "CAPTCHA_CHALLENGE; login-url=https://acme.atlassian.net/login.jsp")
      return response
    case .ipAllowlist: return page("Access denied", Self.rejected, status: 403)
    case .ipAllowlistJSON:
      return .json(["errorMessages": [.string(Self.rejected)], "errors": [:]], status: 403)
    case .suspended:
      return page(
        "Page unavailable", "Your site is currently unavailable.", status: 404)
    case .renamed: return redirect(to: Self.newAddress + request.path)
    case .loginPage:
      return page(
        "Log in with Atlassian account", "Log in to continue<script>let a = '<b>'</script>",
        status: 200)
    case .loginRedirect: return redirect(to: "/login?dest-url=%2Frest")
    case .singleSignOn:
      return .json(
        [
          "detail": [
            "code": "sso-required", "message": "Must login via SSO",
            "extra": ["loginUrl": "/auth/login/acme/"],
          ]
        ], status: 401)
    case .otherSystem: return .json(["hello": "world"])
    }
  }

  private func page(_ title: String, _ text: String, status: Int) -> Response {
    let markup = """
      <!DOCTYPE html><html lang="en"><head><title>\(title)</title><style>body { color: red }</style>
      </head><body class="error"><h1>\(title)</h1><p>\(text)</p></body></html>
      """
    var response = Response.html(markup)
    response.status = HTTPResponse.Status(code: status)
    return response
  }

  private func redirect(to place: String) -> Response {
    var response = Response(status: .movedPermanently)
    response.headerFields[.location] = place
    return response
  }

  /// The endpoint that sets it.
  static func register(
    in router: inout Router, _ set: @escaping @Sendable (SandboxRefusal) -> Void
  ) {
    router.on(.post, "/sandbox/refusal") { request in
      let name = try await request.json()?["kind"]?.stringValue ?? ""
      guard let refusal = SandboxRefusal(rawValue: name) else {
        let names = allCases.map(\.rawValue).joined(separator: ", ")
        return .json(["message": .string("There are the refusals \(names).")], status: 400)
      }
      set(refusal)
      return .noContent
    }
  }
}
