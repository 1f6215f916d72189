import HTTPServer
import HTTPTypes
import RESTClient

/// How statuses map: globally, for a product, for one Jira project.
struct StatusMappingRoutes: Sendable {
  let store: StatusMappingStore

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/status-mappings", .read, list)
    routes.on(.put, "/status-mappings", .admin, put)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let project = try query.id("jira_project_id")
    try query.finish()
    let mappings =
      if let project {
        [try await store.effectiveJSON(jiraProject: project)]
      } else {
        try await store.all()
      }
    return .json(.object(["data": .array(mappings), "next_cursor": .null]))
  }

  private func put(_ call: Call) async throws -> Response {
    var body = try await call.fields()
    let scope = MappingScope(
      productID: body.id("product_id"), jiraProjectID: body.id("jira_project_id"))
    if scope.productID != nil, scope.jiraProjectID != nil {
      body.refuse("product_id", "Give product_id or jira_project_id, not both.")
    }
    let inherits = body.flag("inherit") ?? false
    let mapping = Self.mapping(&body)
    try body.finish()
    guard inherits else { return .json(try await store.put(mapping, scope)) }
    try await store.remove(scope)
    if let project = scope.jiraProjectID {
      return .json(try await store.effectiveJSON(jiraProject: project))
    }
    return .json(try await store.all()[0])
  }

  /// What is not said is as in the default mapping; of the days null means always.
  private static func mapping(_ body: inout BodyFields) -> StatusMapping {
    var mapping = StatusMapping()
    for (key, value) in (body.object("jira_to_sentry") ?? [:]).sorted(by: { $0.key < $1.key }) {
      let isNamed = ["status:", "resolution:"].contains {
        key.hasPrefix($0) && key.count > $0.count && key.count <= 200
      }
      guard isNamed || StatusMapping.categories.contains(key) else {
        body.refuse(
          "jira_to_sentry/\(key)",
          "Must be new, indeterminate, done, status:<name> or resolution:<name>.")
        continue
      }
      guard let action = value.stringValue.flatMap(StatusMapping.SentryAction.init) else {
        let names = StatusMapping.SentryAction.allCases.map(\.rawValue).joined(separator: ", ")
        body.refuse("jira_to_sentry/\(key)", "Must be one of \(names).")
        continue
      }
      mapping.jiraToSentry[isNamed ? key.lowercased() : key] = action
    }
    for (key, value) in (body.object("sentry_to_jira") ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard SentryIssueRecord.statuses.contains(key) else {
        body.refuse("sentry_to_jira/\(key)", "Must be resolved, unresolved or ignored.")
        continue
      }
      guard let target = value.stringValue.flatMap({ StatusMapping.JiraTarget($0) }) else {
        body.refuse(
          "sentry_to_jira/\(key)",
          "Must be new, indeterminate, done, open, nothing or status:<name>.")
        continue
      }
      mapping.sentryToJira[key] = target
    }
    let policies = StatusMapping.ConflictPolicy.allCases.map(\.rawValue)
    mapping.conflictPolicy =
      body.oneOf("conflict_policy", policies).flatMap(StatusMapping.ConflictPolicy.init)
      ?? mapping.conflictPolicy
    let days = body.integer("reopen_window_days", 0...3650)
    if days != nil || body.cleared.contains("reopen_window_days") {
      mapping.reopenWindowDays = days
    }
    mapping.keepsArchived = body.flag("keep_archived") ?? mapping.keepsArchived
    return mapping
  }
}
