import HTTPServer
import HTTPTypes

/// Collects the service's routes, each with the scope it asks for.
struct RouteTable {
  private(set) var router = Router()
  private let pipeline: RequestPipeline

  init(pipeline: RequestPipeline) { self.pipeline = pipeline }

  /// Adds a route under `/api/v1`.
  mutating func on(
    _ method: HTTPRequest.Method, _ path: String, _ scope: Scope,
    _ handler: @escaping RequestPipeline.Handler
  ) {
    let pipeline = pipeline
    let isResource = path.hasSuffix("}")
    router.on(method, "/api/v1" + path) { request in
      try await pipeline.answer(request, scope: scope, isResource: isResource, handler: handler)
    }
  }

  /// Adds a route that asks for no token.
  mutating func open(
    _ method: HTTPRequest.Method, _ path: String, _ handler: @escaping HTTPServer.Handler
  ) {
    router.on(method, path, handler)
  }
}
