import HTTPServer
import RESTClient
import HTTPTypes

struct ProjectAssignmentRoutes: Sendable {
  /// Most projects of one kind in one request.
  static let largestBatch = 1000

  let store: ProjectAssignmentStore

  func register(in routes: inout RouteTable) {
    routes.on(.post, "/project-assignments", .write, create)
  }

  private func create(_ call: Call) async throws -> Response {
    var body = try await call.fields()
    if !body.has("product_id") {
      body.refuse("product_id", "Is required; null takes the projects out of their products.")
    }
    let assignment = ProjectAssignment(
      productID: body.id("product_id"),
      jiraProjectIDs: body.ids("jira_project_ids", most: Self.largestBatch),
      sentryProjectIDs: body.ids("sentry_project_ids", most: Self.largestBatch),
      moves: body.oneOf("on_conflict", ["move", "keep"]) != "keep")
    try body.finish()
    return .json(Self.json(try await store.assign(assignment)))
  }

  private static func json(_ result: AssignmentResult) -> JSONValue {
    func missing(_ kind: String, _ ids: [Int64]) -> [JSONValue] {
      ids.map { .object(["type": .string(kind), "id": JSONValue($0)]) }
    }
    return .object([
      "assigned": JSONValue(result.assigned), "moved": JSONValue(result.moved),
      "kept": JSONValue(result.kept), "unassigned": JSONValue(result.unassigned),
      "not_found": .array(
        missing("jira_project", result.missingJiraProjects)
          + missing("sentry_project", result.missingSentryProjects)),
    ])
  }
}
