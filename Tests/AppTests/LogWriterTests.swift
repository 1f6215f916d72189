import Foundation
import Glibc
import TestSupport
import Testing

@testable import App

@Suite struct LogWriterTests {
  private func pipe() -> (reader: Int32, writer: Int32) {
    var ends: [Int32] = [0, 0]
    #expect(Glibc.pipe(&ends) == 0)
    return (ends[0], ends[1])
  }

  private func read(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  @Test func `lines are written in their order`() throws {
    let (reader, writer) = pipe()
    let log = LogWriter(descriptor: writer)
    for number in 0..<3 { log.write(Array("line \(number)".utf8)) }
    log.flush(within: .seconds(10))
    #expect(read(reader) == "line 0\nline 1\nline 2\n")
  }

  @Test func `a reader that has gone ends nothing`() throws {
    let (reader, writer) = pipe()
    close(reader)
    let log = LogWriter(descriptor: writer)
    for _ in 0..<100 { log.write(Array("line".utf8)) }
    log.flush(within: .seconds(10))
    log.write(Array("line".utf8))
    log.flush(within: .seconds(10))
  }

  @Test func `a reader that does not read costs lines, not time`() async throws {
    let (reader, writer) = pipe()
    let log = LogWriter(descriptor: writer)
    let line = [UInt8](repeating: 65, count: 1 << 16)
    for _ in 0..<200 { log.write(line) }
    // Then it reads: what there was room for comes, and the rest is counted.
    var text = ""
    while !text.contains("log.lines.dropped") { text += read(reader).suffix(200) }
    #expect(text.contains(#""message":"log.lines.dropped""#))
  }
}
