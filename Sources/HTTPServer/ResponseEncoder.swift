import HTTPTypes

/// Writes the head of an answer.
struct ResponseEncoder {
  enum Framing: Equatable {
    /// 1xx, 204, 304: neither a body nor a length.
    case bodiless
    case length(Int)
    case chunked
    /// HTTP/1.0 only.
    case untilClose
  }

  /// Fields the server alone decides about.
  private static let owned: Set = ["content-length", "transfer-encoding", "connection", "date"]

  static func framing(_ response: Response, minorVersion: Int) -> Framing {
    let code = response.status.code
    if code < 200 || code == 204 || code == 304 { return .bodiless }
    switch response.body {
    case .silence: return .bodiless
    case .empty: return .length(0)
    case .bytes(let bytes): return .length(bytes.count)
    case .stream(let length?, _): return .length(max(0, length))
    case .stream(nil, _): return minorVersion == 0 ? .untilClose : .chunked
    }
  }

  static func wantsClose(_ response: Response) -> Bool {
    guard !response.headerFields.isEmpty, let value = response.headerFields[.connection] else {
      return false
    }
    return Array(value.utf8).withUnsafeBytes { $0.listContains("close") }
  }

  /// Field names and values need no check for CR, LF or NUL here: `HTTPField.Name` takes only tokens
  /// and `HTTPField` replaces what is no field value by spaces, however it is made.
  static func appendHead(
    _ response: Response, _ framing: Framing, closes: Bool, date: [UInt8], to out: inout [UInt8]
  ) {
    out.append("HTTP/1.1 ")
    out.appendDecimal(response.status.code)
    out.append(32)
    out.append(response.status.reasonPhrase)
    for field in response.headerFields where !owned.contains(field.name.canonicalName) {
      out.append(13)
      out.append(10)
      out.append(field.name.rawName)
      out.append(": ")
      field.withUnsafeBytesOfValue { out.append(contentsOf: $0) }
    }
    switch framing {
    case .length(let count):
      out.append("\r\nContent-Length: ")
      out.appendDecimal(count)
    case .chunked: out.append("\r\nTransfer-Encoding: chunked")
    case .bodiless, .untilClose: break
    }
    out.append("\r\nDate: ")
    out.append(contentsOf: date)
    out.append(closes ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n")
  }

  /// The line before a chunk.
  static func chunkLine(_ count: Int) -> [UInt8] {
    Array((String(count, radix: 16) + "\r\n").utf8)
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ text: String) {
    append(contentsOf: text.utf8)
  }

  fileprivate mutating func appendDecimal(_ number: Int) {
    var divisor = 1
    while number / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(48 + number / divisor % 10))
      divisor /= 10
    }
  }
}
