import Foundation
import RESTClient
import TestSupport
import Testing

@testable import JiraClient

@Suite struct AtlassianDocumentTests {
  @Test(.enabled(if: Contracts.areHere, "the vendors' payloads are not beside this checkout"))
  func `every real document is read, its words are found, and nothing is lost`() throws {
    let files = Contracts.files("adf", suffix: ".adf.json")
    #expect(files.count > 30)
    for (name, bytes) in files {
      let value = try JSONValue(parsing: bytes)
      // Samples are documents or single nodes.
      guard value["type"] == .string("doc") else { continue }
      let document = try JSONDecoder().decode(AtlassianDocument.self, from: Data(bytes))
      #expect(document.content == value["content"]?.arrayValue ?? [], "\(name)")
      for word in Self.texts(value) where !word.isEmpty {
        #expect(document.plainText.contains(word), "\(name) lost '\(word)'")
      }
    }
  }

  private static func texts(_ value: JSONValue) -> [String] {
    var texts: [String] = []
    if value["type"] == .string("text"), let text = value["text"]?.stringValue {
      texts.append(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    for child in value["content"]?.arrayValue ?? [] { texts += Self.texts(child) }
    return texts
  }

  @Test(arguments: [
    ("plain", "plain"), ("# Title\ntext", "Title\ntext"), ("- a\n- b", "a\nb"),
    ("1. a\n2. b", "a\nb"), ("```swift\nlet a = 1\n```", "let a = 1"),
    ("**bold** and `code` and _it_", "bold and code and it"),
    ("[site](https://example.com) end", "site end"),
    ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
    ("2 * 3 * 4", "2 * 3 * 4"), ("> quoted", "quoted"), ("a\n\n\nb", "a\nb"), ("", ""),
    ("**open", "**open"), ("[[a](https://a.example)", "[a"), ("[a] (b)", "[a] (b)"),
    (String(repeating: "[", count: 20_000), String(repeating: "[", count: 20_000)),
  ])
  func `Markdown keeps its words`(markdown: String, text: String) {
    #expect(AtlassianDocument(markdown: markdown).plainText == text)
  }

  @Test func `addresses in words, behind words and of cards are found once each`() throws {
    let json = #"""
      {"type":"doc","version":1,"content":[
        {"type":"paragraph","content":[
          {"type":"text","text":"see [x|https://a.example/1] and (http://b.example/2)"},
          {"type":"text","text":"here","marks":[{"type":"strong"},
            {"type":"link","attrs":{"href":"https://c.example/3"}}]},
          {"type":"inlineCard","attrs":{"url":"https://d.example/4"}}]},
        {"type":"panel","attrs":{"panelType":"info"},"content":[
          {"type":"blockCard","attrs":{"url":"https://c.example/3"}}]},
        {"type":"blockCard","attrs":{"data":{"url":"no"}}},
        {"type":"paragraph","content":[{"type":"text","text":"mailto","marks":[
          {"type":"link","attrs":{"href":"mailto:a@example.com"}}]}]}]}
      """#
    let document = try JSONDecoder().decode(AtlassianDocument.self, from: Data(json.utf8))
    #expect(
      document.addresses == [
        "https://a.example/1", "http://b.example/2", "https://c.example/3", "https://d.example/4",
      ])
  }

  @Test func `a string where a document is promised is read as one`() throws {
    let document = try JSONDecoder().decode(AtlassianDocument.self, from: Data(#""a\nb""#.utf8))
    #expect(document.plainText == "a\nb")
  }

  @Test(arguments: [
    ("AND", #"project = "AND""#), (#"a"b\c"#, #"project = "a\"b\\c""#),
    ("a\nb\u{7}", #"project = "a\nb""#),
    ("@x", #"project = "@x""#),
  ])
  func `JQL values cannot become syntax`(value: String, jql: String) {
    #expect(JQL.equals("project", .text(value)).text == jql)
  }
}
