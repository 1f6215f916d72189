import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Issues.
struct SentryIssueEndpoints: Sendable {
  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    let base = "/api/0/organizations/{org}/issues/"
    router.on(.get, base, sandbox.authenticated(list))
    router.on(.put, base, sandbox.authenticated(updateMany))
    router.on(.get, base + "{issue}/", sandbox.authenticated(get))
    router.on(.put, base + "{issue}/", sandbox.authenticated(update))
    // Where single issues were before, and where old look-alikes of Sentry have them alone.
    router.on(.get, "/api/0/issues/{issue}/", sandbox.authenticated(get))
    router.on(
      .get, "/api/0/organizations/{org}/shortids/{short}/", sandbox.authenticated(resolve))
  }

  /// No query means `is:unresolved`; an empty one is all.
  private func list(_ request: Request) async throws -> Response {
    try sandbox.require("event:read")
    let series = request.queryValue("groupStatsPeriod") ?? "24h"
    guard ["", "24h", "14d", "auto"].contains(series) else {
      return SentrySandbox.refusal(
        "Invalid stats_period. Valid choices are '', '24h', '14d' and 'auto'", status: 400)
    }
    let projects = try projects(request)
    let ids = request.queryValues["group"] ?? []
    if !ids.isEmpty, sandbox.state.withLock({ $0.settings.knowsGroups }) {
      return try list(ids, in: projects, hasSeries: !series.isEmpty, request)
    }
    return try search(request, in: projects, hasSeries: !series.isEmpty)
  }

  /// Those that a request names, all without any.
  ///
  /// - Throws: a 403 when one of them may not be seen: the whole request is refused.
  private func projects(_ request: Request) throws -> Set<Int64> {
    let named = request.queryValues["project"] ?? []
    return try sandbox.state.withLock { state in
      let visible = Set(state.visibleProjects.map(\.id))
      guard !named.isEmpty, !named.contains("-1") else { return visible }
      return try Set(
        named.map { name in
          guard let project = state.project(name), visible.contains(project.id) else {
            throw SentrySandbox.notPermitted
          }
          return project.id
        })
    }
  }

  /// Of issues named by their ids, every other condition is left aside: how old they are, and that they
  /// are about to go. Such an answer has no pages.
  private func list(
    _ ids: [String], in projects: Set<Int64>, hasSeries: Bool, _ request: Request
  ) throws -> Response {
    let groups = ids.compactMap { Int64($0) }
    guard groups.count == ids.count else {
      return SentrySandbox.refusal("Group ids must be integers", status: 400)
    }
    guard groups.count <= 100 else {
      return SentrySandbox.refusal("At most 100 groups can be requested.", status: 400)
    }
    let json = sandbox.json
    let expand = request.queryValues["expand"] ?? []
    return sandbox.respond(
      sandbox.state.withLock { state in
        let found = groups.compactMap { state.issues[$0] }.filter {
          projects.contains($0.projectID)
        }
        if hasSeries { state.computedSeries += found.count }
        return .array(
          found.map {
            json.issue(
              $0, state.projects[$0.projectID], .listed(hasSeries: hasSeries), expand: expand)
          })
      })
  }

  private func search(_ request: Request, in projects: Set<Int64>, hasSeries: Bool) throws
    -> Response
  {
    let query = SentryQuery(request.queryValue("query") ?? "is:unresolved")
    let most = SentryPage.most(request, otherwise: 25)
    let sort = request.queryValue("sort") ?? "date"
    let expand = request.queryValues["expand"] ?? []
    let json = sandbox.json
    let retention = sandbox.state.withLock { $0.settings.retentionDays }
    let window = try SentryWindow(request, retentionDays: retention)
    let (items, place, total) = sandbox.state.withLock { state in
      let found = projects.flatMap { state.idsByProject[$0] ?? [] }
        .compactMap { state.issues[$0] }
        .filter { query.matches($0) && window.holds($0) && !$0.isLeaving }
        .map { (issue: $0, score: Self.score($0, sort)) }
        .sorted { ($0.score, $0.issue.id) > ($1.score, $1.issue.id) }
      let place = SentryPage.place(
        found.map(\.score), cursor: request.queryValue("cursor"), most: most)
      if hasSeries { state.computedSeries += place.range.count }
      let items = found[place.range].map {
        json.issue(
          $0.issue, state.projects[$0.issue.projectID], .listed(window, hasSeries: hasSeries),
          expand: expand)
      }
      return (items, place, found.count)
    }
    var response = sandbox.respond(.array(items))
    SentryPage.addLinks(
      &response, request, sandbox.baseURL, previous: place.previous, next: place.next, total: total)
    return response
  }

  private static func score(_ issue: SandboxSentryIssue, _ sort: String) -> Int64 {
    func milliseconds(_ date: Date) -> Int64 { Int64(date.timeIntervalSince1970 * 1000) }
    return switch sort {
    case "new": milliseconds(issue.firstSeen)
    case "freq": Int64(issue.count)
    case "user": Int64(issue.userCount)
    default: milliseconds(issue.lastSeen)
    }
  }

  private func get(_ request: Request) async throws -> Response {
    let (issue, project) = try sandbox.issue(request)
    return sandbox.respond(
      sandbox.json.issue(issue, project, .single, expand: request.queryValues["expand"] ?? []))
  }

  /// A merged issue's id stands for the one it was merged into, also here.
  private func update(_ request: Request) async throws -> Response {
    let (issue, _) = try sandbox.issue(request)
    let body = try await request.json() ?? .null
    if let refusal = sandbox.update([issue.id], body) { return refusal }
    let (changed, project) = try sandbox.issue(request)
    return sandbox.respond(sandbox.json.issue(changed, project, .changed))
  }

  /// All issues named by `id`. With `merge` they become the first of them.
  private func updateMany(_ request: Request) async throws -> Response {
    try sandbox.require("event:write")
    let ids = sandbox.state.withLock { state in
      (request.queryValues["id"] ?? []).compactMap { Int64($0) }
        .filter { state.issues[$0].map(state.isVisible) ?? false }
    }
    guard case .object(let body)? = try await request.json(), !body.isEmpty else {
      return SentrySandbox.refusal("Nothing to change.", status: 400)
    }
    if body["merge"] == true || body["merge"] == 1 {
      guard ids.count > 1, let parent = ids.first else {
        return SentrySandbox.refusal("Two issues at least are merged.", status: 400)
      }
      sandbox.state.withLock { state in
        for id in ids.dropFirst() { state.merge(id, into: parent) }
      }
      return .json([
        "merge": [
          "parent": .string(String(parent)),
          "children": .array(ids.dropFirst().map { .string(String($0)) }),
        ]
      ])
    }
    // Merged issues are none of those, unlike when one is changed alone.
    guard !ids.isEmpty else { return .noContent }
    if let refusal = sandbox.update(ids, .object(body)) { return refusal }
    var answer = body
    if let owner = body["assignedTo"]?.stringValue {
      answer["assignedTo"] = SandboxSentryOwner(owner)?.json
    }
    if body["status"] != nil { answer["statusDetails"] = body["statusDetails"] ?? [:] }
    return .json(.object(answer))
  }

  /// The issue that a short id names.
  private func resolve(_ request: Request) async throws -> Response {
    try sandbox.require("event:read")
    let short = request.parameters["short"] ?? ""
    let found = sandbox.state.withLock { state in
      state.issue(short).map { ($0, state.projects[$0.projectID]) }
    }
    guard let (issue, project) = found, project?.presence == .visible else {
      return SentrySandbox.refusal("The requested resource does not exist", status: 404)
    }
    return .json([
      "organizationSlug": .string(sandbox.configuration.organization),
      "projectSlug": JSONValue(project?.slug), "groupId": .string(String(issue.id)),
      "shortId": .string(issue.shortID),
      "group": sandbox.json.issue(issue, project, .listed()),
    ])
  }
}
