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

  private func sides(
    _ sentry: String, _ jira: String, cause: LinkSides.SentryCause = .decided,
    sentryAt: Double = 1, jiraAt: Double = 0, seenAt: Double? = nil, status: String? = nil,
    statusID: String? = nil
  ) -> LinkSides {
    LinkSides(
      sentryStatus: sentry, sentryChangedAt: Date(timeIntervalSince1970: sentryAt),
      sentryCause: cause, sentrySeenAt: seenAt.map(Date.init(timeIntervalSince1970:)),
      jiraCategory: jira, jiraStatus: status ?? jira, jiraStatusID: statusID,
      jiraChangedAt: Date(timeIntervalSince1970: jiraAt))
  }

  private func decide(
    _ sides: LinkSides, _ agreed: LinkAgreement, _ mapping: StatusMapping = StatusMapping(),
    terms change: (inout LinkTerms) -> Void = { _ in }
  ) -> StatusDecision {
    StatusDecision.decide(
      sides, agreed: agreed, terms: Self.terms(change), mapping: mapping,
      now: Date(timeIntervalSince1970: 10))
  }

  @Test(
    arguments: [
      ("resolved", "new", ["unresolved"], "nothing"),
      ("resolved", "new", ["resolved", "unresolved"], "nothing"),
      ("resolved", "new", ["resolved", "ignored"], "complete_ticket"),
      ("resolved", "new", [], "complete_ticket"),
      ("ignored", "new", ["resolved"], "complete_ticket"),
      ("ignored", "new", ["resolved", "unresolved"], "nothing"),
      ("ignored", "new", ["ignored"], "nothing"),
      ("unresolved", "done", ["resolved", "resolved"], "reopen_ticket"),
    ] as [(String, String, [String], String)])
  func `a ticket follows the last of its issues to its end and the first back`(
    sentry: String, jira: String, others: [String], decision: String
  ) {
    let agreed = LinkAgreement(
      sentryStatus: sentry == "unresolved" ? "resolved" : "unresolved", jiraCategory: jira,
      jiraStatus: jira)
    let decided = decide(sides(sentry, jira), agreed) { $0.otherIssues = others }
    #expect(decided.name == decision, "\(decided.reason)")
  }

  @Test func `an archived issue with an action of its own keeps the ticket open`() {
    let mapping = Self.mapping { $0.sentryToJira["ignored"] = .category("indeterminate") }
    let decided = decide(
      sides("resolved", "new"), LinkAgreement(sentryStatus: "unresolved", jiraCategory: "new"),
      mapping
    ) { $0.otherIssues = ["ignored"] }
    #expect(decided.name == "nothing")
    #expect(decided.reason.contains("1 of 2 issues of this ticket is still not resolved."))
  }

  @Test(
    arguments: [
      ([(.unresolve, false)], "nothing"), ([(.resolve, true)], "resolve_sentry"),
      ([(.archive, true), (.nothing, true)], "resolve_sentry"),
      ([(.resolve, false)], "resolve_sentry"),
      ([(.resolve, true), (.unresolve, false)], "nothing"),
    ] as [([(StatusMapping.SentryAction, Bool)], String)])
  func `an issue is resolved with the last of its tickets`(
    others: [(StatusMapping.SentryAction, Bool)], decision: String
  ) {
    let decided = decide(
      sides("unresolved", "done", cause: .client),
      LinkAgreement(sentryStatus: "unresolved", jiraCategory: "new", jiraStatus: "new")
    ) { $0.otherTickets = others.map { .init(wish: $0.0, isDone: $0.1) } }
    #expect(decided.name == decision, "\(decided.reason)")
  }

  @Test(
    arguments: [
      // Resolved by age: the ticket stays.
      ("resolved", "new", "unresolved", "new", nil, "nothing"),
      // Back from the archive without an event, and with one after the ticket was done.
      ("unresolved", "done", "ignored", "done", 1, "nothing"),
      ("unresolved", "done", "ignored", "done", 9, "reopen_ticket"),
      // The ticket's own change is carried all the same.
      ("resolved", "done", "unresolved", "new", nil, "nothing"),
      ("unresolved", "done", "ignored", "new", nil, "resolve_sentry"),
    ] as [(String, String, String, String, Double?, String)])
  func `time alone decides nothing`(
    sentry: String, jira: String, agreedSentry: String, agreedJira: String, seen: Double?,
    decision: String
  ) {
    let decided = decide(
      sides(sentry, jira, cause: .timer, sentryAt: 5, jiraAt: 3, seenAt: seen),
      LinkAgreement(sentryStatus: agreedSentry, jiraCategory: agreedJira, jiraStatus: agreedJira))
    #expect(decided.name == decision, "\(decided.reason)")
  }

  @Test func `a side that was changed and changed back later has the last word`() {
    let agreed = LinkAgreement(sentryStatus: "unresolved", jiraCategory: "new", jiraStatus: "new")
    let sentryBack = sides("unresolved", "done", sentryAt: 9, jiraAt: 5)
    #expect(decide(sentryBack, agreed).name == "reopen_ticket")
    #expect(
      decide(sides("unresolved", "done", sentryAt: 4, jiraAt: 5), agreed).name == "resolve_sentry")
    // Our own write, or a client's that may be ours, is no word of a person.
    let own = decide(sentryBack, agreed) {
      $0.ownSentryWriteAt = Date(timeIntervalSince1970: 9)
    }
    #expect(own.name == "resolve_sentry")
    #expect(
      decide(sides("unresolved", "done", cause: .client, sentryAt: 9, jiraAt: 5), agreed).name
        == "resolve_sentry")
    let jiraBack = sides("resolved", "new", sentryAt: 5, jiraAt: 9)
    #expect(decide(jiraBack, agreed).name == "unresolve_sentry")
    let ownMove = decide(jiraBack, agreed) { $0.ownJiraWriteAt = Date(timeIntervalSince1970: 9) }
    #expect(ownMove.name == "complete_ticket")
  }

  @Test(
    arguments: [
      (.nothing, "nothing"), (.followJira, "resolve_sentry"), (.followSentry, "reopen_ticket"),
    ] as [(InitialSync, String)])
  func `a new link moves what it was created to move`(initial: InitialSync, decision: String) {
    let decided = decide(sides("unresolved", "done", seenAt: 9), LinkAgreement()) {
      $0.initialSync = initial
    }
    #expect(decided.name == decision, "\(decided.reason)")
    let agreeing = decide(sides("unresolved", "new"), LinkAgreement()) { $0.initialSync = initial }
    #expect(agreeing.name == "nothing")
  }

  @Test func `a person's choice goes before everything that was agreed on`() {
    let agreed = LinkAgreement(sentryStatus: "unresolved", jiraCategory: "done", jiraStatus: "done")
    let apart = sides("unresolved", "done")
    #expect(decide(apart, agreed).name == "nothing")
    #expect(decide(apart, agreed) { $0.follows = .jira }.name == "resolve_sentry")
    #expect(decide(apart, agreed) { $0.follows = .sentry }.name == "reopen_ticket")
  }

  @Test func `a status is known by its id after it was renamed`() {
    let mapping = Self.mapping {
      $0.jiraToSentry["status:in review"] = .resolve
      $0.jiraIDs["status:in review"] = ["7"]
      $0.sentryToJira["resolved"] = .status(StatusMapping.StatusName("In Review", ids: ["7"]))
    }
    let agreed = LinkAgreement(
      sentryStatus: "unresolved", jiraCategory: "indeterminate", jiraStatus: "Busy")
    let renamed = sides(
      "unresolved", "indeterminate", cause: .client, status: "Prüfung", statusID: "7")
    #expect(decide(renamed, agreed, mapping).name == "resolve_sentry")
    let met = sides(
      "resolved", "indeterminate", sentryAt: 1, status: "Prüfung", statusID: "7")
    #expect(decide(met, agreed, mapping).name == "nothing")
  }
}
