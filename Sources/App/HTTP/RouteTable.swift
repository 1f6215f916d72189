import HTTPServer
import HTTPTypes

/// Collects the service's routes, each with the scope it asks for.
struct RouteTable {
  typealias Handler = @Sendable (Call) async throws -> Response

  private(set) var router = Router()
  private let authenticator: Authenticator

  init(authenticator: Authenticator) { self.authenticator = authenticator }

  /// Adds a route under `/api/v1`.
  mutating func on(
    _ method: HTTPRequest.Method, _ path: String, _ scope: Scope, _ handler: @escaping Handler
  ) {
    let authenticator = authenticator
    router.on(method, "/api/v1" + path) { request in
      let principal = try await authenticator.authenticate(request.headerFields[.authorization])
      guard principal.scope >= scope else {
        throw Problem.forbidden(
          "This needs a token with the scope '\(scope.rawValue)'; "
            + "'\(principal.name)' has '\(principal.scope.rawValue)'.")
      }
      return try await handler(Call(request: request, principal: principal))
    }
  }

  /// Adds a route that asks for no token.
  mutating func open(
    _ method: HTTPRequest.Method, _ path: String, _ handler: @escaping HTTPServer.Handler
  ) {
    router.on(method, path, handler)
  }
}
