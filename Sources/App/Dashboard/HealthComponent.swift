import Foundation
import RESTClient

/// One part of a product's health. See docs/decisions/0008 for the formulas and their reasons.
struct HealthComponent: Sendable, Equatable {
  let name: String
  /// 0…100; nil when there is nothing to judge.
  let value: Double?
  /// A sentence for people.
  let explanation: String
  /// The numbers behind the sentence.
  let facts: JSONValue

  static func all(_ facts: HealthFacts) -> [HealthComponent] {
    [
      errorPressure(facts.errors, days: facts.days), velocity(facts.tickets, days: facts.days),
      coverage(facts.errors), freshness(facts.freshness),
    ]
  }

  /// Each tenfold of the weighted errors costs 20 points: an error more hurts a quiet product, and
  /// is noise in a loud one.
  static func errorPressure(_ errors: HealthFacts.Errors, days: Int) -> HealthComponent {
    let weighted = 10.0 * Double(errors.fatal) + 3 * Double(errors.error) + Double(errors.warning)
    let added = 3.0 * Double(errors.new) + 5 * Double(errors.regressed)
    let pressure =
      weighted + 0.1 * Double(errors.other) + added + Double(max(0, errors.users)) / 100
    let sentence: String
    if errors.projects == 0 {
      sentence = "No Sentry project is assigned, so there are no errors to weigh."
    } else if errors.unresolved == 0 {
      sentence = "No error is unresolved; \(counted(errors.new, "new one")) in \(daysText(days))."
    } else {
      sentence =
        "\(counted(errors.unresolved, "unresolved error")) (\(errors.fatal) fatal, "
        + "\(errors.error) error, \(errors.warning) warning), \(errors.new) first seen in "
        + "\(daysText(days)), \(errors.regressed) regressed, \(counted(errors.users, "user")) hit."
    }
    return HealthComponent(
      name: "error_pressure",
      value: errors.projects == 0 ? nil : clamped(100 - 20 * log10(1 + pressure)),
      explanation: sentence,
      facts: [
        "unresolved": JSONValue(errors.unresolved), "fatal": JSONValue(errors.fatal),
        "error": JSONValue(errors.error), "warning": JSONValue(errors.warning),
        "other": JSONValue(errors.other), "new": JSONValue(errors.new),
        "regressed": JSONValue(errors.regressed), "users": JSONValue(errors.users),
      ])
  }

  /// Half is whether as much is resolved as is created; a quarter each, how fast, and how old the
  /// open ones are, on a logarithmic scale.
  static func velocity(_ tickets: HealthFacts.Tickets, days: Int) -> HealthComponent {
    var parts: [(score: Double, weight: Double)] = []
    if tickets.created + tickets.resolved > 0 {
      let ratio = tickets.created == 0 ? 1 : Double(tickets.resolved) / Double(tickets.created)
      parts.append((min(1, ratio), 0.5))
    }
    if let hours = tickets.medianHoursToResolve {
      parts.append((falling(hours / 24, from: 1, to: 60), 0.25))
    }
    if tickets.open > 0, let age = tickets.meanAgeDays {
      parts.append((falling(age, from: 7, to: 365), 0.25))
    }
    let total = parts.reduce(0) { $0 + $1.weight }
    var sentence =
      tickets.projects == 0
      ? "No Jira project is assigned, so there are no tickets to follow."
      : "\(counted(tickets.created, "ticket")) created and \(tickets.resolved) resolved in "
        + "\(daysText(days)); \(tickets.open) open"
    if tickets.projects > 0 {
      if tickets.open > 0, let age = tickets.meanAgeDays {
        sentence += ", \(rounded(age)) days old on average"
      }
      if let hours = tickets.medianHoursToResolve {
        sentence += "; half were resolved within \(duration(hours: hours))"
      }
      sentence += "."
    }
    return HealthComponent(
      name: "ticket_velocity",
      value: total == 0
        ? nil : clamped(100 * parts.reduce(0) { $0 + $1.score * $1.weight } / total),
      explanation: sentence,
      facts: [
        "created": JSONValue(tickets.created), "resolved": JSONValue(tickets.resolved),
        "open": JSONValue(tickets.open),
        "mean_age_days": tickets.meanAgeDays.map { .number(tenth($0)) } ?? .null,
        "median_hours_to_resolve": tickets.medianHoursToResolve.map { .number(tenth($0)) } ?? .null,
      ])
  }

  static func coverage(_ errors: HealthFacts.Errors) -> HealthComponent {
    let share = errors.unresolved == 0 ? 1 : Double(errors.ticketed) / Double(errors.unresolved)
    let sentence: String
    if errors.projects == 0 {
      sentence = "No Sentry project is assigned, so no error needs a ticket."
    } else if errors.unresolved == 0 {
      sentence = "No error is unresolved, so none lacks a ticket."
    } else {
      sentence =
        "\(errors.ticketed) of \(counted(errors.unresolved, "unresolved error")) "
        + "\(errors.ticketed == 1 ? "has" : "have") a ticket."
    }
    return HealthComponent(
      name: "coverage", value: errors.projects == 0 ? nil : clamped(100 * share),
      explanation: sentence,
      facts: [
        "unresolved": JSONValue(errors.unresolved), "with_ticket": JSONValue(errors.ticketed),
      ])
  }

  static func freshness(_ freshness: HealthFacts.Freshness) -> HealthComponent {
    var sentence: String
    if freshness.projects == 0 {
      sentence = "No project is synced, so nothing can be out of date."
    } else if freshness.neverSynced == 0, freshness.mean ?? 0 >= 0.999 {
      sentence = "All \(counted(freshness.projects, "project")) were synced in time."
    } else {
      sentence =
        "Of \(counted(freshness.projects, "project")), \(freshness.neverSynced) "
        + "\(freshness.neverSynced == 1 ? "was" : "were") never synced; the others are "
        + "\(rounded(100 * (freshness.mean ?? 0))) % as fresh as their intervals ask, all told."
    }
    if freshness.failingOrganizations > 0 {
      sentence += " \(counted(freshness.failingOrganizations, "organization")) cannot be reached."
    }
    return HealthComponent(
      name: "sync_freshness", value: freshness.mean.map { clamped(100 * $0) },
      explanation: sentence,
      facts: [
        "projects": JSONValue(freshness.projects),
        "never_synced": JSONValue(freshness.neverSynced),
        "failing_organizations": JSONValue(freshness.failingOrganizations),
      ])
  }

  // MARK: Numbers and words

  /// 1 up to `from`, 0 from `to` on, straight on a logarithmic scale between.
  private static func falling(_ value: Double, from: Double, to: Double) -> Double {
    min(1, max(0, log(to / max(value, from)) / log(to / from)))
  }

  private static func clamped(_ value: Double) -> Double { tenth(min(100, max(0, value))) }
  private static func tenth(_ value: Double) -> Double { (value * 10).rounded() / 10 }
  private static func rounded(_ value: Double) -> Int { Int(value.rounded()) }

  private static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  private static func daysText(_ days: Int) -> String {
    days == 1 ? "the last day" : "the last \(days) days"
  }

  private static func duration(hours: Double) -> String {
    if hours < 1.5 { return "an hour" }
    return hours < 48 ? "\(rounded(hours)) hours" : "\(rounded(hours / 24)) days"
  }
}
