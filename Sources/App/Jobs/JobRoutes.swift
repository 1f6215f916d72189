import HTTPServer
import HTTPTypes

/// What the service does later or again and again, and what it gave up.
struct JobRoutes: Sendable {
  let list: JobListStore

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/jobs", .read, page)
    routes.on(.get, "/jobs/{id}", .read, get)
    routes.on(.delete, "/jobs/{id}", .write, cancel)
    routes.on(.post, "/jobs/{id}/retries", .write, retry)
  }

  private func page(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: JobListStore.sorts, descending: true)
    let state = try query.oneOf("state", JobListStore.states)
    let kind = try query.text("kind", most: 100)
    try query.finish()
    return .page(try await list.page(page, state: state, kind: kind), of: call.request)
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    return .json(try await json(try call.id()))
  }

  private func cancel(_ call: Call) async throws -> Response {
    try await list.cancel(try call.id(), call.precondition)
    return .noContent
  }

  private func retry(_ call: Call) async throws -> Response {
    let id = try call.id()
    let body = try await call.optionalFields()
    try body.finish()
    try await list.retry(id)
    return .json(try await json(id), status: .accepted, location: "/api/v1/jobs/\(id)")
  }

  private func json(_ id: Int64) async throws -> [UInt8] {
    guard let json = try await list.find(id) else { throw Problem.notFound("job \(id)") }
    return json
  }
}
