/// An answer as it came over the wire.
package struct RawHTTPAnswer: Sendable {
  package var status: Int
  /// Names in lower case.
  package var fields: [(name: String, value: String)]
  package var body: [UInt8]

  package var text: String { String(decoding: body, as: UTF8.self) }
  package var closes: Bool { self["connection"] == "close" }

  package subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}

extension RawHTTPClient {
  /// The next answer, with its body read as its own framing says.
  ///
  /// - Returns: nil when the stream ends before a whole answer.
  package func readAnswer(toHead: Bool = false) async throws -> RawHTTPAnswer? {
    guard let head = try await read(through: "\r\n\r\n") else { return nil }
    let lines = head.split(separator: "\r\n")
    let parts =
      lines.first?.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false) ?? []
    guard parts.count == 3, parts[0] == "HTTP/1.1", let status = Int(parts[1]) else {
      throw NeverHappened(description: "a status line instead of \(head.debugDescription)")
    }
    let fields = lines.dropFirst().map { line in
      let pair = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (name: pair[0].lowercased(), value: pair.count > 1 ? String(pair[1].dropFirst()) : "")
    }
    var answer = RawHTTPAnswer(status: status, fields: fields, body: [])
    if toHead || status < 200 || status == 204 || status == 304 { return answer }
    if let length = answer["content-length"].flatMap({ Int($0) }) {
      guard let body = try await read(count: length) else { return nil }
      answer.body = body
    } else if answer["transfer-encoding"] == "chunked" {
      guard let body = try await readChunks() else { return nil }
      answer.body = body
    } else {
      answer.body = try await readToEnd()
    }
    return answer
  }

  private func readChunks() async throws -> [UInt8]? {
    var body: [UInt8] = []
    while true {
      guard let line = try await read(through: "\r\n"), let size = Int(line.dropLast(1), radix: 16)
      else { return nil }
      guard let chunk = try await read(count: size + 2) else { return nil }
      guard chunk.suffix(2) == [13, 10] else {
        throw NeverHappened(description: "a chunk ended in CR LF")
      }
      body += chunk.dropLast(2)
      if size == 0 { return body }
    }
  }
}
