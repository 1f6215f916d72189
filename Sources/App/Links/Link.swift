import Foundation
import JiraClient

/// A link as services need it: both sides and what they last agreed on.
struct Link: Sendable {
  var id: Int64
  var state: String
  /// The label by which a ticket that this service creates is found; nil for links to others.
  var ticketLabel: String?
  /// Of our remote link at the ticket.
  var globalID: String?
  /// The ticket's number among those created for the Sentry issue; 0 for links to others.
  var ordinal: Int
  var markerState: TicketMarkerState
  /// Whether the ticket has our issue property.
  var hasProperty: Bool
  var hasRemoteLink: Bool
  /// What Jira answered to the creation of the ticket.
  var created: JiraCreatedIssue?
  var sentryIssueID: Int64
  var jiraProjectID: Int64
  var jiraIssueID: Int64?
  /// Jira's own id of the ticket; nil while the link is pending.
  var ticketID: Int64?
  var syncsSentryToJira: Bool
  var syncsJiraToSentry: Bool
  var agreed: LinkAgreement
  /// What the first comparison does; nil: the conflict policy decides.
  var initialSync: InitialSync?
  /// The link that continues with a newer ticket.
  var continuedBy: Int64?
  var createdAt: Date
}

/// What a new link says.
struct LinkFields: Sendable {
  var sentryIssueID: Int64
  var createdBy: String
  var notes: String?
  var syncsSentryToJira = true
  var syncsJiraToSentry = true
  var initialSync: InitialSync?
  /// The link whose ticket was done too long ago.
  var continues: Int64?
}

/// What a client may change of a link; nil is "not said".
struct LinkChange: Sendable {
  var syncsSentryToJira: Bool?
  var syncsJiraToSentry: Bool?
  var notes: String?
  /// Fields set to null.
  var cleared: [String] = []
}
