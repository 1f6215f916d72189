import Glibc
import HTTPTypes
import Testing

@testable import HTTPServer

/// The parsers on their own, where each split is certain to be seen.
@Suite struct ParserTests {
  @Test(arguments: RequestTable.accepted + RequestTable.refused)
  func `a head means the same however it is split`(_ wire: WireCase) {
    let whole = outcome(feeding: [wire.bytes.count], wire.bytes)
    #expect(outcome(feeding: Array(1...wire.bytes.count), wire.bytes) == whole)
    for split in stride(from: 1, to: wire.bytes.count, by: max(1, wire.bytes.count / 200)) {
      #expect(outcome(feeding: [split, wire.bytes.count], wire.bytes) == whole)
    }
  }

  /// The length of the head or the status, after the parser saw so many bytes each time.
  private func outcome(feeding counts: [Int], _ bytes: [UInt8]) -> String {
    var parser = HeadParser()
    do throws(HTTPError) {
      for count in counts {
        let slice = Array(bytes[..<count])
        let result: Result<HeadLayout?, HTTPError> = slice.withUnsafeBytes { raw in
          do throws(HTTPError) { return .success(try parser.parse(raw, Limits())) } catch {
            return .failure(error)
          }
        }
        if let layout = try result.get() { return "\(layout.length) \(layout.fields)" }
      }
      return "incomplete"
    } catch {
      return "\(error.status.code)"
    }
  }

  private static let chunks =
    "5;name=value\r\nhello\r\n1 ; a\r\n \r\n0005\r\nworld\r\n0\r\nA: b\r\nC: \r\n\r\n"

  @Test(arguments: [1, 2, 3, 7, 1000], [1, 4, 1000])
  func `a chunked body means the same however it is split`(_ step: Int, _ room: Int) throws {
    let bytes = Array((Self.chunks + "GET").utf8)
    var decoder = ChunkDecoder()
    var body: [UInt8] = []
    var used = 0
    var seen = 0
    while !decoder.isFinished {
      seen = min(bytes.count, seen + step)
      used += try bytes[used..<seen].withUnsafeBytes { raw in
        try decoder.decode(raw, into: &body, limit: room)
      }
    }
    #expect(String(decoding: body, as: UTF8.self) == "hello world")
    #expect(bytes[used...].elementsEqual("GET".utf8))
  }

  @Test func `a date is written as RFC 9110 wants it`() {
    var parts = tm()
    parts.tm_sec = 37
    parts.tm_min = 49
    parts.tm_hour = 8
    parts.tm_mday = 6
    parts.tm_mon = 10
    parts.tm_year = 94
    parts.tm_wday = 0
    #expect(
      String(decoding: HTTPDate.format(parts), as: UTF8.self) == "Sun, 06 Nov 1994 08:49:37 GMT")
  }
}
