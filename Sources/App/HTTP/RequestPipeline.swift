import HTTPServer
import HTTPTypes
import RESTClient

/// What every request below `/api/v1` passes before and after its handler: who asks, how often, with
/// which scope, whether it was asked before, and whether the client has the answer already.
struct RequestPipeline: Sendable {
  typealias Handler = @Sendable (Call) async throws -> Response

  let authenticator: Authenticator
  let attempts: FailedAttempts
  let rateLimiter: RateLimiter
  let idempotency: Idempotency

  /// - Parameter isResource: whether the route is one resource, which carries an entity tag.
  func answer(
    _ request: Request, scope: Scope, isResource: Bool, handler: @escaping Handler
  ) async throws -> Response {
    try await VendorPatience.$current.withValue(.together(VendorPatience.interactive)) {
      try await answerPatiently(request, scope: scope, isResource: isResource, handler: handler)
    }
  }

  private func answerPatiently(
    _ request: Request, scope: Scope, isResource: Bool, handler: @escaping Handler
  ) async throws -> Response {
    let principal = try await attempts.limiting(request) {
      try await authenticator.authenticate(request)
    }
    let allowance = principal.tokenID.flatMap { rateLimiter.take(token: $0) }
    do {
      try Self.check(principal, scope, allowance)
      var response = try await Actor.$current.withValue(
        principal.actor(request.headerFields[.requestID])
      ) {
        try await handle(request, principal, handler)
      }
      if isResource {
        response = response.tagged(for: request)
      }
      allowance?.write(to: &response.headerFields)
      return response
    } catch var problem as Problem {
      problem.headerFields += allowance?.fields ?? []
      throw problem
    }
  }

  private func handle(_ request: Request, _ principal: Principal, _ handler: @escaping Handler)
    async throws -> Response
  {
    guard request.method == .post, let key = request.headerFields[.idempotencyKey] else {
      return try await handler(Call(request: request, principal: principal))
    }
    return try await idempotency.answer(request, principal, key: key) { request in
      try await handler(Call(request: request, principal: principal))
    }
  }

  private static func check(
    _ principal: Principal, _ scope: Scope, _ allowance: RateLimiter.Allowance?
  ) throws {
    if let delay = allowance?.retryAfter {
      var problem = Problem(
        429, "rate-limited", "Too many requests",
        "The token '\(principal.name)' has used up its requests; try again in \(delay) s.")
      problem.headerFields = [("Retry-After", String(delay))]
      throw problem
    }
    guard principal.scope >= scope else {
      throw Problem.forbidden(
        "This needs a token with the scope '\(scope.rawValue)'; "
          + "'\(principal.name)' has '\(principal.scope.rawValue)'.")
    }
  }
}

extension RateLimiter.Allowance {
  fileprivate var fields: [(name: String, value: String)] {
    [
      ("RateLimit-Limit", String(limit)), ("RateLimit-Remaining", String(remaining)),
      ("RateLimit-Reset", String(reset)),
    ]
  }

  fileprivate func write(to headerFields: inout HTTPFields) {
    for (name, value) in fields {
      if let name = HTTPField.Name(name) { headerFields[name] = value }
    }
  }
}
