import Foundation
import JiraClient
import SentryClient
import TestSupport
import Testing

@testable import App
@testable import RESTClient
@testable import Sandbox

/// What a ticket leaves out, cleans and admits.
@Suite struct TicketHonestyTests {
  @Test(arguments: [
    ("https://shop.example/cart", "https://shop.example/cart"),
    ("https://shop.example/cart?token=1", "https://shop.example/cart (query left out)"),
    ("https://shop.example/#access_token=1", "https://shop.example/ (query left out)"),
    ("https://ann:secret@shop.example/a@b?x", "https://shop.example/a@b (query left out)"),
    ("/cart?user=ann", "/cart (query left out)"), ("blob:", "blob:"), ("", ""),
    ("?only", "?only (query left out)"),
  ])
  func `an address loses what may be secret in it`(address: String, shown: String) {
    #expect(TicketPrivacy.address(address) == shown)
  }

  @Test(arguments: [
    ("user", "id:1", true), ("user.email", "x", true), ("sentry:user", "x", true),
    ("client_ip", "x", true), ("clientIP", "192.0.2.1", true), ("userEmail", "x", true),
    ("reporter", "ann@example.com", true), ("peer", "2001:db8::1", true),
    ("peer", "203.0.113.9", true), ("session_id", "x", true), ("api-token", "x", true),
    ("server_name", "web-1", false), ("browser.name", "Firefox", false),
    ("shipping", "post", false), ("release", "shop@3", false), ("package", "shop@3.14.1", false),
    ("zip", "10115", false),
    ("image", "registry/shop@sha256:1.2", false), ("version", "4.2.0", false),
  ])
  func `tags of persons are known by name and by value`(
    key: String, value: String, isPersonal: Bool
  ) {
    #expect(TicketPrivacy.isPersonal(key, value) == isPersonal)
  }

  @Test func `nothing of a person, and nothing secret, is in any ticket`() {
    for shape in SentryEventShape.allCases {
      let (issue, event) = TicketFixtures.shape(shape)
      let text = TicketFixtures.draft(event, issue: issue).description.plainText
      for secret in ["ann@", "Ann", "4711", "192.0.2", "f00dfeed", "SPRING", "Filtered", "Mozilla"]
      {
        #expect(!text.contains(secret), "\(shape): \(secret)")
      }
    }
  }

  @Test func `the address of who gave feedback is in the ticket only when it is asked for`() {
    let (issue, event) = TicketFixtures.shape(.feedback)
    let draft = TicketFixtures.draft(event, issue: issue) { $0.includesContact = true }
    #expect(TicketFixtures.lines(draft).contains("Contact\tann@example.com"))
  }

  @Test(arguments: [
    ("short", "short"), ("two\nlines", "two lines"),
    (String(repeating: "word ", count: 80), String(repeating: "word ", count: 50) + "wor…"),
  ])
  func `what a person wrote is the summary of a feedback ticket`(message: String, summary: String) {
    let event = SentryEvent(["contexts": ["feedback": ["message": .string(message)]]])
    let draft = TicketFixtures.draft(event, issue: TicketFixtures.issue("User Feedback"))
    #expect(draft.summary == summary)
    #expect(TicketFixtures.lines(draft)[0] == "WEB-3: User feedback")
  }

  @Test func `feedback is known even where its event cannot be read`() {
    var issue = TicketFixtures.issue("User Feedback: from Ann")
    issue.feedbackText = "The button is dead"
    let draft = TicketFixtures.draft(issue: issue)
    #expect(draft.summary == "The button is dead")
    #expect(TicketFixtures.lines(draft)[0] == "WEB-3: User feedback")
    #expect(TicketFixtures.lines(draft).suffix(2) == ["User feedback", "The button is dead"])
    #expect(!draft.description.plainText.contains("Ann"))
  }

