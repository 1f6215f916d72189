import Foundation
import JiraClient
import RESTClient
import TestSupport
import Testing

@testable import Sandbox

@Suite struct DocumentCheckTests {
  private static func refusal(_ content: String) throws -> JiraDocumentCheck.Refusal? {
    let text = #"{"type":"doc","version":1,"content":["# + content + "]}"
    return JiraDocumentCheck.refusal(of: try JSONValue(parsing: Array(text.utf8)))
  }

  @Test(arguments: [
    "", #"{"type":"paragraph"}"#, #"{"type":"paragraph","content":[]}"#, #"{"type":"rule"}"#,
    #"{"type":"heading","attrs":{"level":6},"content":[{"type":"text","text":"x"}]}"#,
    #"{"type":"codeBlock","attrs":{"language":"swift"},"content":[{"type":"text","text":"a\n\tb"}]}"#,
    #"{"type":"panel","attrs":{"panelType":"warning"},"content":[{"type":"paragraph"}]}"#,
    #"{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableHeader","attrs":{"colwidth":[180]},"content":[{"type":"paragraph"}]}]}]}"#,
    #"{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"code"},{"type":"link","attrs":{"href":"https://a.example"}}]},{"type":"hardBreak"}]}"#,
  ])
  func `a good document is taken`(content: String) throws {
    #expect(try Self.refusal(content) == nil)
  }

