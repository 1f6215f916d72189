import RESTClient

/// Notes at organizations what calls to their vendors found, in one wording for tests, syncs and
/// `doctor`.
package struct Connections: Sendable {
  let jira: OrganizationStore
  let sentry: OrganizationStore
  let transport: any Transport

  func store(of vendor: Vendor) -> OrganizationStore { vendor == .jira ? jira : sentry }

  /// The failure with exact advice: a Jira site that refuses credentials is asked for its number.
  func explain(_ error: RESTError, of organization: Organization) async -> VendorFailure {
    var failure = VendorFailure(
      vendor: organization.vendor, error: error, context: ConnectionContext(organization))
    if organization.vendor == .jira, failure.fault == .credentials {
      failure.context.cloudID =
        if let known = organization.siteID { known } else {
          await JiraGateway.cloudID(of: organization.baseURL, transport)
        }
    }
    return failure
  }

  /// Runs calls to the vendor, and notes when it refuses or fails.
  func notingRefusal(of organization: Organization, _ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch let failure as VendorFailure {
      let failure = await explain(failure.error, of: organization)
      try await note(failure, at: organization)
      throw failure
    } catch let problem as Problem where problem.kind == SiteProblems.anotherSite {
      try await store(of: organization.vendor).noteConnection(
        organization.id, .failed, error: problem.detail)
      throw problem
    }
  }

  /// Notes how a sync has ended. One of which nothing could be read shows at the organization: what
  /// refuses all of its projects refuses the organization.
  func noteEnd(of recorder: SyncRecorder, _ organization: Organization, dryRun: Bool) async throws {
    let store = store(of: organization.vendor)
    let progress = await recorder.progress
    if !dryRun, progress.status == "succeeded" {
      try await store.noteSynced(organization.id)
    } else if progress.projectsSynced == 0, let failure = await recorder.lastFailure {
      try await note(await explain(failure.error, of: organization), at: organization)
    } else {
      try await store.noteConnection(organization.id, .connected)
    }
  }

  private func note(_ failure: VendorFailure, at organization: Organization) async throws {
    try await store(of: organization.vendor).noteConnection(
      organization.id, failure.fault?.status ?? .failed, error: failure.sentence)
  }
}

extension ConnectionContext {
  init(_ organization: Organization) {
    self.init(
      vendor: organization.vendor, baseURL: organization.baseURL, account: organization.account,
      hasAccount: organization.account != nil,
      cloudID: organization.vendor == .jira ? organization.siteID : nil)
  }
}
