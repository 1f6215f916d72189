import HTTPServer
import HTTPTypes
import RESTClient

/// How statuses map: globally, for a product, for one Jira project.
struct StatusMappingRoutes: Sendable {
  let store: StatusMappingStore
  let names: MappingNameCheck

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
    var (mapping, used) = Self.mapping(&body)
    let resolution = body.text("default_resolution", 1...255).map {
      MappingName(kind: .resolution, name: $0, pointer: "/default_resolution", isTarget: false)
    }
    try body.finish()
    guard inherits else {
      let (warnings, sources) = try await check(used + [resolution].compactMap(\.self), scope)
      for name in used {
        let ids = name.found(in: sources).map(\.id).filter { !$0.isEmpty }
        if !ids.isEmpty { mapping.jiraIDs[name.key] = Set(ids) }
      }
      mapping.defaultResolution = try resolution.map { try Self.identified($0, sources) }
      let saved = try JSONValue(parsing: try await store.put(mapping, scope))
      return .json(saved.adding("warnings", .array(warnings.map(JSONValue.string))))
    }
    try await store.remove(scope)
    if let project = scope.jiraProjectID {
      return .json(try await store.effectiveJSON(jiraProject: project))
    }
    return .json(try await store.all()[0])
  }

  /// A scope that is not there is refused by the store.
  private func check(_ used: [MappingName], _ scope: MappingScope) async throws -> (
    warnings: [String], sources: [NameSource]
  ) {
    do {
      return try await names.check(used, scope)
    } catch let problem as Problem where problem.status == 404 {
      return ([], [])
    }
  }

  /// A resolution is set by its id. While Jira cannot be asked, only an id can be given.
  private static func identified(_ name: MappingName, _ sources: [NameSource]) throws
    -> StatusMapping.JiraName
  {
    if let found = name.found(in: sources).first { return found }
    guard Int64(name.name) != nil else {
      throw Problem.invalid(
        name.pointer,
        "Jira could not be asked for the id of the resolution '\(name.name)'; give its id, or try again later."
      )
    }
    return StatusMapping.JiraName(id: name.name, name: name.name)
  }

  /// What is not said is as in the default mapping; of the days null means always.
  ///
  /// - Returns: the mapping, and the names of Jira's that it uses.
  private static func mapping(_ body: inout BodyFields) -> (StatusMapping, [MappingName]) {
    var mapping = StatusMapping()
    var used: [MappingName] = []
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
      if let name = MappingName(key: key) { used.append(name) }
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
      if case .status(let status) = target {
        used.append(
          MappingName(
            kind: .status, name: status.name, pointer: "/sentry_to_jira/\(key)", isTarget: true))
      }
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
    return (mapping, used)
  }
}

extension MappingName {
  /// Of `jira_to_sentry`: `status:<name>` or `resolution:<name>`, as the client wrote it.
  fileprivate init?(key: String) {
    guard let colon = key.firstIndex(of: ":"), let kind = Kind(rawValue: String(key[..<colon]))
    else { return nil }
    let escaped = key.replacing("~", with: "~0").replacing("/", with: "~1")
    self.init(
      kind: kind, name: String(key[key.index(after: colon)...]),
      pointer: "/jira_to_sentry/\(escaped)", isTarget: false)
  }
}

extension JSONValue {
  fileprivate func adding(_ name: String, _ value: JSONValue) -> JSONValue {
    guard case .object(var members) = self else { return self }
    members[name] = value
    return .object(members)
  }
}
