import RESTClient
import SentryClient

struct SentryConnectionTest: ConnectionTest {
  let connections: Connections
  let clients: SentryClients

  var vendor: Vendor { .sentry }

  private enum Need {
    static let projects = MissingPermission(
      name: "project:read", neededFor: "reading projects")
    static let events = MissingPermission(
      name: "event:read", neededFor: "reading issues and events")
    static let write = MissingPermission(
      name: "event:write", neededFor: "changing the status of issues and showing tickets at them")
    static let remove = MissingPermission(
      name: "event:admin", neededFor: "removing a ticket that is shown at an issue")
  }

  /// One read of each kind that the work needs. What writing needs is known only where the server
  /// reports the token's scopes.
  func connect(_ organization: Organization) async throws -> ConnectionTestResult {
    let client = try clients.client(of: organization)
    let found = try await client.organization()
    try await organizations.noteSite(organization, SiteIdentity(id: found.id))
    var result = ConnectionTestResult(
      message: "Connected to the Sentry organization \(VendorWords.line(found.name)).",
      account: .object(["account_id": .null, "display_name": .string(found.name)]),
      server: .object([
        "base_url": .string(organization.baseURL), "deployment_type": .null, "version": .null,
      ]))
    if try await !isAllowed({ _ = try await client.projects() }) {
      result.missingPermissions.append(Need.projects)
    }
    let issue = try await readIssues(client, &result)
    if let issue { try await readOne(issue, client, &result) }
    try await readInstallations(client, &result)
    await readScopes(client, &result)
    noteRegion(found, organization, &result)
    if result.missingPermissions.contains(where: { $0 == Need.projects || $0 == Need.events }) {
      result.status = .unauthorized
      result.message =
        "Sentry accepts the token for the organization \(VendorWords.line(found.name)), but it lacks "
        + "scopes: set an auth_token that has them."
    }
    return result
  }

  private func isAllowed(_ read: () async throws -> Void) async throws -> Bool {
    do {
      try await read()
      return true
    } catch let error as RESTError where ConnectionFault(.sentry, error) == .forbidden {
      return false
    }
  }

  /// - Returns: the id of any issue.
  private func readIssues(_ client: SentryClient, _ result: inout ConnectionTestResult) async throws
    -> Int64?
  {
    var id: Int64?
    if try await !isAllowed({
      id = try await client.issues(limit: 1, order: .lastSeen).issues.first?.id
    }) {
      result.missingPermissions.append(Need.events)
    }
    return id
  }

  /// Old servers, and others that speak a part of this API, know single issues at another path only, or
  /// not at all.
  private func readOne(_ id: Int64, _ client: SentryClient, _ result: inout ConnectionTestResult)
    async throws
  {
    var isOld = false
    do {
      if try await !isAllowed({ _ = try await client.issue(id) }) {
        result.missingPermissions.append(Need.events)
      }
      isOld = client.knowsOnlyOldPath
    } catch let error as RESTError where error.status == 404 {
      isOld = true
    }
    if isOld {
      result.warnings.append(
        "The server is too old, or is not Sentry itself: it lists issues but does not know "
          + "/api/0/organizations/{slug}/issues/{id}/. Statuses cannot be carried over to it; upgrade the "
          + "server.")
    }
  }

  private func readInstallations(_ client: SentryClient, _ result: inout ConnectionTestResult)
    async throws
  {
    let installations: Int?
    do {
      installations = try await client.installations().count
    } catch let error as RESTError where [403, 404].contains(error.status) {
      installations = nil
    }
    if (installations ?? 0) == 0 {
      result.warnings.append(
        "The token belongs to no internal integration that is installed: tickets are shown at Sentry "
          + "issues as comments.")
    }
  }

  private func readScopes(_ client: SentryClient, _ result: inout ConnectionTestResult) async {
    guard let scopes = (try? await client.tokenScopes()) ?? nil else { return }
    func has(_ names: String...) -> Bool { names.contains(where: scopes.contains) }
    if !has("event:read", "event:write", "event:admin"),
      !result.missingPermissions.contains(Need.events)
    {
      result.missingPermissions.append(Need.events)
    }
    if !has("event:write", "event:admin") { result.missingPermissions.append(Need.write) }
    if has("event:write"), !has("event:admin") {
      result.warnings.append(
        "Without the scope \(Need.remove.name) a ticket that is shown at a Sentry issue stays there "
          + "when its link is deleted.")
    }
  }

  /// `https://sentry.io` hands every request on to the region.
  private func noteRegion(
    _ found: SentryOrganizationInfo, _ organization: Organization,
    _ result: inout ConnectionTestResult
  ) {
    guard let region = found.regionURL.flatMap({ WebAddress($0) })?.origin,
      region != organization.baseURL,
      WebAddress(organization.baseURL)?.origin == "https://sentry.io"
    else { return }
    result.warnings.append(
      "The organization is in the region \(region): with that as base_url each request is answered sooner."
    )
  }
}
