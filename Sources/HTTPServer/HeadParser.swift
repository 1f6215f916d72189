import HTTPTypes
import Glibc

/// Reads a request head (RFC 9112, strictly) where it lies, line by line as bytes arrive.
///
/// Refused: a line that ends in LF without CR, obs-fold, white space before the colon, control
/// characters (NUL, bare CR), names that are no tokens, a Host that is missing, repeated or no host,
/// lengths that are repeated, no digits, or beside Transfer-Encoding.
struct HeadParser {
  private var scanned = 0
  private var lineStart = 0
  private var stage = Stage.beforeRequestLine(emptyLines: 0)
  private var layout = HeadLayout()

  private enum Stage {
    case beforeRequestLine(emptyLines: Int)
    case fields
  }

  /// Reads on. `bytes` begins with the first byte of the head and holds at least what the last call
  /// was given.
  ///
  /// - Returns: The head, when its empty line has arrived.
  mutating func parse(_ bytes: UnsafeRawBufferPointer, _ limits: Limits) throws(HTTPError)
    -> HeadLayout?
  {
    if let first = bytes.first, first != 13, !Grammar.isToken(first) {
      throw .badRequest("This is no HTTP request.")
    }
    while let lineFeed = bytes.firstOffset(of: 10, from: scanned) {
      guard lineFeed > lineStart, bytes[lineFeed - 1] == 13 else {
        throw .badRequest("A line of the head does not end in CR LF.")
      }
      let line = lineStart..<lineFeed - 1
      scanned = lineFeed + 1
      lineStart = scanned
      if try read(line, bytes, limits) {
        guard scanned <= limits.headBytes else { throw Self.tooLarge(limits) }
        layout.length = scanned
        try layout.validate()
        return layout
      }
    }
    scanned = bytes.count
    try checkUnfinished(limits)
    return nil
  }

  /// - Returns: Whether the head is complete.
  private mutating func read(
    _ line: Range<Int>, _ bytes: UnsafeRawBufferPointer, _ limits: Limits
  ) throws(HTTPError) -> Bool {
    switch stage {
    case .beforeRequestLine(let emptyLines):
      if line.isEmpty {
        // RFC 9112, 2.2: an empty line before the request line is ignored; more than one is not.
        guard emptyLines == 0 else { throw .badRequest("The request begins with empty lines.") }
        stage = .beforeRequestLine(emptyLines: 1)
        return false
      }
      guard line.count <= limits.requestLineBytes else { throw Self.lineTooLong(limits) }
      try layout.readRequestLine(line, bytes)
      stage = .fields
    case .fields:
      if line.isEmpty { return true }
      guard line.upperBound <= limits.headBytes, layout.fields.count < limits.headFields else {
        throw Self.tooLarge(limits)
      }
      try layout.readField(line, bytes)
    }
    return false
  }

  private func checkUnfinished(_ limits: Limits) throws(HTTPError) {
    if case .beforeRequestLine = stage, scanned - lineStart > limits.requestLineBytes + 1 {
      throw Self.lineTooLong(limits)
    }
    guard scanned <= limits.headBytes else { throw Self.tooLarge(limits) }
  }

  private static func lineTooLong(_ limits: Limits) -> HTTPError {
    HTTPError(
      .uriTooLong, "The request line is longer than \(limits.requestLineBytes) bytes.")
  }

  private static func tooLarge(_ limits: Limits) -> HTTPError {
    HTTPError(
      .requestHeaderFieldsTooLarge,
      "The head has more than \(limits.headBytes) bytes or \(limits.headFields) fields.")
  }
}

extension UnsafeRawBufferPointer {
  func firstOffset(of byte: UInt8, from start: Int) -> Int? {
    guard start < count, let base = baseAddress else { return nil }
    guard let hit = memchr(base + start, Int32(byte), count - start) else { return nil }
    return UnsafeRawPointer(hit) - base
  }
}
