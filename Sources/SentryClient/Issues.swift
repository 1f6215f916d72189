package import Foundation
package import RESTClient

package struct SentryIssue: Sendable, Decodable {
  package var id: Int64
  package var shortID: String
  package var title: String
  package var culprit: String?
  package var level: String
  package var status: String
  package var substatus: String?
  package var firstSeen: Date
  package var lastSeen: Date
  package var count: Int64
  package var userCount: Int64
  package var permalink: String?
  package var assignedTo: JSONValue?
  package var metadata: JSONValue
  package var projectID: Int64?
  /// Addresses of what Sentry shows at the issue, such as the tickets that its own integrations made.
  package var annotationURLs: [String]
  /// When the status changed last, from the activity that a single issue carries; nil in lists.
  package var statusChangedAt: Date?
  /// When this was read, by our clock.
  package var readAt = Date()

  private enum CodingKeys: String, CodingKey {
    case id, title, culprit, level, status, substatus, firstSeen, lastSeen, count, userCount
    case permalink, assignedTo, metadata, project, activity, annotations
    case shortID = "shortId"
  }
  private struct Project: Decodable { var id: String }
  private struct Activity: Decodable {
    var type: String
    var dateCreated: String?
  }
  private static let statusActivities: Set = [
    "set_resolved", "set_resolved_in_release", "set_resolved_by_age", "set_resolved_in_commit",
    "set_resolved_in_pull_request", "set_unresolved", "set_ignored", "set_regression",
    "set_escalating", "auto_set_ongoing",
  ]

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func date(_ key: CodingKeys) -> Date? {
      container.lenientText(key).flatMap(VendorTimestamp.parse)
    }
    id = try container.lenientInt64(.id)
    shortID = container.lenientText(.shortID) ?? String(id)
    title = container.lenientText(.title) ?? shortID
    culprit = container.lenientText(.culprit).flatMap { $0.isEmpty ? nil : $0 }
    level = container.lenientText(.level) ?? "error"
    status = try container.decode(String.self, forKey: .status)
    substatus = container.lenientText(.substatus)
    guard let seen = date(.lastSeen) ?? date(.firstSeen) else {
      throw DecodingError.dataCorruptedError(
        forKey: .lastSeen, in: container, debugDescription: "no time it was last seen")
    }
    lastSeen = seen
    firstSeen = date(.firstSeen) ?? seen
    count = container.lenientInt64OrNil(.count) ?? 0
    userCount = container.lenientInt64OrNil(.userCount) ?? 0
    permalink = container.lenientText(.permalink)
    assignedTo = container.optional(JSONValue.self, .assignedTo)
    if assignedTo == .null { assignedTo = nil }
    metadata = container.optional(JSONValue.self, .metadata) ?? .object([:])
    projectID = container.optional(Project.self, .project).flatMap { Int64($0.id) }
    annotationURLs = (container.optional([JSONValue].self, .annotations) ?? [])
      .compactMap(Self.address)
    statusChangedAt = (container.optional([Activity].self, .activity) ?? [])
      .filter { Self.statusActivities.contains($0.type) }
      .compactMap { $0.dateCreated.flatMap(VendorTimestamp.parse) }.max()
  }

  /// Of `{"displayName", "url"}`; instances before 2024 give `<a href="…">KEY</a>`.
  private static func address(_ annotation: JSONValue) -> String? {
    if let url = annotation["url"]?.stringValue { return url }
    guard let anchor = annotation.stringValue, let start = anchor.firstRange(of: "href=\"") else {
      return nil
    }
    return String(anchor[start.upperBound...].prefix { $0 != "\"" })
      .replacing("&amp;", with: "&")
  }
}

package struct SentryIssuePage: Sendable {
  package var issues: [SentryIssue]
  /// nil on the last page.
  package var nextCursor: String?
  /// How many issues match in all; nil when Sentry does not say, or only "this many or more".
  package var hits: Int?
}

/// The order of a list of issues, all descending.
package enum SentryIssueOrder: String, Sendable {
  case firstSeen = "new"
  case lastSeen = "date"
}

/// A change of an issue's status.
package struct SentryIssueUpdate: Sendable {
  package enum Status: String, Sendable {
    case resolved, resolvedInNextRelease, unresolved, ignored
  }

  package var status: Status
  /// Of `ignored`, for example `archived_until_escalating`.
  package var substatus: String?

  package init(status: Status, substatus: String? = nil) {
    self.status = status
    self.substatus = substatus
  }
}

extension SentryClient {
  /// A page of the organization's issues.
  ///
  /// - Parameters:
  ///   - query: Sentry's search; empty is all, while no query at all would mean `is:unresolved`.
  ///   - projectIDs: Sentry's own ids; empty is all projects.
  ///   - limit: ≤ 100.
  package func issues(
    query: String = "", projectIDs: [Int64] = [], cursor: String? = nil, limit: Int = 100,
    order: SentryIssueOrder = .firstSeen
  ) async throws -> SentryIssuePage {
    var parameters = [("query", query), ("limit", String(limit)), ("sort", order.rawValue)]
    parameters +=
      projectIDs.isEmpty ? [("project", "-1")] : projectIDs.map { ("project", String($0)) }
    if let cursor { parameters.append(("cursor", cursor)) }
    let request = RESTClient.Request(
      "GET", path("issues/"), query: parameters, endpoint: "issues")
    let (items, next, fields) = try await page(request, of: SentryIssue.self)
    let hits = fields["x-hits"].flatMap { Int($0) }
    let mostHits = fields["x-max-hits"].flatMap { Int($0) } ?? .max
    return SentryIssuePage(
      issues: items, nextCursor: next, hits: hits.flatMap { $0 < mostHits ? $0 : nil })
  }

  /// Those of ≤ 100 issues that exist, whatever their status. As Sentry's own pages ask: with
  /// `group`, every other condition is left aside. A merged issue is not among them.
  package func issues(ids: [Int64]) async throws -> [SentryIssue] {
    guard !ids.isEmpty else { return [] }
    let request = RESTClient.Request(
      "GET", path("issues/"),
      query: [("query", ""), ("limit", "100"), ("project", "-1")]
        + ids.map { ("group", String($0)) }, endpoint: "issues")
    // An instance that does not know `group` answers with its list: what was not asked for goes.
    return try await page(request, of: SentryIssue.self).items.filter { ids.contains($0.id) }
  }

  /// - Returns: of an issue that was merged into another, that other one, with its own id.
  package func issue(_ id: Int64) async throws -> SentryIssue {
    let request = RESTClient.Request("GET", path("issues/\(id)/"), endpoint: "issue")
    return try await rest.decode(SentryIssue.self, request)
  }

  /// Changes the status. It is the same whether done once or twice, so it is tried again.
  ///
  /// - Returns: the issue as Sentry has it now.
  package func updateIssue(_ id: Int64, _ update: SentryIssueUpdate) async throws -> SentryIssue {
    var body: [String: JSONValue] = ["status": .string(update.status.rawValue)]
    if let substatus = update.substatus { body["substatus"] = .string(substatus) }
    _ = try await rest.send(
      RESTClient.Request(
        "PUT", path("issues/\(id)/"), body: JSONValue.object(body).encoded(), endpoint: "issue",
        isRepeatable: true))
    // The answer to a PUT leaves out what did not change; the issue is read back whole.
    return try await issue(id)
  }
}
