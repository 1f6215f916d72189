import Foundation
import HTTPServer
import HTTPTypes
import RESTClient
import Synchronization

/// Events, and what Sentry makes of them: tags and hashes.
struct SentryEventEndpoints: Sendable {
  let sandbox: SentrySandbox

  func register(in router: inout Router) {
    let issue = "/api/0/organizations/{org}/issues/{issue}/"
    router.on(.get, issue + "events/", sandbox.authenticated(events))
    router.on(.get, issue + "events/{event}/", sandbox.authenticated(event))
    router.on(.get, issue + "hashes/", sandbox.authenticated(hashes))
    router.on(.get, issue + "tags/{key}/", sandbox.authenticated(tag))
    router.on(
      .get, "/api/0/organizations/{org}/eventids/{event}/", sandbox.authenticated(resolve))
    let project = "/api/0/projects/{org}/{project}/events/"
    router.on(.get, project, sandbox.authenticated(projectEvents))
    router.on(.get, project + "{event}/", sandbox.authenticated(projectEvent))
  }

  private func events(_ request: Request) async throws -> Response {
    let (issue, project) = try sandbox.issue(request)
    let isFull = ["true", "1"].contains(request.queryValue("full") ?? "")
    let json = sandbox.json
    return SentryPage.respond(
      SandboxSentryEvent.all(of: issue).map {
        isFull ? json.event($0, project) : json.listedEvent($0, project)
      }, request, sandbox.baseURL)
  }

  private func event(_ request: Request) async throws -> Response {
    let (issue, project) = try sandbox.issue(request)
    guard let event = SandboxSentryEvent.find(request.parameters["event"] ?? "", of: issue) else {
      return SentrySandbox.refusal("Event not found", status: 404)
    }
    return .json(sandbox.json.event(event, project))
  }

  /// One group of events is one hash.
  private func hashes(_ request: Request) async throws -> Response {
    let (issue, project) = try sandbox.issue(request)
    let latest = SandboxSentryEvent.all(of: issue).first
    return SentryPage.respond(
      [
        [
          "id": .string(SentryJSON.hash(of: issue)), "mergedBySeer": false,
          "seerMatchDistance": .null,
          "latestEvent": latest.map { sandbox.json.event($0, project) } ?? .null,
        ]
      ], request, sandbox.baseURL)
  }

  /// How often each value of a tag was met in the kept events.
  private func tag(_ request: Request) async throws -> Response {
    let (issue, _) = try sandbox.issue(request)
    let key = request.parameters["key"] ?? ""
    var counts: [String: (count: Int, first: SandboxSentryEvent, last: SandboxSentryEvent)] = [:]
    for event in SandboxSentryEvent.all(of: issue) {
      for tag in event.tags where tag.key == key {
        let known = counts[tag.value] ?? (0, event, event)
        counts[tag.value] = (known.count + 1, event, known.last)
      }
    }
    guard !counts.isEmpty else {
      return SentrySandbox.refusal("The requested resource does not exist", status: 404)
    }
    let values = counts.sorted { ($0.value.count, $1.key) > ($1.value.count, $0.key) }.map {
      value, met -> JSONValue in
      [
        "key": .string(key), "name": .string(value), "value": .string(value),
        "count": JSONValue(met.count), "lastSeen": .string(SandboxTime.sentry(met.last.date)),
        "firstSeen": .string(SandboxTime.sentry(met.first.date)),
      ]
    }
    return .json([
      "key": .string(key), "name": .string(key.capitalized),
      "uniqueValues": JSONValue(values.count),
      "totalValues": JSONValue(counts.values.map(\.count).reduce(0, +)),
      "topValues": .array(values),
    ])
  }

  private func found(_ id: String) -> (SandboxSentryEvent, SandboxSentryProject)? {
    sandbox.state.withLock { state in
      guard let issue = SandboxSentryEvent.issueID(of: id).flatMap({ state.issues[$0] }),
        let event = SandboxSentryEvent.find(id, of: issue),
        let project = state.projects[issue.projectID]
      else { return nil }
      return (event, project)
    }
  }

  private func resolve(_ request: Request) async throws -> Response {
    guard let (event, project) = found(request.parameters["event"] ?? "") else {
      return SentrySandbox.refusal("The requested resource does not exist", status: 404)
    }
    return .json([
      "organizationSlug": .string(sandbox.configuration.organization),
      "projectSlug": .string(project.slug), "groupId": .string(String(event.issue.id)),
      "eventId": .string(event.id), "event": sandbox.json.event(event, project),
    ])
  }

  /// The newest events of the newest issues.
  private func projectEvents(_ request: Request) async throws -> Response {
    let project = try sandbox.project(request)
    let issues = sandbox.state.withLock { state in
      (state.idsByProject[project.id] ?? []).compactMap { state.issues[$0] }
    }
    let newest = issues.sorted { $0.lastSeen > $1.lastSeen }.prefix(50)
    let events = newest.flatMap(SandboxSentryEvent.all).sorted { $0.date > $1.date }
    return SentryPage.respond(
      events.map { sandbox.json.listedEvent($0, project) }, request, sandbox.baseURL)
  }

  private func projectEvent(_ request: Request) async throws -> Response {
    let asked = try sandbox.project(request)
    guard let (event, project) = found(request.parameters["event"] ?? ""), project.id == asked.id
    else { return SentrySandbox.refusal("Event not found", status: 404) }
    return .json(sandbox.json.event(event, project))
  }
}
