package import Foundation
import RESTClient

/// One entry of an issue's history, as a single issue carries it.
package struct SentryActivity: Sendable, Equatable {
  /// What happened, as far as it concerns an issue's status.
  package enum Kind: String, Sendable, CaseIterable {
    case resolved = "set_resolved"
    case resolvedInRelease = "set_resolved_in_release"
    case resolvedInCommit = "set_resolved_in_commit"
    case resolvedInPullRequest = "set_resolved_in_pull_request"
    /// The project resolves issues that had no event for a while.
    case resolvedByAge = "set_resolved_by_age"
    case unresolved = "set_unresolved"
    case ignored = "set_ignored"
    case regressed = "set_regression"
    case escalating = "set_escalating"
    /// A new, regressed or escalating issue is called ongoing after some days: its status stays.
    case autoOngoing = "auto_set_ongoing"
  }

  /// Who or what did it.
  package enum Cause: String, Sendable {
    case person
    /// An integration or another client of the API: it acts for people elsewhere.
    case integration
    /// Time alone: no person decided anything.
    case timer
    /// New events of the program that Sentry watches, or their absence.
    case event
  }

  package var kind: Kind
  package var cause: Cause
  package var date: Date

  /// Whether it changed the status, not only what Sentry calls its substatus.
  package var changesStatus: Bool { kind != .autoOngoing }

  /// - Returns: nil for what does not concern the status, or has no time.
  init?(json: JSONValue) {
    guard let kind = json.text("type").flatMap(Kind.init(rawValue:)),
      let date = json.text("dateCreated").flatMap(VendorTimestamp.parse)
    else { return nil }
    self.kind = kind
    self.date = date
    cause = Self.cause(of: kind, json)
  }

  private static func cause(of kind: Kind, _ json: JSONValue) -> Cause {
    switch kind {
    case .resolvedByAge, .autoOngoing: return .timer
    case .regressed, .escalating: return .event
    case .resolvedInCommit, .resolvedInPullRequest: return .integration
    case .resolved, .resolvedInRelease, .unresolved, .ignored: break
    }
    let data = json["data"]
    let names = ["integration_id", "integration", "provider"]
    if isObject(json["sentry_app"]) || names.contains(where: { data?.text($0) != nil }) {
      return .integration
    }
    if isObject(json["user"]) { return .person }
    // Nobody did it. An archived issue comes back when its time is over; everything else without a
    // person is what Sentry's own detectors found.
    return kind == .unresolved ? .timer : .event
  }

  private static func isObject(_ value: JSONValue?) -> Bool {
    if case .object? = value { true } else { false }
  }
}
