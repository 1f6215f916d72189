import Foundation
import Testing

@testable import App

@Suite struct StatusDecisionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var sentry: String
    var jira: String
    /// The ticket's status; its category when nil.
    var status: String?
    var resolution: String?
    var agreed: (String?, String?)
    var agreedStatus: String?
    var sentryAt: Double? = 1
    var jiraAt: Double = 0
    var terms = LinkTerms()
    var mapping = StatusMapping()
    var now: Double = 10
    var decision: String
    var testDescription: String { "\(sentry)/\(status ?? jira) after \(agreed)" }
  }

  private static func terms(_ change: (inout LinkTerms) -> Void) -> LinkTerms {
    var terms = LinkTerms()
    change(&terms)
    return terms
  }
  private static func mapping(_ change: (inout StatusMapping) -> Void) -> StatusMapping {
    var mapping = StatusMapping()
    change(&mapping)
    return mapping
  }

  private func check(_ one: Case) {
    let sides = LinkSides(
      sentryStatus: one.sentry,
      sentryChangedAt: one.sentryAt.map(Date.init(timeIntervalSince1970:)),
      jiraCategory: one.jira, jiraStatus: one.status ?? one.jira, jiraResolution: one.resolution,
      jiraChangedAt: Date(timeIntervalSince1970: one.jiraAt))
    let decision = StatusDecision.decide(
      sides,
      agreed: LinkAgreement(
        sentryStatus: one.agreed.0, jiraCategory: one.agreed.1, jiraStatus: one.agreedStatus),
      terms: one.terms, mapping: one.mapping, now: Date(timeIntervalSince1970: one.now))
    #expect(decision.name == one.decision, "\(decision.reason)")
    #expect(!decision.reason.isEmpty)
  }

  @Test(arguments: [
    Case(
      sentry: "unresolved", jira: "done", agreed: ("unresolved", "new"), decision: "resolve_sentry"),
    Case(
      sentry: "unresolved", jira: "new", agreed: ("unresolved", "indeterminate"),
      decision: "nothing"),
    Case(
      sentry: "resolved", jira: "new", agreed: ("unresolved", "new"), decision: "complete_ticket"),
    Case(
      sentry: "unresolved", jira: "done", agreed: ("resolved", "done"), decision: "reopen_ticket"),
    Case(
      sentry: "resolved", jira: "indeterminate", agreed: ("resolved", "done"),
      decision: "unresolve_sentry"),
    Case(sentry: "ignored", jira: "done", agreed: ("unresolved", "new"), decision: "nothing"),
    Case(sentry: "ignored", jira: "done", agreed: ("ignored", "new"), decision: "nothing"),
    Case(sentry: "resolved", jira: "done", agreed: (nil, nil), decision: "nothing"),
    // Work that begins says nothing to Sentry, so it does not compete with a resolution.
    Case(
      sentry: "resolved", jira: "indeterminate", agreed: ("unresolved", "new"), sentryAt: 1,
      jiraAt: 5, decision: "complete_ticket"),
    // What was left as it is stays.
    Case(sentry: "resolved", jira: "new", agreed: ("resolved", "new"), decision: "nothing"),
  ])
  func `the side that changed is carried to the other`(_ one: Case) { check(one) }

  @Test(arguments: [
    Case(
      sentry: "resolved", jira: "new", agreed: ("unresolved", "done"), sentryAt: 5, jiraAt: 9,
      decision: "unresolve_sentry"),
    Case(
      sentry: "resolved", jira: "new", agreed: ("unresolved", "done"), sentryAt: 9, jiraAt: 5,
      decision: "complete_ticket"),
    Case(
      sentry: "unresolved", jira: "done", agreed: (nil, nil), sentryAt: nil, jiraAt: 5,
      decision: "resolve_sentry"),
    Case(
      sentry: "unresolved", jira: "done", agreed: (nil, nil), sentryAt: 9, jiraAt: 5,
      mapping: mapping { $0.conflictPolicy = .jiraWins }, decision: "resolve_sentry"),
    Case(
      sentry: "unresolved", jira: "done", agreed: (nil, nil), sentryAt: 1, jiraAt: 5,
      mapping: mapping { $0.conflictPolicy = .sentryWins }, decision: "reopen_ticket"),
    Case(
      sentry: "ignored", jira: "done", agreed: ("unresolved", "new"), sentryAt: 1, jiraAt: 9,
      decision: "nothing"),
    // Both went to the same place.
    Case(sentry: "resolved", jira: "done", agreed: ("unresolved", "new"), decision: "nothing"),
  ])
  func `when both changed the policy decides`(_ one: Case) { check(one) }

  @Test(arguments: [
    Case(
      sentry: "unresolved", jira: "done", agreed: ("unresolved", "new"),
      terms: terms { $0.syncsJiraToSentry = false }, decision: "nothing"),
    Case(
      sentry: "resolved", jira: "new", agreed: ("unresolved", "new"),
      terms: terms { $0.syncsSentryToJira = false }, decision: "nothing"),
    // Our own write, of whose answer we do not know, is nobody's change.
    Case(
      sentry: "resolved", jira: "indeterminate", status: "In Review",
      agreed: ("unresolved", "indeterminate"), agreedStatus: "In Review",
      terms: terms { $0.ownSentryStatus = "resolved" },
      mapping: mapping { $0.jiraToSentry["status:in review"] = .resolve }, decision: "nothing"),
    Case(
      sentry: "unresolved", jira: "done", agreed: ("resolved", "done"),
      terms: terms { $0.continuedBy = 7 }, decision: "nothing"),
  ])
  func `what a link does not carry and what we did ourselves stays`(_ one: Case) { check(one) }

  @Test(arguments: [
    Case(
      sentry: "unresolved", jira: "indeterminate", status: "In Review",
      agreed: ("unresolved", "indeterminate"), agreedStatus: "In Progress",
      mapping: mapping { $0.jiraToSentry["status:in review"] = .resolveInNextRelease },
      decision: "resolve_sentry_in_next_release"),
    Case(
      sentry: "unresolved", jira: "done", resolution: "Won't Do", agreed: ("unresolved", "new"),
      agreedStatus: "To Do",
      mapping: mapping { $0.jiraToSentry["resolution:won't do"] = .archive },
      decision: "archive_sentry"),
    Case(
      sentry: "unresolved", jira: "done", agreed: ("unresolved", "new"),
      mapping: mapping { $0.jiraToSentry["done"] = .nothing }, decision: "nothing"),
    Case(
      sentry: "resolved", jira: "new", agreed: ("unresolved", "new"),
      mapping: mapping { $0.sentryToJira["resolved"] = .status("In Review") },
      decision: "move_ticket"),
    Case(
      sentry: "resolved", jira: "indeterminate", status: "in review",
      agreed: ("unresolved", "new"), agreedStatus: "To Do",
      mapping: mapping { $0.sentryToJira["resolved"] = .status("In Review") },
      decision: "nothing"),
    Case(
      sentry: "ignored", jira: "new", agreed: ("unresolved", "new"),
      mapping: mapping { $0.sentryToJira["ignored"] = .category("done") },
      decision: "complete_ticket"),
    Case(
      sentry: "ignored", jira: "done", agreed: ("ignored", "new"),
      mapping: mapping { $0.keepsArchived = false }, decision: "resolve_sentry"),
  ])
  func `a mapping says what each status asks for`(_ one: Case) { check(one) }

  @Test(
    arguments: [
      (29.0, 30, "reopen_ticket"), (31.0, 30, "create_follow_up"), (0.5, 0, "create_follow_up"),
      (3000.0, nil, "reopen_ticket"),
    ] as [(Double, Int?, String)])
  func `a regression reopens a ticket within the window, and makes a new one after it`(
    days: Double, window: Int?, decision: String
  ) {
    check(
      Case(
        sentry: "unresolved", jira: "done", agreed: ("resolved", "done"), sentryAt: days * 86_400,
        mapping: Self.mapping { $0.reopenWindowDays = window }, now: days * 86_400,
        decision: decision))
  }
}
