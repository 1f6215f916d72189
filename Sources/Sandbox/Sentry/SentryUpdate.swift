import HTTPServer
import RESTClient
import Synchronization

/// What a client changes of issues.
extension SentrySandbox {
  private static let flags = ["hasSeen", "isBookmarked", "isPublic", "isSubscribed"]
  private static let substatuses = [
    "archived_until_escalating", "archived_until_condition_met", "archived_forever", "escalating",
    "ongoing", "regressed", "new",
  ]

  /// - Returns: a refusal when something given is no valid choice; then nothing is changed.
  func update(_ ids: [Int64], _ body: JSONValue) -> Response? {
    var owner: SandboxSentryOwner?
    if let text = body["assignedTo"]?.stringValue, !text.isEmpty {
      owner = SandboxSentryOwner(text)
      if owner == nil { return Self.invalid("assignedTo", "Unknown actor input") }
    }
    if let priority = body["priority"]?.stringValue, !["low", "medium", "high"].contains(priority) {
      return Self.invalid("priority", "\"\(priority)\" is not a valid choice.")
    }
    let substatus = body["substatus"]?.stringValue
    if let substatus, !Self.substatuses.contains(substatus) {
      return Self.invalid("substatus", "\"\(substatus)\" is not a valid choice.")
    }
    var details: [String: JSONValue] = [:]
    if case .object(let given)? = body["statusDetails"] { details = given }
    if let status = body["status"]?.stringValue {
      for id in ids {
        guard
          change(id, status, substatus: substatus, details: details, by: .integration)
        else {
          return Self.invalid("status", "\"\(status)\" is not a valid choice.")
        }
      }
    }
    state.withLock { [owner] state in
      for id in ids {
        if body["assignedTo"] != nil { state.issues[id]?.owner = owner }
        if let priority = body["priority"]?.stringValue { state.issues[id]?.priority = priority }
        for flag in Self.flags {
          if case .bool(let value)? = body[flag] { state.issues[id]?.flags[flag] = value }
        }
      }
    }
    return nil
  }

  private static func invalid(_ field: String, _ text: String) -> Response {
    .json([field: [.string(text)]], status: 400)
  }
}
