import RESTClient
import Sandbox
import TestSupport

@testable import App

extension TestService {
  /// Asks for a ticket of a Sentry issue in the project with this key.
  func createTicket(_ issue: Int, in key: String = "WEB", _ more: [String: JSONValue] = [:])
    async throws -> Answer
  {
    var body = more
    body["jira_project_id"] = JSONValue(try await project(key))
    return try await call("POST", "/sentry-issues/\(issue)/jira-tickets", .object(body))
  }

  func preview(_ issue: Int, in key: String = "WEB", _ more: [String: JSONValue] = [:])
    async throws -> Answer
  {
    var body = more
    body["jira_project_id"] = JSONValue(try await project(key))
    return try await call("POST", "/sentry-issues/\(issue)/jira-ticket-preview", .object(body))
  }

  /// The ids of unresolved Sentry issues without a link.
  func openErrors(_ count: Int) async throws -> [Int] {
    try await call(
      "GET", "/sentry-issues?status=unresolved&linked=false&limit=\(count)"
    ).data.compactMap { $0["id"]?.wholeNumber }
  }

  /// Waits until a link is active, its ticket's label is removed, and both sides show each other.
  ///
  /// - Returns: the ticket's key.
  @discardableResult
  func settled(link id: Int) async throws -> String {
    var key = ""
    try await eventually("link \(id) is published") {
      let link = try await call("GET", "/links/\(id)")
      key = link.text("jira_issue", "key")
      let labels = jira.labels(of: key) ?? ["ib-none"]
      let events = try await call("GET", "/links/\(id)/events").data
      return link.text("state") == "active" && !labels.contains { $0.hasPrefix("ib-") }
        && events.contains { $0["decision"] == "publish_backlinks" }
    }
    return key
  }

  /// Requests that both vendors have received.
  var vendorRequests: Int { jira.stats.total + sentry.stats.total }

  func resetVendorStats() {
    jira.resetStats()
    sentry.resetStats()
  }
}
