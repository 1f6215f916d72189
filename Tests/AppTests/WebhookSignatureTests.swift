import Testing

@testable import App

@Suite struct WebhookSignatureTests {
  /// Atlassian's published vector.
  static let code = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
  static let secret = "It's a Secret to Everybody"

  struct Case: Sendable, CustomTestStringConvertible {
    var source = WebhookSource.jira
    var field: String?
    var body = "Hello World!"
    var secret: String? = WebhookSignatureTests.secret
    var refusal: WebhookSignature.Refusal?
    var testDescription: String { "\(source) \(field ?? "nothing")" }
  }

  @Test(arguments: [
    Case(field: "sha256=\(code)"), Case(field: "SHA256=\(code.uppercased())"),
    Case(source: .sentry, field: code),
    Case(field: nil, refusal: .unsigned), Case(field: "", refusal: .unsigned),
    Case(field: code, refusal: .unsigned), Case(field: "sha1=\(code)", refusal: .unsigned),
    Case(field: "sha256=", refusal: .unsigned),
    Case(field: "sha256=\(code.dropLast())", refusal: .forged),
    Case(field: "sha256=\(code)", body: "Hello World?", refusal: .forged),
    Case(field: "sha256=\(code)", secret: "another", refusal: .forged),
    Case(field: "sha256=\(code)", secret: nil, refusal: .noSecret),
    Case(source: .sentry, field: "sha256=\(code)", refusal: .forged),
    Case(source: .sentry, field: nil, secret: "", refusal: .noSecret),
  ])
  func `only the signature of these bytes with our secret is right`(_ one: Case) {
    #expect(
      WebhookSignature.refusal(
        one.source, field: one.field, body: Array(one.body.utf8), secret: one.secret)
        == one.refusal)
  }
}
