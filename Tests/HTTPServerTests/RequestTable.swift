import Testing

/// Bytes to send on one connection and what must come back.
struct WireCase: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  /// The statuses in order, then the end of the connection or not.
  let statuses: [Int]
  let closes: Bool
  /// The body of the last answer, where it matters.
  let body: String?

  init(
    _ name: String, _ text: String, _ statuses: Int..., closes: Bool = false, body: String? = nil
  ) {
    self.name = name
    bytes = Array(text.utf8)
    self.statuses = statuses
    self.closes = closes
    self.body = body
  }

  init(_ name: String, bytes: [UInt8], _ statuses: Int..., closes: Bool) {
    self.name = name
    self.bytes = bytes
    self.statuses = statuses
    self.closes = closes
    body = nil
  }

  var testDescription: String { name }
}

private let host = "Host: example.org\r\n"
private func get(_ fields: String) -> String { "GET / HTTP/1.1\r\n\(host)\(fields)\r\n" }
private func post(_ fields: String, _ body: String) -> String {
  "POST / HTTP/1.1\r\n\(host)\(fields)\r\n\(body)"
}
private func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked\r\n", body) }

enum RequestTable {
  static let accepted: [WireCase] = [
    WireCase("a plain GET", get(""), 200, body: "GET / - "),
    WireCase("a query", "GET /a?b=c&d HTTP/1.1\r\n\(host)\r\n", 200, body: "GET /a b=c&d "),
    WireCase("an empty query", "GET /a? HTTP/1.1\r\n\(host)\r\n", 200, body: "GET /a  "),
    WireCase("a second ?", "GET /a?b?c HTTP/1.1\r\n\(host)\r\n", 200, body: "GET /a b?c "),
    WireCase(
      "percent-encoding is kept", "GET /%41%2F HTTP/1.1\r\n\(host)\r\n", 200,
      body: "GET /%41%2F - "),
    WireCase(
      "absolute-form", "GET http://example.org/a?b HTTP/1.1\r\n\(host)\r\n", 200,
      body: "GET /a b "),
    WireCase(
      "absolute-form without a path", "GET HTTPS://example.org HTTP/1.1\r\n\(host)\r\n", 200,
      body: "GET / - "),
    WireCase(
      "absolute-form with only a query", "GET http://example.org?b HTTP/1.1\r\n\(host)\r\n", 200,
      body: "GET / b "),
    WireCase("asterisk-form", "OPTIONS * HTTP/1.1\r\n\(host)\r\n", 200, body: "OPTIONS * - "),
    WireCase("one empty line before", "\r\n" + get(""), 200, body: "GET / - "),
    WireCase("an unknown method", "BREW /pot HTTP/1.1\r\n\(host)\r\n", 200, body: "BREW /pot - "),
    WireCase("HTTP/1.2 as 1.1", "GET / HTTP/1.2\r\n\(host)\r\n", 200),
    WireCase("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 200),
    WireCase("an IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200),
    WireCase("names of any case", "GET / HTTP/1.1\r\nhOST: a\r\n\r\n", 200),
    WireCase("no space after the colon", get("A:b\r\n"), 200),
    WireCase("white space around a value", get("A: \t b \t\r\n"), 200),
    WireCase("an empty value", get("A:\r\n"), 200),
    WireCase("bytes above 127 in a value", get("A: ü\r\n"), 200),
    WireCase("Connection: close", get("Connection: close\r\n"), 200, closes: true),
    WireCase("close in a list", get("Connection: TE , CLOSE\r\n"), 200, closes: true),
    WireCase(
      "close in a second line", get("Connection: te\r\nConnection: close\r\n"), 200, closes: true),
    WireCase("keep-alive stays open", get("Connection: keep-alive\r\n"), 200),
    WireCase("a name that contains close", get("Connection: not-close\r\n"), 200),
    WireCase("HTTP/1.0 closes", "GET / HTTP/1.0\r\n\r\n", 200, closes: true),
    WireCase(
      "HTTP/1.0 closes even with keep-alive",
      "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, closes: true),
    WireCase(
      "HTTP/1.0 with a body", "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", 200, closes: true,
      body: "POST / - hi"),
    WireCase(
      "HTTP/1.0 ignores Expect",
      "POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi", 200, closes: true),
    WireCase("a body", post("Content-Length: 2\r\n", "hi"), 200, body: "POST / - hi"),
    WireCase("a body of nothing", post("Content-Length: 0\r\n", ""), 200, body: "POST / - "),
    WireCase("leading zeros of a length", post("Content-Length: 002\r\n", "hi"), 200),
    WireCase(
      "a GET with a body", "GET / HTTP/1.1\r\n\(host)Content-Length: 2\r\n\r\nhi", 200,
      body: "GET / - hi"),
    WireCase("chunks", chunked("2\r\nhi\r\n3\r\n ho\r\n0\r\n\r\n"), 200, body: "POST / - hi ho"),
    WireCase("an empty chunked body", chunked("0\r\n\r\n"), 200, body: "POST / - "),
    WireCase(
      "hexadecimal of any case", chunked("a\r\n0123456789\r\n0A\r\n0123456789\r\n0\r\n\r\n"), 200),
    WireCase(
      "chunk extensions", chunked("2;a=b\r\nhi\r\n0 ;c=\"d\"\r\n\r\n"), 200, body: "POST / - hi"),
    WireCase("trailers", chunked("2\r\nhi\r\n0\r\nA: b\r\nC:\r\n\r\n"), 200, body: "POST / - hi"),
    WireCase("CHUNKED", post("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n"), 200),
    WireCase(
      "two pipelined", get("") + "GET /b HTTP/1.1\r\n\(host)\r\n", 200, 200, body: "GET /b - "),
    WireCase(
      "pipelined behind a body",
      post("Content-Length: 2\r\n", "hi") + chunked("1\r\na\r\n0\r\n\r\n") + get(""), 200, 200, 200,
      body: "GET / - "),
    WireCase(
      "nothing is read after close", get("Connection: close\r\n") + get(""), 200, closes: true),
    WireCase(
      "100 fields", get((1..<100).map { "A\($0): b\r\n" }.joined()), 200),
    WireCase(
      "a request line of 8 KB",
      "GET /\(String(repeating: "a", count: 8192 - 14)) HTTP/1.1\r\n\(host)\r\n",
      200),
  ]

  static let refused: [WireCase] = [
    // Line ends.
    WireCase("a bare LF after the request line", "GET / HTTP/1.1\n", 400, closes: true),
    WireCase("a bare LF after a field", "GET / HTTP/1.1\r\nHost: a\n", 400, closes: true),
    WireCase("a bare LF as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400, closes: true),
    WireCase("a bare LF at the beginning", "\n", 400, closes: true),
    WireCase("two empty lines before", "\r\n\r\n" + get(""), 400, closes: true),
    WireCase("a bare CR in a value", get("A: b\rc\r\n"), 400, closes: true),
    WireCase("a bare CR in the request line", "GET /\r HTTP/1.1\r\n\(host)\r\n", 400, closes: true),
    WireCase("CR CR LF", "GET / HTTP/1.1\r\r\n\(host)\r\n", 400, closes: true),
    // The request line.
    WireCase("no version", "GET /\r\n\r\n", 400, closes: true),
    WireCase("no target", "GET HTTP/1.1\r\n\(host)\r\n", 400, closes: true),
    WireCase("two spaces", "GET  / HTTP/1.1\r\n\(host)\r\n", 400, closes: true),
    WireCase("a tab", "GET\t/ HTTP/1.1\r\n\(host)\r\n", 400, closes: true),
    WireCase("a space at the end", "GET / HTTP/1.1 \r\n\(host)\r\n", 400, closes: true),
    WireCase("a space at the beginning", " GET / HTTP/1.1\r\n\(host)\r\n", 400, closes: true),
    WireCase("a target without a slash", "GET a HTTP/1.1\r\n\(host)\r\n", 400, closes: true),
    WireCase("an asterisk for GET", "GET * HTTP/1.1\r\n\(host)\r\n", 400, closes: true),
    WireCase("a fragment", "GET /a#b HTTP/1.1\r\n\(host)\r\n", 400, closes: true),
    WireCase("a space in the target", "GET /a b HTTP/1.1\r\n\(host)\r\n", 400, closes: true),
    WireCase(
      "a raw byte above 127 in the target", "GET /ü HTTP/1.1\r\n\(host)\r\n", 400, closes: true),
    WireCase("an empty authority", "GET http:///a HTTP/1.1\r\n\(host)\r\n", 400, closes: true),
    WireCase("a method that is no token", "G@T / HTTP/1.1\r\n\(host)\r\n", 400, closes: true),
    WireCase("CONNECT", "CONNECT a:443 HTTP/1.1\r\n\(host)\r\n", 501, closes: true),
    WireCase("http/1.1 in lower case", "GET / http/1.1\r\n\(host)\r\n", 400, closes: true),
    WireCase("HTTP/2.0", "GET / HTTP/2.0\r\n\(host)\r\n", 505, closes: true),
    WireCase("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, closes: true),
    WireCase("HTTP/1.11", "GET / HTTP/1.11\r\n\(host)\r\n", 400, closes: true),
    WireCase("HTTP/11", "GET / HTTP/11\r\n\(host)\r\n", 400, closes: true),
    WireCase("a TLS hello", bytes: [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3], 400, closes: true),
    WireCase("a NUL at the beginning", bytes: [0], 400, closes: true),
    // Fields.
    WireCase("obs-fold", get("A: b\r\n c\r\n"), 400, closes: true),
    WireCase("a folded first field", "GET / HTTP/1.1\r\n A: b\r\n\(host)\r\n", 400, closes: true),
    WireCase("a space before the colon", get("A : b\r\n"), 400, closes: true),
    WireCase("no colon", get("A\r\n"), 400, closes: true),
    WireCase("no name", get(": b\r\n"), 400, closes: true),
    WireCase("a name that is no token", get("A(b): c\r\n"), 400, closes: true),
    WireCase("a NUL in a value", get("A: b\0c\r\n"), 400, closes: true),
    WireCase("a NUL in a name", get("A\0: b\r\n"), 400, closes: true),
    WireCase("DEL in a value", get("A: b\u{7f}\r\n"), 400, closes: true),
    WireCase("no Host", "GET / HTTP/1.1\r\n\r\n", 400, closes: true),
    WireCase("two Hosts", get(host), 400, closes: true),
    WireCase("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\n\(host)\(host)\r\n", 400, closes: true),
    WireCase("a Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, closes: true),
    WireCase("a Host with a slash", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, closes: true),
    WireCase("another expectation", post("Expect: 200-ok\r\n", ""), 417, closes: true),
    // Framing.
    WireCase(
      "two equal lengths", post("Content-Length: 2\r\nContent-Length: 2\r\n", "hi"), 400,
      closes: true),
    WireCase(
      "two different lengths", post("Content-Length: 2\r\nContent-Length: 3\r\n", "hi"), 400,
      closes: true),
    WireCase("a list of lengths", post("Content-Length: 2, 2\r\n", "hi"), 400, closes: true),
    WireCase("a signed length", post("Content-Length: +2\r\n", "hi"), 400, closes: true),
    WireCase("a negative length", post("Content-Length: -2\r\n", "hi"), 400, closes: true),
    WireCase("a hexadecimal length", post("Content-Length: 0x2\r\n", "hi"), 400, closes: true),
    WireCase("an empty length", post("Content-Length:\r\n", ""), 400, closes: true),
    WireCase(
      "a length beyond 64 bits", post("Content-Length: 18446744073709551618\r\n", ""), 400,
      closes: true),
    WireCase(
      "a length and chunks", post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", ""), 400,
      closes: true),
    WireCase(
      "chunks and a length", post("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", ""), 400,
      closes: true),
    WireCase("another coding", post("Transfer-Encoding: gzip, chunked\r\n", ""), 501, closes: true),
    WireCase(
      "chunked with a parameter", post("Transfer-Encoding: chunked;a\r\n", ""), 501, closes: true),
    WireCase("an empty coding", post("Transfer-Encoding:\r\n", ""), 501, closes: true),
    WireCase(
      "chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ""),
      400,
      closes: true),
    WireCase(
      "chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
      closes: true),
    WireCase("a chunk without a size", chunked("\r\n"), 400, closes: true),
    WireCase("a chunk size that is none", chunked("x\r\n"), 400, closes: true),
    WireCase("a chunk size with 0x", chunked("0x2\r\nhi\r\n"), 400, closes: true),
    WireCase("a chunk size beyond 60 bits", chunked("1000000000000000\r\n"), 400, closes: true),
    WireCase("a chunk longer than its size", chunked("2\r\nhi!\r\n"), 400, closes: true),
    WireCase("a bare LF after a chunk size", chunked("2\nhi\r\n0\r\n\r\n"), 400, closes: true),
    WireCase("a bare LF after a chunk", chunked("2\r\nhi\n0\r\n\r\n"), 400, closes: true),
    WireCase(
      "a chunk line without end", chunked("2;" + String(repeating: "a", count: 300)), 400,
      closes: true),
    WireCase("a NUL in an extension", chunked("2;\0\r\n"), 400, closes: true),
    WireCase("a trailer that is none", chunked("0\r\nA b\r\n\r\n"), 400, closes: true),
    WireCase(
      "trailers without end",
      chunked(
        "0\r\n" + String(repeating: "A: \(String(repeating: "b", count: 200))\r\n", count: 50)),
      431, closes: true),
    // Sizes.
    WireCase(
      "a longer request line", "GET /" + String(repeating: "a", count: 8192), 414, closes: true),
    WireCase(
      "a longer request line with its end",
      "GET /\(String(repeating: "a", count: 8192 - 13)) HTTP/1.1\r\n\(host)\r\n", 414, closes: true),
    WireCase(
      "a field without end",
      String(get("").dropLast(2)) + "A: " + String(repeating: "b", count: 33_000), 431, closes: true
    ),
    WireCase("101 fields", get((1..<101).map { "A\($0): b\r\n" }.joined()), 431, closes: true),
    WireCase(
      "a declared body over the route's limit", post("Content-Length: 1001\r\n", ""), 413,
      closes: true),
    WireCase(
      "a chunked body over the route's limit",
      chunked("3e8\r\n\(String(repeating: "a", count: 1000))\r\n1\r\na\r\n"), 413, closes: true),
    // Whatever follows a refused request is never read as one.
    WireCase(
      "a request behind a refused one", "GET / HTTP/1.1\r\n\r\n" + get(""), 400, closes: true),
    WireCase(
      "a request inside a refused body",
      post("Content-Length: 2000\r\n", get("")), 413, closes: true),
  ]
}
