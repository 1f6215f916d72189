import Foundation

/// What the list of deliveries shows of a body, found in one pass over its bytes: a delivery is stored
/// many a millisecond, and parsing each whole would cost more than storing it.
struct DeliveryPeek: Sendable, Equatable {
  /// Jira's `webhookEvent`.
  var webhookEvent: String?
  /// Sentry's `action`.
  var action: String?
  /// The vendor's id, else the key, of the issue it is about.
  var subject: String?
  /// Jira's `timestamp`.
  var sentAt: Date?
  /// The status that the body states of a Sentry issue, in its words or by its action.
  var status: String? { issueStatus ?? action.flatMap { Self.statuses[$0] } }

  private var issueStatus: String?
  private static let statuses = [
    "resolved": "resolved", "unresolved": "unresolved", "archived": "ignored", "ignored": "ignored",
  ]

  /// Never fails: what is malformed is not found.
  init(_ body: [UInt8]) {
    body.withUnsafeBufferPointer { bytes in
      var cursor = JSONCursor(bytes: bytes)
      var issue: (id: String?, key: String?)
      cursor.members { name, cursor in
        switch name {
        case "webhookEvent": webhookEvent = cursor.scalar()
        case "action": action = cursor.scalar()
        case "timestamp": sentAt = cursor.scalar().flatMap(Self.date)
        case "issue":
          var status: String?
          issue = Self.issue(&cursor, &status)
        case "data":
          cursor.members { name, cursor in
            if name == "issue" {
              issue = Self.issue(&cursor, &issueStatus)
            } else {
              cursor.skip()
            }
          }
        default: cursor.skip()
        }
      }
      subject = issue.id ?? issue.key
    }
  }

  private static func issue(_ cursor: inout JSONCursor, _ status: inout String?) -> (
    id: String?, key: String?
  ) {
    var found: (id: String?, key: String?)
    cursor.members { name, cursor in
      switch name {
      case "id": found.id = cursor.scalar()
      case "key": found.key = cursor.scalar()
      case "status": status = cursor.scalar()
      default: cursor.skip()
      }
    }
    return found
  }

  /// - Parameter text: milliseconds since 1970, in 13 digits.
  private static func date(_ text: String) -> Date? {
    guard text.utf8.count == 13, let milliseconds = Double(text) else { return nil }
    return Date(timeIntervalSince1970: milliseconds / 1000)
  }
}

/// Walks over JSON without building anything. On malformed input it stops moving.
private struct JSONCursor {
  /// Longest scalar that is read.
  static let longest = 200

  let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private mutating func next() -> UInt8? {
    while index < bytes.count {
      let byte = bytes[index]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      index += 1
    }
    return nil
  }

  /// Hands every member of an object to `body`, which must read or skip its value; skips any other
  /// value.
  mutating func members(_ body: (String, inout JSONCursor) -> Void) {
    guard next() == UInt8(ascii: "{") else { return skip() }
    index += 1
    while let byte = next(), byte != UInt8(ascii: "}") {
      if byte == UInt8(ascii: ",") { index += 1 }
      guard next() == UInt8(ascii: "\""), let name = string(), next() == UInt8(ascii: ":") else {
        return index = bytes.count
      }
      index += 1
      let before = index
      body(name, &self)
      guard index > before else { return index = bytes.count }
    }
    index = min(bytes.count, index + 1)
  }

  /// A string, or a number as text; nil for any other value, which is skipped.
  mutating func scalar() -> String? {
    guard let first = next() else { return nil }
    if first == UInt8(ascii: "\"") { return string() }
    guard first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else {
      skip()
      return nil
    }
    let start = index
    skip()
    return index - start <= Self.longest
      ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
  }

  /// The string that begins here; nil for one that is too long or has escapes, which is passed.
  private mutating func string() -> String? {
    let start = index + 1
    let hasEscapes = skipString()
    let end = index - 1
    guard !hasEscapes, end >= start, end - start <= Self.longest else { return nil }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// - Returns: whether there were escapes.
  private mutating func skipString() -> Bool {
    index += 1
    guard let start = bytes.baseAddress, index < bytes.count else { return false }
    var hasEscapes = false
    while let quote = memchr(start + index, 0x22, bytes.count - index) {
      let end = start.distance(to: quote.assumingMemoryBound(to: UInt8.self))
      guard let escape = memchr(start + index, 0x5C, end - index) else {
        index = end + 1
        return hasEscapes
      }
      hasEscapes = true
      index = start.distance(to: escape.assumingMemoryBound(to: UInt8.self)) + 2
    }
    index = bytes.count
    return hasEscapes
  }

  mutating func skip() {
    var depth = 0
    while let byte = next() {
      switch byte {
      case UInt8(ascii: "\""): _ = skipString()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        index += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return }
        depth -= 1
        index += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        if depth == 0 { return }
        index += 1
      default: index += 1
      }
      if depth == 0, isAtEnd { return }
    }
  }

  /// Whether what stands here ends a value.
  private var isAtEnd: Bool {
    guard index < bytes.count else { return true }
    return [UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x0A, 0x0D, 0x09]
      .contains(bytes[index])
  }
}
