import JiraClient
import SentryClient

/// A ticket's description, in the order of a reader's questions: what is it and where, the facts, why
/// somebody made a ticket of it, what went wrong, what it ran on. Pure.
///
/// Jira takes so much and no more. The headline with the link, a note about a missing event and the
/// facts are always whole. Of the rest, the notes may not take what a short form of the event needs,
/// and the event is shown in as much detail as there is room for.
struct TicketDescription {
  typealias Block = AtlassianDocument.Block

  /// What notes leave to the event.
  static let minEvidenceUnits = 6_000
  private static let maxTitleUnits = 300
  private static let maxCulpritUnits = 200

  let issue: StoredSentryIssue
  let latest: LatestEvent
  let notes: String?
  let includesContact: Bool

  var document: AtlassianDocument {
    let facts = TicketFacts(
      issue: issue, event: latest.event, includesContact: includesContact)
    var head: [Block] = [headline]
    if let problem = latest.problem { head.append(.panel("warning", [.text(problem.ticketNote)])) }
    head.append(facts.first)
    let context = facts.context
    var room =
      AtlassianDocument.maxUnits - AtlassianDocument.emptyUnits
      - AtlassianDocument.units(of: head + context)
    let fullest = evidence(TicketDetail.levels[0])
    let kept = min(AtlassianDocument.units(of: fullest), Self.minEvidenceUnits)
    let notes = notes(to: room - kept)
    room -= AtlassianDocument.units(of: notes)
    return AtlassianDocument(content: head + notes + evidence(to: room, fullest) + context)
  }

  private var isFeedback: Bool {
    latest.event?.feedback?.isWholeEvent ?? (issue.feedbackText != nil)
  }

  private var headline: Block {
    // The title of feedback names the person who gave it.
    let title = isFeedback ? "User feedback" : TicketText.line(issue.title, to: Self.maxTitleUnits)
    let culprit = (isFeedback ? nil : issue.culprit).map {
      TicketText.line($0, to: Self.maxCulpritUnits)
    }
    let words = [title, culprit].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " in ")
    guard let permalink = issue.permalink else {
      return .paragraph([.text("\(issue.shortID): \(words)")])
    }
    return .paragraph([.link(issue.shortID, permalink), .text(": \(words)")])
  }

  private func notes(to units: Int) -> [Block] {
    guard let notes, !notes.allSatisfy(\.isWhitespace) else { return [] }
    let heading = Block.heading(3, "Notes")
    return [heading]
      + AtlassianDocument.fitted(
        AtlassianDocument.blocks(markdown: notes), to: units - heading.units
      ) { "… \(TicketText.number($0)) more characters of the notes did not fit into this ticket." }
  }

  private func evidence(_ detail: TicketDetail) -> [Block] {
    guard let event = latest.event else {
      guard let text = issue.feedbackText else { return [] }
      return [
        .heading(3, "User feedback"),
        .quote([.text(TicketText.cut(text, to: 4 * detail.maxValueUnits))]),
      ]
    }
    return TicketEvidence(event: event, title: issue.title, detail: detail).blocks()
  }

  private func evidence(to units: Int, _ fullest: [Block]) -> [Block] {
    var blocks = fullest
    for detail in TicketDetail.levels.dropFirst() {
      if AtlassianDocument.units(of: blocks) <= units { return blocks }
      blocks = evidence(detail)
    }
    return AtlassianDocument.fitted(blocks, to: units) {
      "… \(TicketText.number($0)) more characters of the event are in Sentry."
    }
  }
}