  @Test(arguments: [
    (#"{"type":"paragraph","content":[{"type":"text","text":""}]}"#, "an empty text"),
    (#"{"type":"paragraph","content":[{"type":"text"}]}"#, "a text without text"),
    (#"{"type":"sparkle"}"#, "an unknown node"), (#"{"text":"x"}"#, "a node without a type"),
    (#"{"type":"text","text":"x"}"#, "a text at the top"), (#""x""#, "a string"),
    (#"{"type":"paragraph","colour":"red"}"#, "an unknown member"),
    (#"{"type":"paragraph","attrs":{"colour":"red"}}"#, "an unknown attribute"),
    (#"{"type":"heading"}"#, "a heading without a level"),
    (#"{"type":"heading","attrs":{"level":7}}"#, "a level that is not there"),
    (
      #"{"type":"heading","attrs":{"level":1},"content":[{"type":"text","text":"a\nb"}]}"#,
      "a line break in a heading"
    ),
    (
      #"{"type":"panel","attrs":{"panelType":"loud"},"content":[{"type":"paragraph"}]}"#,
      "an unknown panel"
    ),
    (#"{"type":"panel","attrs":{"panelType":"info"},"content":[]}"#, "an empty panel"),
    (#"{"type":"bulletList","content":[]}"#, "an empty list"),
    (#"{"type":"bulletList","content":[{"type":"paragraph"}]}"#, "a list of paragraphs"),
    (
      #"{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"rule"}]}]}"#,
      "a rule in an item"
    ),
    (
      #"{"type":"blockquote","content":[{"type":"heading","attrs":{"level":1}}]}"#,
      "a heading in a quote"
    ),
    (#"{"type":"table","content":[]}"#, "a table without rows"),
    (#"{"type":"table","content":[{"type":"paragraph"}]}"#, "a table of paragraphs"),
    (
      #"{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[]}]}]}"#,
      "an empty cell"
    ),
    (
      #"{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"table","content":[]}]}]}]}"#,
      "a table in a table"
    ),
    (
      #"{"type":"codeBlock","content":[{"type":"text","text":"x","marks":[{"type":"strong"}]}]}"#,
      "marks in code"
    ),
    (
      #"{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"code"},{"type":"strong"}]}]}"#,
      "strong code"
    ),
    (
      #"{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"link"}]}]}"#,
      "a link to nowhere"
    ),
    (
      #"{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"link","attrs":{"href":""}}]}]}"#,
      "an empty link"
    ),
    (
      #"{"type":"paragraph","content":[{"type":"text","text":"x","marks":[{"type":"blink"}]}]}"#,
      "an unknown mark"
    ),
    (#"{"type":"paragraph","content":[{"type":"paragraph"}]}"#, "a paragraph in a paragraph"),
    (#"{"type":"rule","content":[]}"#, "a rule that holds something"),
    (#"{"type":"codeBlock","attrs":{"language":1}}"#, "a language that is a number"),
  ])
  func `a document that breaks a rule is refused`(content: String, rule: String) throws {
    #expect(try Self.refusal(content) == .invalid, "\(rule)")
  }

  @Test(arguments: [
    (#"{"type":"doc","content":[]}"#, JiraDocumentCheck.Refusal.notADocument),
    (#"{"type":"doc","version":2,"content":[]}"#, .notADocument),
    (#"{"type":"doc","version":1}"#, .notADocument), (#""text""#, .notADocument),
    (
      #"{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"a\u001b[31m"}]}]}"#,
      .unsupportedText
    ),
    (
      #"{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"a\u0000"}]}]}"#,
      .unsupportedText
    ),
  ])
  func `what is no document, or holds no text, is refused by its kind`(
    json: String, refusal: JiraDocumentCheck.Refusal
  ) throws {
    #expect(JiraDocumentCheck.refusal(of: try JSONValue(parsing: Array(json.utf8))) == refusal)
  }

  @Test func `a limit in characters takes 18,000 of any script, and not 40,000`() throws {
    func text(_ count: Int) -> String {
      #"{"type":"paragraph","content":[{"type":"text","text":""#
        + String(repeating: "ж", count: count) + #""}]}"#
    }
    #expect(try Self.refusal(text(18_000)) == nil)
    #expect(try Self.refusal(text(40_000)) == .tooLong)
  }

  @Test(.enabled(if: Contracts.areHere, "the vendors' payloads are not beside this checkout"))
  func `documents of real sites are taken`() throws {
    var taken = 0
    for (name, bytes) in Contracts.files("adf", suffix: ".adf.json") {
      let json = try JSONValue(parsing: bytes)
      guard json["type"] == "doc" else { continue }
      if let refusal = JiraDocumentCheck.refusal(of: json) {
        print("refused: \(name): \(refusal)")
      } else {
        taken += 1
      }
    }
    #expect(taken > 15)
  }

  @Test func `a ticket is refused in Jira's words`() async throws {
    var configuration = JiraSandboxConfiguration()
    configuration.issues = 1
    let sandbox = try JiraSandbox(configuration: configuration)
    try await sandbox.start()
    let client = try JiraClient(
      site: JiraSite(
        baseURL: sandbox.baseURL, username: configuration.username,
        apiToken: configuration.apiToken), transport: try CurlTransport(policy: nil))
    func words(_ fields: [String: JSONValue]) async -> String {
      let usual: [String: JSONValue] = [
        "project": ["key": "WEB"], "issuetype": ["id": "10004"], "summary": "s",
      ]
      do {
        _ = try await client.createIssue(
          JiraNewIssue(fields: usual.merging(fields) { $1 }, properties: []))
        return "taken"
      } catch let error as RESTError {
        return error.status.map { "\($0): \(error.vendorWords ?? "")" } ?? error.sentence
      } catch {
        return "\(error)"
      }
    }
    func document(_ node: JSONValue) -> JSONValue {
      ["type": "doc", "version": 1, "content": [node]]
    }
    let long: JSONValue = [
      "type": "codeBlock",
      "content": [["type": "text", "text": .string(String(repeating: "x", count: 33_000))]],
    ]
    let good = await words(["description": document(["type": "rule"])])
    #expect(good == "taken")
    #expect(await words(["description": document(["type": "x"])]) == "400: INVALID_INPUT")
    #expect(
      await words(["description": document(long)]) == "400: description: CONTENT_LIMIT_EXCEEDED")
    #expect(
      await words(["description": "text"])
        == "400: description: Operation value must be an Atlassian Document (see the Atlassian "
        + "Document Format)")
    #expect(
      await words(["summary": " \t "]) == "400: summary: You must specify a summary of the issue.")
    #expect(
      await words(["summary": "a\nb"])
        == "400: summary: The summary is invalid because it contains newline characters.")
    #expect(
      await words(["summary": .string(String(repeating: "x", count: 256))])
        == "400: summary: Summary can't exceed 255 characters.")
    #expect(
      await words(["labels": ["a b"]])
        == "400: labels: The label 'a b' contains spaces which is invalid.")
    await sandbox.stop()
  }
}
