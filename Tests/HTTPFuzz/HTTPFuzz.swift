import Glibc
import HTTPTypes

// Compiled by scripts/fuzz into one module with Sources/HTTPServer.

/// libFuzzer's entry. The first byte says how the rest is cut into pieces: whatever the cut, the
/// parsers must say the same as of the whole, use no more than they were given, and never trap.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start, count > 1 else { return 0 }
  let input = UnsafeRawBufferPointer(start: start + 1, count: count - 1)
  let step = max(1, Int(start[0]))
  let head = parseHead(input, step: input.count)
  require(head == parseHead(input, step: step), "the head depends on its pieces")
  let body = decodeChunks(input, step: input.count, room: input.count)
  require(body == decodeChunks(input, step: step, room: step), "the body depends on its pieces")
  return 0
}

private func require(_ condition: Bool, _ message: String) {
  if !condition { fatalError(message) }
}

/// What a parser made of some bytes.
private enum Outcome: Equatable {
  case incomplete
  case refused
  case head(length: Int, fields: Int, path: String)
  case body(length: Int, content: [UInt8])
}

private func parseHead(_ input: UnsafeRawBufferPointer, step: Int) -> Outcome {
  var parser = HeadParser()
  var seen = 0
  do throws(HTTPError) {
    while seen < input.count {
      seen = min(input.count, seen + step)
      let bytes = UnsafeRawBufferPointer(rebasing: input[..<seen])
      guard let layout = try parser.parse(bytes, Limits()) else { continue }
      require(layout.length <= seen, "the head is longer than the input")
      let lines = UnsafeRawBufferPointer(rebasing: input[..<layout.length])
      let head = try RequestHead(lines, layout)
      return .head(length: layout.length, fields: head.fields.count, path: head.target.path)
    }
    return .incomplete
  } catch {
    return .refused
  }
}

private func decodeChunks(_ input: UnsafeRawBufferPointer, step: Int, room: Int) -> Outcome {
  var decoder = ChunkDecoder()
  var content: [UInt8] = []
  var used = 0
  var seen = 0
  do throws(HTTPError) {
    while seen < input.count, !decoder.isFinished {
      seen = min(input.count, seen + step)
      while true {
        let rest = UnsafeRawBufferPointer(rebasing: input[used..<seen])
        let before = content.count
        let count = try decoder.decode(rest, into: &content, limit: room)
        require(count <= rest.count && content.count - before <= room, "more than was given")
        used += count
        if count == 0 || decoder.isFinished { break }
      }
    }
    return decoder.isFinished ? .body(length: used, content: content) : .incomplete
  } catch {
    return .refused
  }
}
