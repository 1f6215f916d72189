import HTTPTypes

/// Where the parts of a head lie in its bytes, and what its framing fields say.
struct HeadLayout {
  struct Field {
    var name: Range<Int>
    var value: Range<Int>
  }

  enum Framing: Equatable {
    case none
    case length(Int)
    case chunked
  }

  var length = 0
  var method = 0..<0
  var target = 0..<0
  var minorVersion = 1
  var fields: [Field] = []
  var framing = Framing.none
  var closes = false
  var expectsContinue = false
  private var hosts = 0

  mutating func readRequestLine(_ line: Range<Int>, _ bytes: UnsafeRawBufferPointer)
    throws(HTTPError)
  {
    var index = line.lowerBound
    while index < line.upperBound, Grammar.isToken(bytes[index]) { index += 1 }
    method = line.lowerBound..<index
    guard !method.isEmpty, index < line.upperBound, bytes[index] == 32 else {
      throw .badRequest("The request line does not begin with a method and one space.")
    }
    let start = index + 1
    index = start
    while index < line.upperBound, Grammar.isTarget(bytes[index]) { index += 1 }
    target = start..<index
    guard !target.isEmpty, index < line.upperBound, bytes[index] == 32 else {
      throw .badRequest("The request target is empty or holds characters that must be encoded.")
    }
    try readVersion(index + 1..<line.upperBound, bytes)
  }

  private mutating func readVersion(_ range: Range<Int>, _ bytes: UnsafeRawBufferPointer)
    throws(HTTPError)
  {
    let version = UnsafeRawBufferPointer(rebasing: bytes[range])
    guard version.count == 8, version.starts(with: "HTTP/".utf8), Grammar.isDigit(version[5]),
      version[6] == 46, Grammar.isDigit(version[7])
    else { throw .badRequest("The request line does not end in an HTTP version.") }
    guard version[5] == 49 else {
      throw HTTPError(.httpVersionNotSupported, "This server speaks HTTP/1.1.")
    }
    minorVersion = Int(version[7] - 48)
  }

  mutating func readField(_ line: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws(HTTPError) {
    var index = line.lowerBound
    while index < line.upperBound, Grammar.isToken(bytes[index]) { index += 1 }
    // Also what refuses obs-fold (no name) and white space before the colon.
    guard index > line.lowerBound, index < line.upperBound, bytes[index] == 58 else {
      throw .badRequest("A header field is not of the form `name: value`.")
    }
    let name = line.lowerBound..<index
    var start = index + 1
    var end = line.upperBound
    while start < end, bytes[start] == 32 || bytes[start] == 9 { start += 1 }
    while end > start, bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
    for at in start..<end where !Grammar.isFieldValue(bytes[at]) {
      throw .badRequest("A header field holds a control character.")
    }
    fields.append(Field(name: name, value: start..<end))
    try interpret(
      UnsafeRawBufferPointer(rebasing: bytes[name]),
      UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
  }

  private mutating func interpret(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer)
    throws(HTTPError)
  {
    switch name.count {
    case 4 where name.equals("host"):
      hosts += 1
      guard value.allSatisfy(Grammar.isHost) else { throw .badRequest("Host is no host name.") }
    case 6 where name.equals("expect"):
      guard value.equals("100-continue") else {
        throw HTTPError(.expectationFailed, "Only 100-continue can be expected.")
      }
      expectsContinue = true
    case 10 where name.equals("connection"):
      if value.listContains("close") { closes = true }
    case 14 where name.equals("content-length"):
      guard framing == .none else {
        throw .badRequest("Content-Length is repeated or beside Transfer-Encoding.")
      }
      framing = .length(try Self.length(value))
    case 17 where name.equals("transfer-encoding"):
      guard framing == .none else {
        throw .badRequest("Transfer-Encoding is repeated or beside Content-Length.")
      }
      guard value.equals("chunked") else {
        throw HTTPError(.notImplemented, "The only transfer coding is chunked.")
      }
      framing = .chunked
    default: break
    }
  }

  private static func length(_ value: UnsafeRawBufferPointer) throws(HTTPError) -> Int {
    guard (1...18).contains(value.count), value.allSatisfy(Grammar.isDigit) else {
      throw .badRequest("Content-Length is no number.")
    }
    return value.reduce(0) { $0 * 10 + Int($1 - 48) }
  }

  /// The rules over the whole head.
  mutating func validate() throws(HTTPError) {
    guard hosts == 1 || (hosts == 0 && minorVersion == 0) else {
      throw .badRequest("A request needs exactly one Host.")
    }
    if minorVersion == 0 {
      guard framing != .chunked else { throw .badRequest("HTTP/1.0 has no transfer codings.") }
      closes = true
      expectsContinue = false
    }
    if framing == .none || framing == .length(0) { expectsContinue = false }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether it is `text`, which is given in lower case; ASCII letters of any case are equal.
  func equals(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count {
      let byte = self[index]
      let lower = byte &- 65 < 26 ? byte | 32 : byte
      if lower != text.utf8Start[index] { return false }
    }
    return true
  }

  /// Whether the comma-separated list holds `text`.
  func listContains(_ text: StaticString) -> Bool {
    split(separator: 44).contains { element in
      var (start, end) = (element.startIndex, element.endIndex)
      while start < end, self[start] == 32 || self[start] == 9 { start += 1 }
      while end > start, self[end - 1] == 32 || self[end - 1] == 9 { end -= 1 }
      return UnsafeRawBufferPointer(rebasing: self[start..<end]).equals(text)
    }
  }
}
