import HTTPServer
import HTTPTypes

/// Asking for a drift check now. It is a sync run whose source is `links`.
struct ReconciliationRoutes: Sendable {
  /// Organizations of each vendor that a request names at most.
  static let mostOrganizations = 200

  let reconciliation: Reconciliation
  let runs: SyncRunService

  func register(in routes: inout RouteTable) {
    routes.on(.post, "/reconciliations", .write, start)
  }

  private func start(_ call: Call) async throws -> Response {
    var body = try await call.optionalFields()
    let scope = ReconciliationScope(
      jira: body.ids("jira_organization_ids", most: Self.mostOrganizations),
      sentry: body.ids("sentry_organization_ids", most: Self.mostOrganizations))
    try body.finish()
    let id = try await reconciliation.start(trigger: "manual", scope)
    return .json(try await runs.json(id), status: .accepted, location: "/api/v1/sync-runs/\(id)")
  }
}
