import RESTClient

package struct SentryIssuePage: Sendable {
  package var issues: [SentryIssue]
  /// Those that cannot be used; each fails alone.
  package var unreadable: [UnreadableSentryRecord] = []
  /// nil on the last page.
  package var nextCursor: String?
  /// How many issues match in all; nil when Sentry does not say, or only "this many or more".
  package var hits: Int?
  /// Of issues requested by their ids: whether the answer held only such.
  package var holdsOnlyRequested = true
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

    /// The status that an issue has then.
    var afterwards: String {
      switch self {
      case .resolved, .resolvedInNextRelease: "resolved"
      case .unresolved: "unresolved"
      case .ignored: "ignored"
      }
    }
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
  /// Issues that one request may name by their ids.
  package static let maxIssuesByID = 100
  /// Sentry lists issues with events in the last days; this many when a request names none.
  package static let defaultHistoryDays = 90

  /// What makes Sentry's work smaller: the series of events that it would count for each issue, and
  /// counts of a search within the list, are not stored.
  private static let leanList = [("groupStatsPeriod", ""), ("collapse", "filtered")]

  /// A page of the organization's issues that had events in the last days.
  ///
  /// - Parameters:
  ///   - query: Sentry's search; empty is all, while no query at all would mean `is:unresolved`.
  ///   - projectIDs: Sentry's own ids; empty is all projects.
  ///   - limit: ≤ 100.
  ///   - historyDays: how far back; Sentry cuts it to what it keeps.
  package func issues(
    query: String = "", projectIDs: [Int64] = [], cursor: String? = nil, limit: Int = 100,
    order: SentryIssueOrder = .firstSeen, historyDays: Int = SentryClient.defaultHistoryDays
  ) async throws -> SentryIssuePage {
    var parameters = [("query", query), ("limit", String(limit)), ("sort", order.rawValue)]
    parameters += Self.leanList
    if historyDays != Self.defaultHistoryDays {
      parameters.append(("statsPeriod", "\(historyDays)d"))
    }
    parameters +=
      projectIDs.isEmpty ? [("project", "-1")] : projectIDs.map { ("project", String($0)) }
    if let cursor { parameters.append(("cursor", cursor)) }
    let request = RESTClient.Request(
      "GET", path("issues/"), query: parameters, endpoint: "issues")
    let page = try await page(request, SentryIssue.init(json:place:))
    let hits = page.headerFields["x-hits"].flatMap { Int($0) }
    let mostHits = page.headerFields["x-max-hits"].flatMap { Int($0) } ?? .max
    return SentryIssuePage(
      issues: page.records, unreadable: page.unreadable, nextCursor: page.nextCursor,
      hits: hits.flatMap { $0 < mostHits ? $0 : nil })
  }

  /// Those of ≤ 100 issues that exist in projects that may be seen, whatever their status and however
  /// old. As Sentry's own pages ask: with `group`, every other condition is left aside. A merged issue
  /// is not among them.
  package func issues(ids: [Int64]) async throws -> [SentryIssue] {
    try await issuesByID(ids).issues
  }

  /// As `issues(ids:)`, with what cannot be used.
  package func issuesByID(_ ids: [Int64]) async throws -> SentryIssuePage {
    guard !ids.isEmpty else { return SentryIssuePage(issues: []) }
    let request = RESTClient.Request(
      "GET", path("issues/"),
      query: [("query", ""), ("limit", String(Self.maxIssuesByID)), ("project", "-1")]
        + Self.leanList + ids.map { ("group", String($0)) }, endpoint: "issues")
    let page = try await page(request, SentryIssue.init(json:place:))
    // A server that does not know `group` answers with its list: what was not requested is left out.
    let requested = Set(ids)
    let found = page.records.filter { requested.contains($0.id) }
    return SentryIssuePage(
      issues: found, unreadable: page.unreadable.filter { $0.id.map(requested.contains) ?? false },
      holdsOnlyRequested: found.count == page.records.count)
  }

  /// - Returns: of an issue that was merged into another, that other one, with its own id.
  package func issue(_ id: Int64) async throws -> SentryIssue {
    if singleIssuePath == .old { return try await issue(at: Self.oldPath(id)) }
    do {
      let issue = try await issue(at: path("issues/\(id)/"))
      singleIssuePath = .organization
      return issue
    } catch let error as RESTError where error.status == 404 && singleIssuePath == nil {
      // Old servers and look-alikes have single issues below their old path only.
      guard let found = try? await issue(at: Self.oldPath(id)) else { throw error }
      singleIssuePath = .old
      return found
    }
  }

  private static func oldPath(_ id: Int64) -> String { "/api/0/issues/\(id)/" }

  private func issue(at path: String) async throws -> SentryIssue {
    try await record(RESTClient.Request("GET", path, endpoint: "issue")) {
      try SentryIssue(json: $0)
    }
  }

  /// Changes the status, once: sent again later it could undo what a person did in between. When
  /// Sentry's answer is lost, the issue is read.
  ///
  /// Sentry takes a change of a merged issue for one of the issue it was merged into: callers read the
  /// issue first.
  ///
  /// - Returns: the issue as Sentry has it now, with its own id; without its activity.
  package func updateIssue(_ id: Int64, _ update: SentryIssueUpdate) async throws -> SentryIssue {
    var body: [String: JSONValue] = ["status": .string(update.status.rawValue)]
    if let substatus = update.substatus { body["substatus"] = .string(substatus) }
    let request = RESTClient.Request(
      "PUT", path("issues/\(id)/"), body: JSONValue.object(body).encoded(), endpoint: "issue")
    return try await LostAnswer.settle {
      let answer = try await value(request)
      // Sentry answers with the whole issue; look-alikes and old versions with what was changed.
      let isWhole = ["id", "shortId", "count", "lastSeen", "project"].allSatisfy {
        answer[$0] != nil
      }
      if isWhole, let issue = try? SentryIssue(json: answer) { return issue }
      do {
        return try await issue(id)
      } catch var error as RESTError {
        // The change was made, even though its result cannot be read.
        error.mayHaveBeenReceived = true
        throw error
      }
    } look: {
      let now = try await issue(id)
      return now.status == update.status.afterwards ? now : nil
    }
  }
}
