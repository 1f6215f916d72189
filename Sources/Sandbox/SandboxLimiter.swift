import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// A vendor's limit: so many requests in each window of so many seconds.
struct SandboxLimit: Sendable {
  var count: Int
  var seconds: Double
}

/// Counts requests in fixed windows, as both vendors describe their limits.
final class SandboxLimiter: Sendable {
  /// What is left of a window.
  struct Window: Sendable {
    var limit: Int
    var remaining: Int
    var endsAt: Date
    var isExceeded = false
  }

  private let windows = Mutex<[String: (end: Date, used: Int)]>([:])

  /// Counts one request of a caller.
  func take(_ key: String, _ limit: SandboxLimit, now: Date = Date()) -> Window {
    let number = (now.timeIntervalSince1970 / limit.seconds).rounded(.down)
    let end = Date(timeIntervalSince1970: (number + 1) * limit.seconds)
    return windows.withLock { windows in
      let known = windows[key]
      let used = known?.end == end ? (known?.used ?? 0) : 0
      guard used < limit.count else {
        return Window(limit: limit.count, remaining: 0, endsAt: end, isExceeded: true)
      }
      windows[key] = (end, used + 1)
      return Window(limit: limit.count, remaining: limit.count - used - 1, endsAt: end)
    }
  }
}

/// The limits that Jira documents for API tokens: bursts per method and endpoint, and writes per issue.
struct JiraLimits: Sendable {
  static let reads = SandboxLimit(count: 100, seconds: 1)
  static let changes = SandboxLimit(count: 50, seconds: 1)
  static let writesPerIssue = [
    SandboxLimit(count: 20, seconds: 2), SandboxLimit(count: 100, seconds: 30),
  ]

  let limiter = SandboxLimiter()

  /// - Parameter issue: the id of the issue that the request writes to; nil: it writes to none.
  /// - Returns: a 429 when a limit is exceeded.
  func refusal(_ request: Request, issue: Int64?) -> Response? {
    let method = request.method.rawValue
    let burst = limiter.take(
      "\(method) \(SandboxServer.endpoint(request.path))",
      ["PUT", "DELETE"].contains(method) ? Self.changes : Self.reads)
    if burst.isExceeded { return Self.refusal(burst, "jira-burst-based") }
    guard let issue else { return nil }
    for limit in Self.writesPerIssue {
      let window = limiter.take("issue \(issue) in \(limit.seconds)", limit)
      if window.isExceeded { return Self.refusal(window, "jira-per-issue-on-write") }
    }
    return nil
  }

  private static func refusal(_ window: SandboxLimiter.Window, _ reason: String) -> Response {
    var response = JiraSandbox.refusal(["Rate limit exceeded."], status: 429)
    let seconds = max(1, Int(window.endsAt.timeIntervalSinceNow.rounded(.up)))
    response.headerFields.set("Retry-After", String(seconds))
    response.headerFields.set("X-RateLimit-Limit", String(window.limit))
    response.headerFields.set("X-RateLimit-Remaining", "0")
    response.headerFields.set("X-RateLimit-Reset", window.endsAt.formatted(.iso8601))
    response.headerFields.set("RateLimit-Reason", reason)
    return response
  }
}

/// The limits of Sentry's API: 5 requests per second to read or change one issue, 40 to anything else,
/// per caller, method and endpoint.
struct SentryLimits: Sendable {
  static let usual = SandboxLimit(count: 40, seconds: 1)
  static let singleIssue = SandboxLimit(count: 5, seconds: 1)

  let limiter = SandboxLimiter()

  func take(_ request: Request) -> SandboxLimiter.Window {
    let endpoint = SandboxServer.endpoint(request.path)
    let isSingleIssue = request.parameters["issue"] != nil && endpoint.hasSuffix("issues/{}")
    return limiter.take(
      "\(request.method.rawValue) \(endpoint)", isSingleIssue ? Self.singleIssue : Self.usual)
  }

  /// There is no `Retry-After`: only the window's header fields, which every answer carries.
  static func refusal(_ window: SandboxLimiter.Window) -> Response {
    SentrySandbox.refusal(
      "You are attempting to use this endpoint too frequently. Limit is \(window.limit) requests in 1 "
        + "seconds", status: 429)
  }
}
