import JiraClient
import SentryClient

/// How much of an event a ticket shows: less where the whole would be too long for Jira.
struct TicketDetail: Sendable {
  var maxExceptions: Int
  /// Of an exception's value, a message, an evidence.
  var maxValueUnits: Int
  var maxFrames: Int
  /// So many frames of a stack trace come with their source.
  var framesWithSource: Int
  var sourceLinesAround: Int
  var maxRows: Int

  /// The fullest first.
  static let levels = [
    TicketDetail(
      maxExceptions: 8, maxValueUnits: 1_000, maxFrames: 20, framesWithSource: 3,
      sourceLinesAround: 2, maxRows: 20),
    TicketDetail(
      maxExceptions: 5, maxValueUnits: 500, maxFrames: 10, framesWithSource: 1,
      sourceLinesAround: 0, maxRows: 12),
    TicketDetail(
      maxExceptions: 3, maxValueUnits: 200, maxFrames: 3, framesWithSource: 0,
      sourceLinesAround: 0, maxRows: 6),
  ]
}

/// What an event says about what went wrong, as blocks of a ticket: one part for each shape that events
/// have. Pure.
struct TicketEvidence {
  typealias Block = AtlassianDocument.Block
  typealias Inline = AtlassianDocument.Inline

  let event: SentryEvent
  /// The issue's title is in the ticket already.
  let title: String
  let detail: TicketDetail

  private static let maxHeadingUnits = 200

  func blocks() -> [Block] {
    feedback + exceptions + stack + message + report + occurrence + spans + monitor
  }

  private var exceptions: [Block] {
    let newestFirst = Array(event.exceptions.reversed().enumerated())
    let most = detail.maxExceptions
    guard newestFirst.count > most, let first = newestFirst.last else {
      return newestFirst.flatMap { exception($0.element, isNewest: $0.offset == 0) }
    }
    let gap = TicketText.plural(newestFirst.count - most, "more exception")
    return newestFirst.prefix(most - 1).flatMap {
      exception($0.element, isNewest: $0.offset == 0)
    } + [Self.note("… \(gap) in Sentry, and the first one:")]
      + exception(first.element, isNewest: false)
  }

  private func exception(_ exception: SentryException, isNewest: Bool) -> [Block] {
    let title = exception.title.onOneLine
    var blocks: [Block] = []
    if title.units <= Self.maxHeadingUnits, exception.value?.withoutControls.contains("\n") != true
    {
      blocks.append(.heading(3, title))
    } else {
      let name = exception.type?.onOneLine ?? "Exception"
      blocks.append(.heading(3, String(name.prefix(units: Self.maxHeadingUnits))))
      if let value = exception.value {
        blocks.append(.codeBlock(TicketText.cut(value, to: detail.maxValueUnits)))
      }
    }
    if let stack = stackTrace(of: exception, isNewest: isNewest) {
      blocks.append(.codeBlock(StackTraceText.text(stack, detail)))
    }
    return blocks
  }

  /// Where the newest exception has no stack trace of its own, its thread has it.
  private func stackTrace(of exception: SentryException, isNewest: Bool) -> SentryStackTrace? {
    if let stack = exception.stackTrace { return stack }
    guard isNewest, let id = exception.threadID else { return nil }
    return event.threads.first { $0.id == id }?.stackTrace
  }

  /// The thread that matters, or a stack trace of the event's own, where no exception has one.
  private var stack: [Block] {
    let newest = event.exceptions.count - 1
    for (index, exception) in event.exceptions.enumerated()
    where stackTrace(of: exception, isNewest: index == newest) != nil { return [] }
    let threads = event.threads.filter { $0.stackTrace != nil }
    let thread =
      threads.first(where: \.isCrashed) ?? threads.first(where: \.isCurrent)
      ?? threads.first { $0.name == "main" } ?? threads.first
    guard let stack = thread?.stackTrace ?? event.stackTrace else { return [] }
    return [
      .heading(3, thread.map(Self.title) ?? "Stack trace"),
      .codeBlock(StackTraceText.text(stack, detail)),
    ]
  }

  private static func title(_ thread: SentryThread) -> String {
    let name = (thread.name ?? thread.id ?? "").onOneLine
    let facts = [
      thread.isCrashed ? "crashed" : thread.isCurrent ? "current" : nil,
      thread.state?.onOneLine.lowercased(),
    ].compactMap(\.self)
    let title = ["Thread", name].filter { !$0.isEmpty }.joined(separator: " ")
    return String(
      (facts.isEmpty ? title : "\(title) (\(facts.joined(separator: ", ")))")
        .prefix(units: maxHeadingUnits))
  }

