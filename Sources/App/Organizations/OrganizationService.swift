import RESTClient

/// Changes organizations. An address that leads to another site is refused while anything of the old one
/// is stored.
struct OrganizationService: Sendable {
  let store: OrganizationStore
  let secrets: SecretBox
  let sites: SiteIdentityFinder

  private var vendor: Vendor { store.vendor }

  /// - Throws: a 404; a 409 for another site; a 412; a 422 for an account that the address requires.
  func update(_ id: Int64, _ fields: OrganizationFields, _ precondition: Precondition) async throws
  {
    let organization = try await store.organization(id)
    let baseURL = fields.baseURL ?? organization.baseURL
    let account = fields.isAccountCleared ? nil : fields.account ?? organization.account
    try Self.check(vendor, account: account, at: baseURL)
    var fields = fields
    let isMoved =
      baseURL != organization.baseURL || (vendor == .sentry && account != organization.account)
    if isMoved {
      fields.site =
        try await store.holdsRecords(id)
        ? try await same(organization, fields, baseURL, account) : SiteIdentity()
    }
    try await store.update(id, fields, precondition)
  }

  /// A person's token needs the person's e-mail address; at the gateway a service account's goes alone.
  static func check(_ vendor: Vendor, account: String?, at baseURL: String) throws {
    guard vendor == .jira, account == nil, JiraGateway.cloudID(of: baseURL) == nil else { return }
    throw Problem.invalid(
      "/username",
      "Is required: the e-mail address of the account that owns api_token. Only a service account's "
        + "token is used without it, at \(JiraGateway.address("{cloudId}")).")
  }

  /// - Throws: a 409 unless the new address leads to the same site.
  private func same(
    _ organization: Organization, _ fields: OrganizationFields, _ baseURL: String,
    _ account: String?
  ) async throws -> SiteIdentity {
    let now: SiteIdentity
    do {
      // What was given for the old address is not sent to the new one.
      let token = try fields.tokenSealed.map(open)
      now = try await sites.identity(vendor, baseURL, account: account, token: token)
    } catch let error as RESTError {
      throw SiteProblems.unknown(
        organization, baseURL, VendorFailure(vendor: vendor, error: error).sentence)
    }
    switch now.isSame(as: try await stored(organization, of: now)) {
    case true?: return now
    case false?: throw SiteProblems.another(organization, baseURL)
    case nil:
      throw SiteProblems.unknown(
        organization, baseURL,
        vendor == .sentry && fields.tokenSealed == nil
          ? "Send a token for the new address as \(vendor.tokenField)." : "")
    }
  }

  /// What is known of the site so far; what is not stored yet is asked at the old address.
  private func stored(_ organization: Organization, of other: SiteIdentity) async throws
    -> SiteIdentity
  {
    var identity = SiteIdentity(
      id: organization.siteID, origin: organization.siteURL.flatMap { WebAddress($0)?.origin })
    if identity.isSame(as: other) == nil {
      let token = try organization.tokenSealed.map(open)
      let asked = try? await sites.identity(
        vendor, organization.baseURL, account: organization.account, token: token)
      identity.id = identity.id ?? asked?.id
      identity.origin = identity.origin ?? asked?.origin
    }
    return identity
  }

  private func open(_ sealed: String) throws -> String {
    try secrets.open(sealed, place: vendor.place(of: vendor.tokenField))
  }
}
