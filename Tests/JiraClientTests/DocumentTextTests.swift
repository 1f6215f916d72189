import RESTClient
import Testing

@testable import JiraClient

@Suite struct DocumentTextTests {
  typealias Block = AtlassianDocument.Block

  @Test(arguments: [
    ("plain\ttext\n", "plain\ttext\n"), ("a\r\nb\rc", "a\nb\nc"),
    ("a\u{0}b\u{7}c\u{7F}", "abc"), ("\u{1B}[1;31mred\u{1B}[0m", "red"),
    ("\u{1B}]8;;x\u{7}y", "]8;;xy"), ("\u{1B}[", "["), ("\u{1B}", ""), ("\u{1B}[31", "[31"),
    ("a\u{2028}b\u{85}c\u{0C}d", "a\nb\nc\nd"), ("\u{202E}evil\u{2069}", "evil"),
    ("\u{FFFD}", "\u{FFFD}"),
    ("👩‍👩‍👧 é שלום", "👩‍👩‍👧 é שלום"), ("", ""),
  ])
  func `control characters are left out, and line breaks become one kind`(
    text: String, clean: String
  ) {
    #expect(text.withoutControls == clean)
  }

  @Test(arguments: [0xFFFE, 0xFFFF, 0xFDD0, 0x1FFFF, 0x00, 0x1F, 0x9F, 0x202A])
  func `code points that are no characters are left out`(code: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(code))
    #expect("a\(Character(scalar))b".withoutControls == "ab")
  }

  @Test(arguments: [
    ("abc", 2, "ab"), ("abc", 9, "abc"), ("abc", 0, ""), ("💥💥", 3, "💥"), ("💥", 1, ""),
    ("e\u{301}e\u{301}", 3, "e\u{301}"), ("👩‍👩‍👧x", 8, "👩‍👩‍👧"),
    (
      "x" + String(repeating: "\u{301}", count: 100), 51,
      "x" + String(repeating: "\u{301}", count: 50)
    ),
  ])
  func `a beginning is cut between characters`(text: String, units: Int, beginning: String) {
    #expect(text.prefix(units: units) == beginning)
  }

  @Test(arguments: [
    (Block.paragraph([.text("")]), #"{"content":[],"type":"paragraph"}"#),
    (
      .paragraph([.text("a\nb", marks: ["em"])]),
      #"{"content":[{"marks":[{"type":"em"}],"text":"a","type":"text"},{"type":"hardBreak"},{"marks":[{"type":"em"}],"text":"b","type":"text"}],"type":"paragraph"}"#
    ),
    (
      .heading(9, "a\nb"),
      #"{"attrs":{"level":6},"content":[{"text":"a","type":"text"},{"text":" ","type":"text"},{"text":"b","type":"text"}],"type":"heading"}"#
    ),
    (.codeBlock("\u{0}"), #"{"content":[],"type":"codeBlock"}"#),
    (
      .paragraph([.link("x", "javascript:alert(1)")]),
      #"{"content":[{"text":"x","type":"text"}],"type":"paragraph"}"#
    ),
    (
      .paragraph([.link("", "https://a.example")]),
      #"{"content":[{"marks":[{"attrs":{"href":"https://a.example"},"type":"link"}],"text":"https://a.example","type":"text"}],"type":"paragraph"}"#
    ),
  ])
  func `a block is written as Jira takes it`(block: Block, json: String) throws {
    #expect(block.json == (try JSONValue(parsing: Array(json.utf8))))
  }

  @Test func `a list without items and a table without rows are left out`() {
    let blocks: [Block] = [
      .bulletList([]), .orderedList([]),
      .table(.init(heading: .firstRow, widths: [], rows: [])),
      .table(.init(heading: .firstRow, widths: [], rows: [[]])),
    ]
    #expect(AtlassianDocument(content: blocks).content.isEmpty)
  }

  @Test(arguments: [100, 300, 1_000, 5_000])
  func `blocks that are too long are cut inside, to the last character that fits`(units: Int) {
    let line = String(repeating: "слово ", count: 50)
    let blocks: [Block] = [
      .heading(3, "Title"), .bulletList(Array(repeating: [.text("item")], count: 5)),
      .paragraph([.text(line), .link("here", "https://a.example"), .text(line)]),
      .codeBlock(line), .quote([.text(line)]),
      .table(.init(heading: .firstColumn, widths: [], rows: [[[.text(line)], [.text(line)]]])),
    ]
    let fitted = AtlassianDocument.fitted(blocks, to: units) { "… \($0) more" }
    let length = AtlassianDocument.units(of: fitted)
    #expect(length <= units)
    guard units < AtlassianDocument.units(of: blocks) else {
      #expect(fitted == blocks)
      return
    }
    #expect(AtlassianDocument(content: fitted).plainText.hasSuffix("more"))
  }
}