  private var message: [Block] {
    guard let message = event.message, message.onOneLine != title.onOneLine,
      !event.exceptions.contains(where: { $0.title.onOneLine == message.onOneLine })
    else { return [] }
    return [.heading(3, "Message"), .codeBlock(TicketText.cut(message, to: detail.maxValueUnits))]
  }

  private var feedback: [Block] {
    guard let feedback = event.feedback else { return [] }
    return [
      .heading(3, "User feedback"),
      .quote([.text(TicketText.cut(feedback.message, to: 4 * detail.maxValueUnits))]),
    ]
  }

  private var report: [Block] {
    guard let report = event.report, !report.facts.isEmpty else { return [] }
    return [.heading(3, report.name)] + table(report.facts.map { ($0.name, $0.value) })
  }

  private var occurrence: [Block] {
    // Of user feedback it repeats the message, and who wrote it.
    guard let occurrence = event.occurrence, event.feedback?.isWholeEvent != true else { return [] }
    var blocks: [Block] = []
    if let subtitle = occurrence.subtitle, subtitle.onOneLine != title.onOneLine {
      blocks.append(
        .paragraph([
          .text(TicketText.line(subtitle, to: detail.maxValueUnits), marks: ["strong"])
        ]))
    }
    let evidence =
      occurrence.evidence.filter(\.isImportant) + occurrence.evidence.filter { !$0.isImportant }
    blocks += table(
      evidence.map { ($0.name, $0.value) }.filter { !TicketPrivacy.isPersonal($0.0, $0.1) })
    return blocks.isEmpty ? [] : [.heading(3, "Evidence")] + blocks
  }

  private var monitor: [Block] {
    event.monitor.isEmpty
      ? [] : [.heading(3, "Monitor")] + table(event.monitor.map { ($0.key, $0.value) })
  }

  /// Facts in two columns.
  private func table(_ facts: [(String, String)]) -> [Block] {
    guard !facts.isEmpty else { return [] }
    let rows = facts.prefix(detail.maxRows).map { name, value -> [[Inline]] in
      let value = TicketPrivacy.withoutQueries(value.withoutControls)
      return [
        [.text(TicketText.line(name, to: 80))],
        [.text(TicketText.cut(value, to: detail.maxValueUnits / 2))],
      ]
    }
    let rest = facts.count - rows.count
    return [.table(.init(heading: .firstColumn, widths: TicketFacts.widths, rows: rows))]
      + (rest > 0 ? [Self.note("… \(TicketText.plural(rest, "more row")) in Sentry")] : [])
  }

  private var spans: [Block] {
    let offending = event.occurrence?.offendingSpanIDs ?? []
    let chosen = event.spans.filter { $0.id.map(offending.contains) == true }
    let spans = chosen.isEmpty ? event.spans : chosen
    guard !spans.isEmpty else { return [] }
    let most = detail.maxRows / 2
    let head: [[Inline]] = ["Operation", "Description", "Duration"].map { [.text($0)] }
    let rows = spans.prefix(most).map { span -> [[Inline]] in
      let description = TicketPrivacy.withoutQueries(span.description?.withoutControls ?? "")
      return [
        [.text(TicketText.line(span.operation ?? "", to: 60))],
        [.text(TicketText.cut(description, to: detail.maxValueUnits / 4))],
        [.text(span.milliseconds.map(Self.duration) ?? "")],
      ]
    }
    let rest = event.spans.count - rows.count
    return [
      .heading(3, chosen.isEmpty ? "Spans" : "Offending spans"),
      .table(.init(heading: .firstRow, widths: [140, 500, 120], rows: [head] + rows)),
    ] + (rest > 0 ? [Self.note("… \(TicketText.plural(rest, "more span")) in Sentry")] : [])
  }

  private static func duration(_ milliseconds: Double) -> String {
    guard (0..<1_000_000_000).contains(milliseconds) else { return "" }
    let tenths = Int((milliseconds * 10).rounded())
    let whole = TicketText.number(tenths / 10)
    return tenths % 10 == 0 || tenths >= 1_000 ? "\(whole) ms" : "\(whole).\(tenths % 10) ms"
  }

  private static func note(_ words: String) -> Block { .paragraph([.text(words, marks: ["em"])]) }
}
