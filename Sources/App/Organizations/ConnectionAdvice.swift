import RESTClient

/// What is known of a connection that failed, for exact advice.
struct ConnectionContext: Sendable, Equatable {
  var vendor: Vendor
  var baseURL: String
  /// See `Vendor.accountField`; nil when it is not known.
  var account: String?
  /// Whether the organization has an account at all; nil when it is not known.
  var hasAccount: Bool?
  /// Of the Jira site, as the site reports it.
  var cloudID: String?

  var isGateway: Bool { JiraGateway.cloudID(of: baseURL) != nil }
}

extension ConnectionFault {
  /// What to do about it.
  func advice(_ context: ConnectionContext) -> String? {
    switch self {
    case .credentials: context.vendor == .jira ? Self.jiraCredentials(context) : Self.sentryToken
    case .missingScope: Self.scopes
    case .captcha:
      "Jira requires a CAPTCHA for this account, as it does after several failed sign-ins: sign in "
        + "once at the site in a web browser with this account, then test the connection again."
    case .ipAllowlist:
      "The IP allowlist does not include the address of this server: an administrator of "
        + "\(context.vendor == .jira ? "Atlassian (admin.atlassian.com, Security)" : "Sentry") can "
        + "add it."
    case .forbidden:
      context.vendor == .jira
        ? "The account may not do this: check its permissions in Jira." : Self.sentryToken
    case .siteMissing:
      "There is no \(context.vendor.title) site at \(context.baseURL), or it is suspended or was "
        + "renamed: open the address in a web browser and check base_url."
    case .organizationMissing: Self.slug(context)
    case .notFound: "It does not exist, or the account may not see it."
    case .redirect(let place): Self.redirect(place)
    case .loginPage:
      "base_url leads to a sign-in page and not to the API: check the base URL, and whether a proxy "
        + "in between requires a sign-in."
    case .notTheAPI: "Check the base URL: it must be \(Self.example(context.vendor))."
    case .tls(let fault): Self.certificate(fault, context)
    case .unreachable:
      "If \(context.vendor.title) is available, check the base URL and the network of this server."
    case .slow:
      "\(context.vendor.title) may be overloaded, or a firewall may drop the connection."
    case .serverFault:
      "\(context.vendor.title) has a problem of its own\(Self.statusPage(context))."
    case .rateLimited: nil
    }
  }

  private static let scopes =
    "The token lacks a scope: it needs read:jira-user, read:jira-work and write:jira-work. The scopes "
    + "of a token cannot be changed: create a new token with these and set it as api_token."

  private static let sentryToken =
    "Check that auth_token is an internal integration's token of this organization with the scopes "
    + "org:read, project:read, event:read and event:write. Organization tokens (sntrys_…) cannot read "
    + "issues."

  private static func jiraCredentials(_ context: ConnectionContext) -> String {
    if context.isGateway, context.hasAccount == false {
      return
        "Check that api_token is a current token of a service account. A person's token needs the "
        + "account's e-mail address as username."
    }
    var advice = "Check that username is the account's e-mail address"
    if let account = context.account, !account.contains("@") {
      advice += " (it is \"\(VendorWords.line(account))\", which is not an e-mail address)"
    }
    advice +=
      " and that api_token is a current API token of that account (they expire within a year)."
    if context.isGateway {
      return advice + " A service account's token is used without a username."
    }
    let place = JiraGateway.address(context.cloudID ?? "{cloudId}")
    let cloudID =
      context.cloudID == nil
      ? " ({cloudId} is returned by \(context.baseURL)/_edge/tenant_info)" : ""
    return advice + " A token with scopes is accepted only at \(place)\(cloudID): set base_url to "
      + "that to use one."
  }

  private static func slug(_ context: ConnectionContext) -> String {
    let slug = context.account.map { " \"\(VendorWords.line($0))\"" } ?? ""
    return
      "Check slug and base_url: at \(context.baseURL) there is no organization\(slug), or the token "
      + "belongs to another one. The slug is the part of Sentry's addresses that names the "
      + "organization; it may live in another region, such as https://us.sentry.io or "
      + "https://de.sentry.io."
  }

  private static func redirect(_ place: String?) -> String {
    guard let place else {
      return
        "It leads elsewhere, and redirects are not followed: set base_url to the address that a "
        + "web browser shows there."
    }
    return
      "It leads to \(place), and redirects are not followed. If the site was renamed, set base_url "
      + "to \(place)."
  }

  static func example(_ vendor: Vendor) -> String {
    vendor == .jira
      ? "the address of a Jira site, such as https://your-site.atlassian.net"
      : "the address of a Sentry server, such as https://us.sentry.io or https://de.sentry.io"
  }

  private static func certificate(_ fault: TLSFault, _ context: ConnectionContext) -> String {
    switch fault {
    case .selfSigned, .unknownIssuer:
      "The certificate is not signed by an authority that this server trusts: add the authority's "
        + "certificate to the trust store of this server, or check the base URL."
    case .expired: "The certificate has expired: it must be renewed at \(context.baseURL)."
    case .notYetValid: "The certificate is not valid yet: check the clocks of both servers."
    case .wrongHost:
      "The certificate is for another host name than that of \(context.baseURL): check the base URL."
    case .revoked: "The certificate was revoked: it must be replaced at \(context.baseURL)."
    case .notTLS: "The server does not use TLS there: check the base URL and its port."
    case .other: "Check the certificate and the base URL."
    }
  }

  private static func statusPage(_ context: ConnectionContext) -> String {
    if context.baseURL.contains("sentry.io") { return "; see https://status.sentry.io" }
    return context.baseURL.contains("atlassian") ? "; see https://status.atlassian.com" : ""
  }
}
