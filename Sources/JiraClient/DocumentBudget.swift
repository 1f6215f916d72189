import RESTClient

/// How long a document is for Jira, and how it is cut.
///
/// Jira takes 32,767 characters in a text field; how it counts a document is not documented, and
/// reports differ (the words alone, or the whole JSON). So the whole encoded document is counted, in
/// UTF-16 code units as Java does, which is never less than what Jira may count, and some are kept back.
extension AtlassianDocument {
  package static let maxUnits = 32_000

  package var units: Int { Self.units(of: json.encoded()) }

  /// Of blocks as a part of a document.
  package static func units(of blocks: [Block]) -> Int { blocks.reduce(0) { $0 + $1.units } }

  fileprivate static func units(of json: [UInt8]) -> Int {
    String(decoding: json, as: UTF8.self).units
  }

  /// Of the document around its blocks.
  package static let emptyUnits = AtlassianDocument().units

  /// The blocks, cut where they would become longer than allowed; the last one is cut inside, and a
  /// paragraph behind it says how much is missing.
  ///
  /// - Parameter note: the words for a number of characters that are left out.
  package static func fitted(_ blocks: [Block], to units: Int, note: (Int) -> String) -> [Block] {
    guard Self.units(of: blocks) > units else { return blocks }
    let words = blocks.reduce(0) { $0 + $1.wordUnits }
    func paragraph(_ missing: Int) -> Block { .paragraph([.text(note(missing), marks: ["em"])]) }
    var room = units - paragraph(words).units
    guard room >= 0 else { return [] }
    var kept: [Block] = []
    for block in blocks {
      if block.units <= room {
        kept.append(block)
        room -= block.units
      } else {
        if let part = block.cut(to: room) { kept.append(part) }
        break
      }
    }
    return kept + [paragraph(words - kept.reduce(0) { $0 + $1.wordUnits })]
  }
}

extension AtlassianDocument.Block {
  /// With the comma behind it.
  package var units: Int {
    isValid ? AtlassianDocument.units(of: json.encoded()) + 1 : 0
  }

  /// How long its words are.
  var wordUnits: Int { texts.reduce(0) { $0 + $1.units } }

  private var texts: [String] {
    switch self {
    case .paragraph(let inlines), .heading(_, let inlines), .quote(let inlines),
      .panel(_, let inlines):
      inlines.map(\.text)
    case .bulletList(let items), .orderedList(let items): items.flatMap { $0.map(\.text) }
    case .codeBlock(let text, _): [text]
    case .table(let table): table.rows.flatMap { $0.flatMap { $0.map(\.text) } }
    case .rule: []
    }
  }

  /// Fewer words than these are not worth a block of their own.
  private static let minWordUnits = 20

  /// As much of its beginning as is not longer than allowed.
  func cut(to units: Int) -> Self? {
    var low = 0
    var high = wordUnits
    while low < high {
      let middle = (low + high + 1) / 2
      if prefix(middle).units <= units { low = middle } else { high = middle - 1 }
    }
    return low >= Self.minWordUnits ? prefix(low) : nil
  }

  private func prefix(_ units: Int) -> Self {
    var rest = units
    func cut(_ inlines: [AtlassianDocument.Inline]) -> [AtlassianDocument.Inline] {
      var kept: [AtlassianDocument.Inline] = []
      for inline in inlines where rest > 0 {
        switch inline {
        case .text(let text, let marks):
          kept.append(.text(String(text.prefix(units: rest)), marks: marks))
        case .link(let text, let url): kept.append(.link(String(text.prefix(units: rest)), url))
        case .lineBreak: kept.append(.lineBreak)
        }
        rest -= inline.text.units
      }
      return kept
    }
    func items(_ items: [[AtlassianDocument.Inline]]) -> [[AtlassianDocument.Inline]] {
      items.compactMap { rest > 0 ? cut($0) : nil }
    }
    switch self {
    case .paragraph(let inlines): return .paragraph(cut(inlines))
    case .heading(let level, let inlines): return .heading(level, cut(inlines))
    case .quote(let inlines): return .quote(cut(inlines))
    case .panel(let type, let inlines): return .panel(type, cut(inlines))
    case .bulletList(let all): return .bulletList(items(all))
    case .orderedList(let all): return .orderedList(items(all))
    case .codeBlock(let text, let language):
      return .codeBlock(String(text.prefix(units: units)), language: language)
    case .table(var table):
      table.rows = table.rows.compactMap { row in rest > 0 ? row.map(cut) : nil }
      return .table(table)
    case .rule: return .rule
    }
  }
}
