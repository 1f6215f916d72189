import Foundation
package import HTTPServer
import HTTPTypes
import Logging
import Synchronization

/// What stands around every handler: the request id, the mapping of errors, the access log.
package struct Application: Sendable {
  private let router: Router
  private let logger: Logger
  private let corsOrigins: [String]
  private let metrics: PrometheusMetrics

  package init(services: Services) {
    router = Routes.router(services)
    logger = services.logger
    metrics = services.metrics
    corsOrigins = services.configuration.corsOrigins
  }

  private static let methods: Set<HTTPRequest.Method> = [
    .get, .head, .post, .put, .patch, .delete, .options,
  ]

  /// Every method and path pattern that is served.
  package var routes: [Route] { router.routes }

  /// Answers a request; never throws.
  package func respond(to request: Request) async -> Response {
    let id = Self.requestID(of: request)
    let start = ContinuousClock.now
    var request = request
    request.headerFields[.requestID] = id
    var response: Response
    do {
      response = try await router.handle(request)
    } catch {
      var logger = logger
      logger[metadataKey: "request.id"] = "\(id)"
      response = .problem(problem(from: error, logger: logger), requestID: id)
    }
    response.headerFields[.requestID] = id
    allowOrigin(request, &response)
    note(request, response, after: ContinuousClock.now - start)
    logger.debug(
      "request",
      metadata: [
        "request.id": "\(id)", "http.method": "\(request.method.rawValue)",
        "http.path": "\(request.path)", "http.status": "\(response.status.code)",
        "duration.ms": "\((ContinuousClock.now - start) / .milliseconds(1))",
      ])
    return response
  }

  /// By the route's pattern: a path would be a series of its own for each id.
  private func note(_ request: Request, _ response: Response, after duration: Duration) {
    let route = router.pattern(of: request.path) ?? "none"
    metrics.count(
      "issuebridge_http_requests_total",
      [
        ("method", Self.methods.contains(request.method) ? request.method.rawValue : "other"),
        ("route", route),
        ("status", String(response.status.code)),
      ])
    metrics.observe(
      "issuebridge_http_request_duration_seconds", [("route", route)],
      seconds: duration / .seconds(1))
  }

  /// The answer to what the server refuses by itself, before or after a handler.
  package func refuse(_ error: HTTPError, _ request: Request?) -> Response {
    let id = request.map(Self.requestID) ?? Self.freshID()
    var response = Response.problem(problem(from: error, logger: logger), requestID: id)
    response.headerFields[.requestID] = id
    return response
  }

  /// The client's id when it is sane (1 to 128 visible ASCII characters), else a new one.
  private static func requestID(of request: Request) -> String {
    guard let id = request.headerFields[.requestID], (1...128).contains(id.utf8.count),
      id.utf8.allSatisfy({ (33...126).contains($0) })
    else { return freshID() }
    return id
  }

  /// Of this process, which no other has; ids count on from it.
  private static let idPrefix = String(UInt64.random(in: 1 << 60 ... .max), radix: 16) + "-"
  private static let idCount = Atomic<UInt64>(0)

  private static func freshID() -> String {
    idPrefix + String(idCount.wrappingAdd(1, ordering: .relaxed).newValue, radix: 16)
  }

  private func allowOrigin(_ request: Request, _ response: inout Response) {
    guard !corsOrigins.isEmpty else { return }
    // A cache must not give one origin's answer to another, nor to none.
    response.headerFields[.vary] =
      response.headerFields[.vary].map { "\($0), Origin" } ?? "Origin"
    guard let origin = HTTPField.Name("Origin").flatMap({ request.headerFields[$0] }),
      corsOrigins.contains(origin) || corsOrigins.contains("*")
    else { return }
    response.headerFields[.accessControlAllowOrigin] = origin
    response.headerFields[.accessControlExposeHeaders] =
      "ETag, Idempotent-Replayed, Link, Location, RateLimit-Limit, RateLimit-Remaining, "
      + "RateLimit-Reset, Retry-After, X-Request-Id"
    guard request.method == .options else { return }
    response.headerFields[.accessControlAllowMethods] = "GET, POST, PUT, PATCH, DELETE"
    response.headerFields[.accessControlAllowHeaders] =
      "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
    response.headerFields[.accessControlMaxAge] = "600"
  }
}
