import Foundation
import Testing

@testable import App

@Suite struct StatusDecisionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var sentry: String
    var jira: String
    var agreed: (String?, String?)
    var sentryAt: Double? = 1
    var jiraAt: Double = 0
    var flags = (toJira: true, toSentry: true)
    var action: StatusDecision.Action
    var testDescription: String { "\(sentry)/\(jira) after \(agreed)" }
  }

  @Test(arguments: [
    Case(sentry: "unresolved", jira: "done", agreed: ("unresolved", "new"), action: .resolveSentry),
    Case(
      sentry: "unresolved", jira: "new", agreed: ("unresolved", "indeterminate"), action: .nothing),
    Case(sentry: "resolved", jira: "new", agreed: ("unresolved", "new"), action: .completeTicket),
    Case(sentry: "unresolved", jira: "done", agreed: ("resolved", "done"), action: .reopenTicket),
    Case(
      sentry: "resolved", jira: "indeterminate", agreed: ("resolved", "done"),
      action: .unresolveSentry),
    Case(sentry: "ignored", jira: "done", agreed: ("unresolved", "new"), action: .nothing),
    Case(sentry: "resolved", jira: "done", agreed: (nil, nil), action: .nothing),
    // Both changed: the later change wins.
    Case(
      sentry: "resolved", jira: "new", agreed: ("unresolved", "done"), sentryAt: 5, jiraAt: 9,
      action: .unresolveSentry),
    Case(
      sentry: "resolved", jira: "new", agreed: ("unresolved", "done"), sentryAt: 9, jiraAt: 5,
      action: .completeTicket),
    Case(
      sentry: "unresolved", jira: "done", agreed: (nil, nil), sentryAt: nil, jiraAt: 5,
      action: .resolveSentry),
    // What the link does not carry stays.
    Case(
      sentry: "unresolved", jira: "done", agreed: ("unresolved", "new"), flags: (true, false),
      action: .nothing),
    Case(
      sentry: "resolved", jira: "new", agreed: ("unresolved", "new"), flags: (false, true),
      action: .nothing),
  ])
  func `both sides decide what is carried over`(_ one: Case) {
    let sides = LinkSides(
      sentryStatus: one.sentry,
      sentryChangedAt: one.sentryAt.map(Date.init(timeIntervalSince1970:)),
      jiraCategory: one.jira, jiraStatus: one.jira,
      jiraChangedAt: Date(timeIntervalSince1970: one.jiraAt))
    let decision = StatusDecision.decide(
      sides, agreedSentryStatus: one.agreed.0, agreedJiraCategory: one.agreed.1,
      syncsSentryToJira: one.flags.toJira, syncsJiraToSentry: one.flags.toSentry)
    #expect(decision.action == one.action)
    #expect(!decision.reason.isEmpty)
  }
}