  @Test func `a comment of a person on an error is shown with the error`() {
    let event = SentryEvent([
      "userReport": [
        "comments": "I only pressed *pay*", "email": "ann@example.com", "name": "Ann",
      ],
      "entries": [["type": "exception", "data": ["values": [["type": "E", "value": "v"]]]]],
    ])
    let draft = TicketFixtures.draft(event)
    #expect(draft.summary == "Error: boom")
    #expect(
      TicketFixtures.lines(draft).suffix(3) == ["User feedback", "I only pressed *pay*", "E: v"])
  }

  @Test func `control characters reach no part of a ticket`() {
    let dirty = "first\r\nsecond \u{1B}[31mred\u{1B}[0m\u{7}\u{0}\u{202E}\u{9B}"
    var issue = TicketFixtures.issue(dirty, culprit: dirty)
    issue.projectName = dirty
    issue.productSlug = dirty
    let frame: JSONValue = [
      "filename": .string(dirty), "function": .string(dirty), "inApp": true, "lineNo": 1,
      "context": [[1, .string(dirty)]],
    ]
    let evidence: JSONValue = ["name": .string(dirty), "value": .string(dirty)]
    let event = SentryEvent([
      "entries": [
        [
          "type": "exception",
          "data": [
            "values": [
              ["type": .string(dirty), "value": .string(dirty), "stacktrace": ["frames": [frame]]]
            ]
          ],
        ],
        ["type": "message", "data": ["formatted": .string(dirty + "!")]],
      ],
      "occurrence": ["subtitle": .string(dirty + "?"), "evidenceDisplay": [evidence]],
      "tags": [["key": .string("k" + dirty), "value": .string(dirty)]],
    ])
    let draft = TicketFixtures.draft(event, issue: issue, notes: dirty) { $0.labels = [dirty] }
    #expect(TicketFixtures.refusal(draft) == nil)
    let text = draft.summary + draft.labels.joined() + draft.description.plainText
    for scalar in text.unicodeScalars {
      let isUnwanted =
        scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
        || scalar.properties.isNoncharacterCodePoint || (0x202A...0x202E).contains(scalar.value)
      #expect(!isUnwanted, "U+\(String(scalar.value, radix: 16))")
    }
    #expect(draft.summary == "first second red")
    #expect(draft.labels.suffix(1) == ["first-second-red"])
    #expect(TicketFixtures.lines(draft)[0] == "WEB-3: first second red in first second red")
    #expect(TicketFixtures.lines(draft).contains("second red"))
  }

  @Test(arguments: [
    (" a b ", "a-b"), ("a\u{0}b\u{1F}c", "abc"), ("a\u{200B}b\u{2066}c", "abc"), ("\u{202E}", ""),
    ("ä ö", "ä-ö"), (String(repeating: "💥", count: 200), String(repeating: "💥", count: 127)),
    ("a\u{A0}b\u{3000}c", "a-b-c"),
  ])
  func `a label has no spaces and nothing invisible`(text: String, label: String) {
    #expect(TicketDraft.label(text) == label)
  }

  @Test(arguments: [
    (403, "lacks the scope `event:read`"), (404, "Sentry has no event of this issue any more"),
    (401, "did not accept the auth token"), (429, "rate limit"), (503, "Sentry answered 503"),
  ])
  func `an event that cannot be read is told to both readers`(status: Int, words: String) throws {
    let error = RESTError(
      kind: .status, method: "GET", path: "/", status: status, body: [], contentType: nil,
      message: "", mayHaveBeenReceived: false)
    let problem = try #require(LatestEvent(error).problem)
    #expect(problem.warning.contains(words) && problem.ticketNote.contains(words))
  }

  private static let texts = [
    "", "x", "\u{0}\u{1B}[31m", "a\nb\r\nc", "https://x.example/?a=b",
    String(repeating: "💥", count: 900),
    String(repeating: "long ", count: 9_000), "{\"a\":1}", "\u{202E}", "  ", "%s",
  ]

  /// Any event at all, from a seed: known members with values of any type.
  private static func anything(_ generator: inout SeededGenerator, _ depth: Int = 0) -> JSONValue {
    switch Int.random(in: depth > 4 ? 0...5 : 0...9, using: &generator) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &generator))
    case 2: return .integer([-1, 0, 1, 7, .max, .min].randomElement(using: &generator) ?? 0)
    case 3: return .number([0.5, -1e300, 1e19].randomElement(using: &generator) ?? 0)
    case 4, 5: return .string(texts.randomElement(using: &generator) ?? "")
    case 6, 7:
      return .array(
        (0..<Int.random(in: 0...6, using: &generator)).map { _ in anything(&generator, depth + 1) })
    default:
      var object: [String: JSONValue] = [:]
      for _ in 0..<Int.random(in: 1...7, using: &generator) {
        if let name = names.randomElement(using: &generator) {
          object[name] = anything(&generator, depth + 1)
        }
      }
      return .object(object)
    }
  }
  private static let names = [
    "type", "value", "values", "data", "entries", "stacktrace", "frames", "filename", "function",
    "lineNo", "colNo", "inApp", "context", "module", "package", "mechanism", "handled", "threads",
    "name", "crashed", "formatted", "occurrence", "evidenceDisplay", "subtitle", "contexts",
    "feedback", "message", "browser", "monitor", "config", "schedule", "tags", "key", "request",
    "url", "method", "framesOmitted", "op", "description", "timestamp", "start_timestamp", "errors",
    "userReport", "comments", "release", "version", "effective_directive", "blocked_uri",
  ]

  @Test(arguments: [UInt64](1...40))
  func `whatever an event holds, the ticket is one that Jira takes`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let types = [
      "exception", "threads", "message", "csp", "hpkp", "spans", "request", "stacktrace",
      "template",
    ]
    var event: [String: JSONValue] = [
      "entries": .array(
        types.map { type in
          var data = Self.anything(&generator)
          if ["exception", "threads"].contains(type) {
            data = ["values": .array((0..<4).map { _ in Self.anything(&generator) })]
          }
          return ["type": .string(type), "data": data]
        }),
      "occurrence": Self.anything(&generator), "contexts": Self.anything(&generator),
      "tags": Self.anything(&generator), "errors": Self.anything(&generator),
    ]
    if seed.isMultiple(of: 2) { event["userReport"] = Self.anything(&generator) }
    let notes = Self.anything(&generator).stringValue
    let draft = TicketFixtures.draft(SentryEvent(.object(event)), notes: notes)
    #expect(TicketFixtures.refusal(draft) == nil)
    #expect(draft.description.units <= AtlassianDocument.maxUnits)
    #expect(draft.description.plainText.hasPrefix("WEB-3: Error: boom"))
  }

  @Test(.enabled(if: Contracts.areHere, "the vendors' payloads are not beside this checkout"))
  func `real events become tickets, by the rules of Atlassian's own schema`() throws {
    let files = Contracts.files("adf-schema")
    let schema = try JSONValue(parsing: try #require(files.first).bytes)
    let validator = SchemaValidator(document: Self.withoutTuples(schema))
    var read = 0
    var drafts: [(String, TicketDraft)] = SentryEventShape.allCases.map { shape in
      let (issue, event) = TicketFixtures.shape(shape)
      return (
        "\(shape)", TicketFixtures.draft(event, issue: issue, notes: "- a\n\n> b\n\n```\nc\n```")
      )
    }
    for (name, bytes) in Contracts.files("sentry/rest") {
      guard let json = try? JSONValue(parsing: bytes), json["eventID"] != nil else { continue }
      read += 1
      let draft = TicketFixtures.draft(SentryEvent(json))
      #expect(TicketFixtures.lines(draft).count > 12, "\(name)")
      drafts.append((name, draft))
    }
    #expect(read >= 3)
    for (name, draft) in drafts {
      #expect(TicketFixtures.refusal(draft) == nil, "\(name)")
      let mistakes = validator.mistakes(
        in: draft.description.json, against: ["$ref": "#/definitions/doc_node"])
      #expect(mistakes.isEmpty, "\(name): \(mistakes.prefix(3))")
    }
  }

  /// The schema's draft has lists of schemas by place; here each item may be any of them.
  private static func withoutTuples(_ schema: JSONValue) -> JSONValue {
    switch schema {
    case .array(let items): return .array(items.map(withoutTuples))
    case .object(var members):
      if case .array(let items)? = members["items"] { members["items"] = ["anyOf": .array(items)] }
      return .object(members.mapValues(withoutTuples))
    default: return schema
    }
  }
}
