import Foundation
import JiraClient
import SentryClient

/// The facts of an issue and its latest event, in two tables: what everyone asks first, and what helps
/// to reproduce it. Pure.
struct TicketFacts {
  typealias Fact = (name: String, value: String)

  static let widths = [180, 580]
  private static let maxValueUnits = 200
  private static let maxAddressUnits = 400
  private static let maxTags = 10
  private static let maxTagUnits = 100

  let issue: StoredSentryIssue
  let event: SentryEvent?
  let includesContact: Bool

  var first: AtlassianDocument.Block { Self.table(firstFacts) }

  /// - Returns: nothing where the event has nothing.
  var context: [AtlassianDocument.Block] {
    let facts = contextFacts
    return facts.isEmpty ? [] : [.heading(3, "Context"), Self.table(facts)]
  }

  private static func table(_ facts: [Fact]) -> AtlassianDocument.Block {
    .table(
      .init(
        heading: .firstColumn, widths: widths,
        rows: facts.map { [[.text($0.name)], [.text($0.value)]] }))
  }

  private var firstFacts: [Fact] {
    var facts: [Fact] = []
    func add(_ name: String, _ value: String?, to units: Int = Self.maxValueUnits) {
      guard let value, case let line = TicketText.line(value, to: units), !line.isEmpty else {
        return
      }
      facts.append((name, line))
    }
    add("Product", issue.productName)
    add("Project", "\(issue.projectName) (\(issue.projectSlug))")
    add("Level", issue.level)
    add("Events", TicketText.number(issue.eventCount))
    add("Users", TicketText.number(issue.userCount))
    add("First seen", Self.time(issue.firstSeenAt))
    add("Last seen", Self.time(issue.lastSeenAt))
    guard let event else { return facts }
    add("Environment", event.environment)
    add("Release", event.release)
    add("Transaction", event.tag("transaction"))
    add(pageName, page, to: Self.maxAddressUnits)
    if includesContact { add("Contact", event.feedback?.contactAddress) }
    add("Handled", handled)
    add("Mechanism", mechanism)
    return facts
  }

  private var contextFacts: [Fact] {
    guard let event else { return [] }
    let contexts = event.contexts
    var facts: [Fact] = [
      ("Browser", contexts.browser ?? event.tag("browser")),
      ("Operating system", contexts.system ?? event.tag("os") ?? event.tag("client_os")),
      ("Runtime", contexts.runtime ?? event.tag("runtime")),
      ("Device", contexts.device ?? event.tag("device.family") ?? event.tag("device")),
      ("Application", contexts.application),
      ("Platform", event.platform == "other" ? nil : event.platform),
      ("Trace", contexts.trace),
      ("Latest event", latest),
      ("Problems in Sentry", problems),
    ].compactMap { name, value in
      guard let value, case let line = TicketText.line(value, to: Self.maxValueUnits), !line.isEmpty
      else { return nil }
      return (name, line)
    }
    for tag in tags.prefix(Self.maxTags) {
      facts.append(
        (
          "Tag \(TicketText.line(tag.key, to: 60))",
          TicketText.line(tag.value, to: Self.maxTagUnits)
        )
      )
    }
    if tags.count > Self.maxTags {
      facts.append(
        ("Tags", "\(TicketText.plural(tags.count - Self.maxTags, "more tag")) in Sentry"))
    }
    return facts
  }

  /// `2026-11-20 10:00 UTC`
  private static func time(_ date: Date) -> String {
    date.formatted(.iso8601).prefix(16).replacing("T", with: " ") + " UTC"
  }

  private var latest: String? {
    guard let event, !event.id.isEmpty else { return nil }
    return event.id + (event.createdAt.map { ", \(Self.time($0))" } ?? "")
  }

  private var problems: String? {
    var seen: Set<String> = []
    let problems =
      event?.problems.map(TicketPrivacy.withoutQueries)
      .filter { seen.insert($0).inserted } ?? []
    return problems.isEmpty ? nil : problems.joined(separator: "; ")
  }

  /// Method and address of the request, else the page that the event happened on.
  private var page: String? {
    guard let event else { return nil }
    let url = event.feedback?.url ?? event.request?.url ?? event.tag("url")
    guard let url else { return nil }
    let address = TicketPrivacy.address(url)
    return requestMethod.map { "\($0) \(address)" } ?? address
  }
  private var pageName: String { requestMethod == nil ? "Page" : "Request" }
  private var requestMethod: String? {
    event?.feedback?.url == nil && event?.request?.url != nil ? event?.request?.method : nil
  }

  private var mechanisms: [SentryException.Mechanism] {
    (event?.exceptions ?? []).reversed().compactMap(\.mechanism)
  }

  private var handled: String? {
    let known = mechanisms.compactMap(\.handled)
    if known.contains(false) { return "no" }
    return known.isEmpty ? event?.tag("handled") : "yes"
  }

  private var mechanism: String? {
    guard let mechanism = mechanisms.first(where: { $0.type != nil }), let type = mechanism.type
    else { return event?.tag("mechanism") }
    return mechanism.signals.isEmpty
      ? type : "\(type) (\(mechanism.signals.joined(separator: ", ")))"
  }

  /// Tags that are facts of their own, or say nothing to a reader.
  private static let toldTags: Set = [
    "environment", "release", "level", "url", "transaction", "handled", "mechanism", "browser",
    "browser.name", "os", "os.name", "os.build", "client_os", "client_os.name", "runtime",
    "runtime.name", "device", "device.family", "trace", "trace.ctx", "trace.span", "blocked-uri",
    "effective-directive",
  ]

  private var tags: [SentryEvent.Tag] {
    (event?.tags ?? []).filter { tag in
      !Self.toldTags.contains(tag.key) && !tag.key.hasPrefix("sentry:")
        && !tag.key.hasPrefix("monitor.")
        && !TicketPrivacy.isPersonal(tag.key, tag.value)
    }.map { ($0.key, TicketPrivacy.withoutQueries($0.value)) }
  }
}
