import JiraClient
import RESTClient
import SentryClient

/// Which site an address leads to. The numbers of projects and issues mean something within one site
/// only, so an organization stays with its site.
struct SiteIdentity: Sendable, Equatable {
  /// Atlassian's cloud ID, or the numeric id of the Sentry organization; nil when nothing reports it.
  var id: String?
  /// Scheme and host where people browse a Jira site, as the site reports it.
  var origin: String?

  /// - Returns: nil when it cannot be told.
  func isSame(as other: SiteIdentity) -> Bool? {
    if let id, let otherID = other.id { return id.lowercased() == otherID.lowercased() }
    if let origin, let otherOrigin = other.origin { return origin == otherOrigin }
    return nil
  }
}

enum SiteProblems {
  static let anotherSite = "another-site"

  static func another(_ organization: Organization, _ address: String) -> Problem {
    let thing = organization.vendor == .jira ? "Jira site" : "Sentry organization"
    return Problem.conflict(
      anotherSite,
      "\(address) leads to another \(thing) than the one whose projects and issues are stored here. "
        + "Its numbers would be mixed with theirs: add it as an organization of its own, or delete this "
        + "organization first.")
  }

  static func unknown(_ organization: Organization, _ address: String, _ reason: String) -> Problem
  {
    let thing = organization.vendor == .jira ? "Jira site" : "Sentry organization"
    return Problem.conflict(
      anotherSite,
      "It could not be checked that \(address) leads to the same \(thing) as before, whose projects and "
        + "issues are stored here. \(reason) Add another site as an organization of its own.")
  }
}

/// Finds out which site an address leads to.
struct SiteIdentityFinder: Sendable {
  let transport: any Transport
  let timeout: Duration

  /// - Parameters:
  ///   - account: see `Vendor.accountField`.
  ///   - token: nil sends no credentials.
  /// - Throws: `RESTError` when the site must be asked and does not answer.
  func identity(_ vendor: Vendor, _ baseURL: String, account: String?, token: String?) async throws
    -> SiteIdentity
  {
    switch vendor {
    case .jira: try await jira(baseURL, username: account, token: token)
    case .sentry: try await sentry(baseURL, slug: account ?? "", token: token)
    }
  }

  private func jira(_ baseURL: String, username: String?, token: String?) async throws
    -> SiteIdentity
  {
    var identity = SiteIdentity(id: await JiraGateway.cloudID(of: baseURL, transport))
    // The gateway says nothing to strangers, and its address says enough.
    guard identity.id == nil || JiraGateway.cloudID(of: baseURL) == nil else { return identity }
    let client = try JiraClient(
      site: JiraSite(baseURL: baseURL, username: username, apiToken: token), transport: transport,
      retry: RetryPolicy(attempts: 2), timeout: timeout)
    do {
      identity.origin = WebAddress(try await client.serverInfo().baseURL)?.origin
    } catch let error as RESTError {
      if identity.id == nil { throw error }
    }
    return identity
  }

  private func sentry(_ baseURL: String, slug: String, token: String?) async throws -> SiteIdentity
  {
    guard let token else { return SiteIdentity() }
    let client = try SentryClient(
      baseURL: baseURL, organization: slug, authToken: token, transport: transport,
      retry: RetryPolicy(attempts: 2), timeout: timeout)
    return SiteIdentity(id: try await client.organization().id)
  }
}
