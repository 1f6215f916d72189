package import HTTPTypes

/// A method and a pattern, as declared.
package struct Route: Sendable, Hashable {
  package let method: HTTPRequest.Method
  package let pattern: String
}

/// Finds the handler of a request by method and path.
///
/// A pattern's segments are literal or `{name}`; a literal one is preferred where both match.
/// Segments are compared percent-decoded. GET answers HEAD too, OPTIONS answers Allow.
package struct Router: Sendable {
  package private(set) var routes: [Route] = []
  private var root = RouteNode()

  package init() {}

  /// Declares a route; one declared again replaces the earlier one.
  package mutating func on(
    _ method: HTTPRequest.Method, _ pattern: String, _ handler: @escaping Handler
  ) {
    let segments = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    let route = Route(method: method, pattern: pattern)
    if !routes.contains(route) { routes.append(route) }
    root.add(segments[...], of: route, names: [], handler)
  }

  /// The pattern that a path fits, or nil.
  package func pattern(of path: String) -> String? {
    guard let segments = try? PathSegments.split(path) else { return nil }
    return root.find(segments[...])?.endpoint.pattern
  }

  /// - Throws: `HTTPError` 400, 404, 405 with Allow, and what the handler throws.
  package func handle(_ request: Request) async throws -> Response {
    if request.path == "*" { return Response(status: .noContent) }
    let segments = try PathSegments.split(request.path)
    guard let match = root.find(segments[...]) else {
      throw HTTPError(.notFound, "There is nothing at \(request.path).")
    }
    if let handler = match.endpoint.handler(for: request.method) {
      var request = request
      for (name, value) in zip(match.endpoint.names, match.values) {
        request.parameters[name] = String(value)
      }
      return try await handler(request)
    }
    let allow = match.endpoint.allow
    if request.method == .options {
      return Response(status: .noContent, headerFields: [.allow: allow])
    }
    throw HTTPError(
      .methodNotAllowed, "Allowed here: \(allow).", headerFields: [.allow: allow])
  }
}
