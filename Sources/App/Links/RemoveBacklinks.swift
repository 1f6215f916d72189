import JobQueue
import RESTClient

/// Takes away what a deleted link had published at both vendors. Planned in the transaction that deletes
/// the link; both issues stay, so what is left to do is known by them.
struct RemoveBacklinks: JobKind {
  static let kind = "remove_backlinks"

  var linkID: Int64
  var sentryIssueID: Int64
  var jiraIssueID: Int64
  /// Of our web link at the ticket.
  var globalID: String
  /// Of what shows the ticket in Sentry; nil when a comment does, or it was not kept.
  var externalIssueID: String?

  private enum CodingKeys: String, CodingKey {
    case linkID = "link_id"
    case sentryIssueID = "sentry_issue_id"
    case jiraIssueID = "jira_issue_id"
    case globalID = "global_id"
    case externalIssueID = "external_issue_id"
  }

  var options: JobOptions {
    JobOptions(priority: 3, uniqueKey: "remove_backlinks:\(linkID)", maxAttempts: 8)
  }

  func perform(_ services: Services) async throws {
    do {
      try await Actor.$current.withValue(Actor(name: "link \(linkID)", cause: .job)) {
        try await services.backlinkRemoval.remove(self)
      }
    } catch let failure as VendorFailure {
      if let delay = failure.retryAfter { throw JobInstruction.snooze(for: .seconds(delay)) }
      // What the vendor refuses today it refuses tomorrow, until a person acts: then it can be retried.
      if let status = failure.error.status, [400, 401, 403].contains(status) {
        throw JobInstruction.cancel(failure.sentence)
      }
      throw failure
    } catch let problem as Problem {
      throw JobInstruction.cancel(problem.detail)
    }
  }
}
