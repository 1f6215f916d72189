import Foundation
import HTTPServer
import HTTPTypes
import RESTClient

struct TokenRoutes: Sendable {
  let service: TokenService

  func register(in routes: inout RouteTable) {
    routes.on(.get, "/api-tokens", .admin, list)
    routes.on(.post, "/api-tokens", .admin, create)
    routes.on(.get, "/api-tokens/{id}", .admin, get)
    routes.on(.delete, "/api-tokens/{id}", .admin, delete)
  }

  private func list(_ call: Call) async throws -> Response {
    var query = try call.query()
    let page = try query.page(sorts: APITokenStore.sorts)
    let scope = try query.oneOf("scope", Scope.allCases.map(\.rawValue))
    try query.finish()
    return .page(try await service.store.page(page, scope: scope), of: call.request)
  }

  private func create(_ call: Call) async throws -> Response {
    var body = try await call.fields()
    let name = body.required("name")
    let scope = Scope(rawValue: body.requiredOneOf("scope", Scope.allCases.map(\.rawValue)))
    let expiresAt = body.date("expires_at")
    if let expiresAt, expiresAt <= Date() { body.refuse("expires_at", "Must be in the future.") }
    try body.finish()
    let (id, token) = try await service.create(
      name: name, scope: scope ?? .read, expiresAt: expiresAt)
    guard case .object(var object) = try JSONValue(parsing: try await json(id)) else {
      throw Problem.internalError
    }
    object["token"] = .string(token)
    return .json(.object(object), status: .created, location: "/api/v1/api-tokens/\(id)")
  }

  private func get(_ call: Call) async throws -> Response {
    try call.refuseQuery()
    return .json(try await json(try call.id()))
  }

  private func delete(_ call: Call) async throws -> Response {
    let id = try call.id()
    guard try await service.store.revoke(id, call.precondition) else {
      throw Problem.notFound("API token \(id)")
    }
    return .noContent
  }

  private func json(_ id: Int64) async throws -> [UInt8] {
    guard let json = try await service.store.json(id) else {
      throw Problem.notFound("API token \(id)")
    }
    return json
  }
}
