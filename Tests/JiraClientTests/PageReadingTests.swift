import Foundation
import Testing

@testable import JiraClient
@testable import RESTClient

@Suite struct PageReadingTests {
  private func issues(_ fields: [String]) throws -> [JiraIssue] {
    let issues = fields.enumerated().map { index, fields in
      #"{"id":"\#(index + 1)","key":"A-\#(index + 1)","fields":{"updated":"2026-09-01T09:12:44.513+0200","#
        + #""status":{"name":"Open"}\#(fields.isEmpty ? "" : ",")\#(fields)}}"#
    }
    return try JiraSearchPage(
      reading: Array(#"{"issues":[\#(issues.joined(separator: ","))]}"#.utf8)
    ).issues
  }

  private func document(_ json: String) throws -> AtlassianDocument? {
    try issues([#""description":\#(json)"#])[0].description
  }

  @Test func `names are read with their escapes`() throws {
    let issue = try issues([
      #""\u0073ummary":"a","\u0070riority":{"n\u0061me":"High"},"summar":"b","labels\u0000":["c"]"#
    ])[0]
    #expect(issue.summary == "a")
    #expect(issue.priority == "High")
    #expect(issue.labels.isEmpty)
  }

  @Test func `of members given twice the last one counts`() throws {
    let issue = try issues([
      #""summary":"a","summary":"b","labels":["a"],"labels":["b"],"priority":{"name":"a"},"priority":null,"#
        + #""description":{"type":"doc","content":[{"type":"rule"}],"content":[{"type":"rule",""#
        + #"type":"text","text":"a","text":"b"}]}"#
    ])[0]
    #expect(issue.summary == "b")
    #expect(issue.labels == ["b"])
    #expect(issue.priority == nil)
    #expect(issue.description?.plainText == "b")
    #expect(try issues([#""status":7"#]).isEmpty)
  }

  @Test func `people and labels that recur are told from those that only look alike`() throws {
    let people = (0..<60).map { $0 * 7 % 20 }
    let read = try issues(
      people.map { number in
        #""assignee":{"accountId":"\#(number)","displayName":"Ü \#(number)"},"#
          + #""reporter":{"displayName":"Ü \#(number)","accountId":"\#(number / 2)"},"#
          + #""labels":["l\#(number % 3)","x"],"components":[{"name":"c\#(number)"}],"fixVersions":[],"#
          + #""project":{"id":"1\#(number)","key":"P"}"#
      })
    for (number, issue) in zip(people, read) {
      #expect(issue.assignee?.accountID == "\(number)")
      #expect(issue.assignee?.displayName == "Ü \(number)")
      #expect(issue.reporter?.accountID == "\(number / 2)")
      #expect(issue.labels == ["l\(number % 3)", "x"])
      #expect(issue.components == ["c\(number)"])
      #expect(issue.fixVersions.isEmpty)
      #expect(issue.projectID == Int64("1\(number)"))
    }
  }

  @Test(arguments: [
    (
      #"{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]}]}"#,
      "a"
    ),
    (
      #"{"content":[{"content":[{"text":"a\u00e9\n\"","type":"text"}],"type":"paragraph"}],"type":"doc"}"#,
      "aé\n\""
    ),
    (
      #"{"content":[{"content":[{"text":"b","type":"text"}],"attrs":{"title":"a"},"type":"expand"}],"type":"doc"}"#,
      "a\nb"
    ),
    (
      #"{"type":"doc","content":[{"type":"\u0072ule"},{"type":"emoji","attrs":{"shortName":":a:"}}]}"#,
      "---\n:a:"
    ),
    (
      #"{"type":"doc","content":[1,null,"a",[],{"type":"text","text":5},{"type":"text","text":"ü "}]}"#,
      "ü"
    ),
    (#"{"type":"doc","content":{}}"#, ""), (#""a\nb""#, "a\nb"),
    (
      #"{"type":"doc","content":[{"type":"date","attrs":{"timestamp":"1582152559000"}}]}"#,
      "2020-02-19"
    ),
    (
      #"{"type":"doc","content":[{"type":"text","text":"a\r\n"},{"type":"paragraph"},{"type":"rule"}]}"#,
      "a\r\n---"
    ),
  ])
  func `a document's words are the same in whatever order its members come`(
    json: String, text: String
  ) throws {
    let read = try #require(try document(json))
    #expect(read.plainText == text)
    let decoded = try JSONDecoder().decode(AtlassianDocument.self, from: Data(json.utf8))
    #expect(read == decoded)
    #expect(decoded.plainText == text)
  }

  @Test(arguments: ["null", "7", "[]", "{}", #"{"type":"paragraph"}"#, #"{"type":"doc","type":1}"#])
  func `what is no document is none`(json: String) throws {
    #expect(try document(json) == nil)
  }

  @Test(arguments: [
    #"{"type":"doc","content":[{"type":"text","text":"a"}"#, #"{"type":"doc","x":"\x"}"#,
    #"{"type":"doc","content":[{"attrs":{"url":"\u12"}}]}"#, "{\"type\":\"doc\",\"x\":\"\n\"}",
    #"{"type":"doc","content":"# + String(repeating: #"[{"content":"#, count: 130)
      + String(repeating: "}]", count: 130) + "}",
  ])
  func `a document that is no JSON is refused with its page`(json: String) {
    #expect(throws: JSONReader.Malformed.self) { try document(json) }
  }

  @Test func `a deep document is read as far as it may be`() throws {
    let levels = 110
    let json =
      (0..<levels).map { #"{"type":"paragraph","content":[{"type":"text","text":"\#($0)."},"# }
      .joined()
      + "7" + String(repeating: "]}", count: levels)
    let document = try #require(try document(#"{"type":"doc","content":[\#(json)]}"#))
    let words = document.plainText.split { $0 == "." || $0 == "\n" }.map(String.init)
    #expect(words == (0..<99).map(String.init))
    #expect(AtlassianDocument(json: document.json)?.plainText == document.plainText)
  }

  @Test func `a document of a page can be added to`() throws {
    var document = try #require(try document(#"{"type":"doc","content":[{"type":"rule"}]}"#))
    document.append(.paragraph([.text("see https://a.example/1")]))
    #expect(document.plainText == "---\nsee https://a.example/1")
    #expect(document.addresses == ["https://a.example/1"])
  }
}
