/// On whose behalf the current task changes something; audit events name it.
struct Actor: Sendable {
  /// Why a change happens; the values of the constraint `audit_events_cause_known`.
  enum Cause: String, Sendable {
    case api, console, cli, webhook, schedule, job, system
  }

  @TaskLocal static var current = Actor(name: "system", cause: .system)

  /// The token's name, or the duty's.
  var name: String
  var cause: Cause
  var tokenID: Int64?
  var requestID: String?

  init(name: String, cause: Cause, tokenID: Int64? = nil, requestID: String? = nil) {
    self.name = name
    self.cause = cause
    self.tokenID = tokenID
    self.requestID = requestID
  }
}
