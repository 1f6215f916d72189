import HTTPServer
import HTTPTypes
import Testing

@testable import RESTClient

@Suite struct VendorWordsTests {
  @Test(arguments: [
    (#"{"errorMessages":["One.","Two."],"errors":{}}"#, "One.; Two."),
    (
      #"{"errorMessages":[],"errors":{"customfield_1":"Severity is required."}}"#,
      "customfield_1: Severity is required."
    ),
    (
      #"{"code":401,"message":"Unauthorized; scope does not match"}"#,
      "Unauthorized; scope does not match"
    ),
    (
      #"{"statusDetails":{"inNextRelease":["No release data present."]}}"#,
      "statusDetails.inNextRelease: No release data present."
    ),
    (
      #"{"detail":[{"loc":["body","status"],"msg":"Input should be a string","type":"string_type"}]}"#,
      "body.status: Input should be a string"
    ),
    (
      #"{"detail":{"code":"sso-required","message":"Must login via SSO","extra":{"loginUrl":"/x"}}}"#,
      "Must login via SSO; extra.loginUrl: /x"
    ),
    (
      #""You are attempting to use this endpoint too frequently""#,
      "You are attempting to use this endpoint too frequently"
    ),
    (#"["first","second"]"#, "first; second"),
    (
      #"{"assignedTo":["Unknown actor input"],"status":["\"x\" is not a valid choice."]}"#,
      "assignedTo: Unknown actor input; status: \"x\" is not a valid choice."
    ),
    (
      #"{"issues":[],"errors":[{"status":400,"elementErrors":{"errorMessages":[],"errors":{"summary":"Too long."},"status":400},"failedElementNumber":0}]}"#,
      "summary: Too long."
    ),
    (
      #"{"error":"invalid_grant","error_description":"The token is revoked."}"#,
      "invalid_grant; The token is revoked."
    ),
    (#"{"non_field_errors":["Nothing fits."]}"#, "Nothing fits."),
    ("plain words\n", "plain words"),
  ])
  func `what a vendor says is quoted whole`(body: String, words: String) {
    #expect(VendorWords.text(of: Array(body.utf8), contentType: "application/json") == words)
  }

  @Test(arguments: ["", "{}", "[]", "null", "17", #"{"errors":{}}"#, "\u{0}\u{1} "])
  func `a body without words has none`(body: String) {
    #expect(VendorWords.text(of: Array(body.utf8), contentType: "application/json") == nil)
  }

  @Test func `of a web page only the text is left`() throws {
    let page = """
      <!doctype html><HTML><head><title>Access &amp; denial</title><style>h1{color:red}</style>
      <script>document.write("<h1>no</h1>")</script></head><body onload="x()"><!-- hidden <b>x</b> -->
      <h1>Access &amp; denial</h1><p>The IP&nbsp;address &#49;0.0.0.1 was &lt;script&gt;rejected&lt;/script&gt;.</p>
      </body></HTML>
      """
    let words = try #require(VendorWords.text(of: Array(page.utf8), contentType: "text/html"))
    #expect(words == "Access & denial The IP address 10.0.0.1 was script rejected /script .")
    let bare = VendorWords.text(of: Array("<html>cut <b>in the".utf8), contentType: nil)
    #expect(bare == "cut in the")
    let long = "<title>t</title>" + String(repeating: "word ", count: 1000)
    #expect((VendorWords.text(of: Array(long.utf8), contentType: "text/html") ?? "").count <= 300)
  }

  @Test func `marks that turn the text around it are taken out`() {
    #expect(VendorWords.line("a\u{202E}b\u{2066}c\u{7}d\u{200B}e\r\nf\u{2028}g") == "abc de f g")
    #expect(VendorWords.line("  \u{FEFF} ").isEmpty)
    let body = #"{"message":"evil \u202e gnp.exe\u0007 end"}"#
    #expect(VendorWords.text(of: Array(body.utf8), contentType: nil) == "evil gnp.exe end")
  }

  @Test func `a deep or long body ends`() throws {
    let deep =
      String(repeating: #"{"a":"#, count: 200) + #""x""# + String(repeating: "}", count: 200)
    _ = VendorWords.text(of: Array(deep.utf8), contentType: nil)
    let long = "[" + (0..<900).map { #""message number \#($0)""# }.joined(separator: ",") + "]"
    let words = try #require(VendorWords.text(of: Array(long.utf8), contentType: nil))
    #expect(words.count == 1000)
    #expect(words.hasSuffix("…"))
  }

  @Test func `fields are named by the vendor's own names`() throws {
    let body = try JSONValue(
      parsing: Array(
        #"{"errorMessages":["No."],"errors":{"summary":"Too long.","a/b":["x","y"]}}"#.utf8))
    let found = VendorWords.fieldErrors(of: body)
    #expect(found.map(\.field) == ["a/b", "summary"])
    #expect(found.map(\.words) == ["x; y", "Too long."])
    let nested = try JSONValue(
      parsing: Array(
        #"{"statusDetails":{"inNextRelease":["None."]},"status":400,"detail":"d"}"#.utf8))
    #expect(VendorWords.fieldErrors(of: nested).map(\.field) == ["statusDetails"])
  }

  @Test(arguments: ["Basic Ym9iOnMzY3JldC10b2tlbg==", "Bearer s3cret-token"])
  func `a credential that a vendor sends back is hidden`(authorization: String) async throws {
    let peer = try Peer { request in
      Response(
        status: .badRequest,
        body: .bytes(
          Array(
            "You sent \(request.headerFields[.authorization] ?? ""), which is s3cret-token".utf8)))
    }
    let client = RESTClient(
      baseURL: peer.url, authorization: authorization, transport: try CurlTransport(policy: nil))
    let error = try await #require(throws: RESTError.self) {
      try await client.send(RESTClient.Request("GET", "/", endpoint: "x"))
    }
    let said = "\(error) \(error.bodyValue)"
    #expect(said.contains("[secret]"))
    #expect(!said.contains("s3cret"))
    #expect(!said.contains("Ym9i"))
    #expect(error.baseURL == peer.url)
    await peer.close()
  }
}
