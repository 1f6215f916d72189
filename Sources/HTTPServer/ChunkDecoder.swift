import HTTPTypes

/// Takes the chunked coding (RFC 9112, 7.1) off a body as its bytes arrive. Extensions and trailers
/// are checked and thrown away.
struct ChunkDecoder {
  static let lineBytes = 256
  /// What all extensions, and all trailers, of a body may have together: without it a client could
  /// keep the server reading lines for ever.
  static let overheadBytes = 8 * 1024

  private enum Stage {
    case size
    case data(left: Int)
    case endOfData
    case trailers
    case finished
  }
  private var stage = Stage.size
  private var extensionBytes = 0
  private var trailerBytes = 0

  var isFinished: Bool { if case .finished = stage { true } else { false } }

  /// Decodes from the front of `input`, appending at most `limit` bytes to `output`.
  ///
  /// - Returns: How much of `input` was used; the rest is to be given again with more behind it.
  mutating func decode(
    _ input: UnsafeRawBufferPointer, into output: inout [UInt8], limit: Int
  ) throws(HTTPError) -> Int {
    var used = 0
    var room = limit
    while true {
      switch stage {
      case .data(let left):
        let count = min(left, input.count - used, room)
        if count == 0 { return used }
        output.append(contentsOf: input[used..<used + count])
        used += count
        room -= count
        stage = left == count ? .endOfData : .data(left: left - count)
      case .finished:
        return used
      case .size, .endOfData, .trailers:
        let rest = UnsafeRawBufferPointer(rebasing: input[used...])
        guard let line = try Self.line(rest) else { return used }
        try read(UnsafeRawBufferPointer(rebasing: rest[..<line]))
        used += line + 2
      }
    }
  }

  /// The length of the line at the front without its CR LF; nil when it has not arrived as a whole.
  private static func line(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) -> Int? {
    guard let lineFeed = bytes.firstOffset(of: 10, from: 0) else {
      guard bytes.count <= lineBytes + 1 else { throw .badRequest("A chunk's line is too long.") }
      return nil
    }
    guard lineFeed > 0, bytes[lineFeed - 1] == 13 else {
      throw .badRequest("A line of the chunked body does not end in CR LF.")
    }
    guard lineFeed - 1 <= lineBytes else { throw .badRequest("A chunk's line is too long.") }
    return lineFeed - 1
  }

  private mutating func read(_ line: UnsafeRawBufferPointer) throws(HTTPError) {
    switch stage {
    case .size: try readSize(line)
    case .endOfData:
      guard line.isEmpty else { throw .badRequest("A chunk is longer than its size says.") }
      stage = .size
    case .trailers: try readTrailer(line)
    case .data, .finished: break
    }
  }

  private mutating func readSize(_ line: UnsafeRawBufferPointer) throws(HTTPError) {
    var size = 0
    var digits = 0
    while digits < line.count, let value = Grammar.hexValue(line[digits]) {
      size = size << 4 | Int(value)
      digits += 1
      guard digits <= 15 else { throw .badRequest("A chunk's size is too large.") }
    }
    let rest = line[digits...]
    // BWS before the ";" is allowed (RFC 9112, 7.1.1), other characters are not.
    let mark = rest.first { $0 != 32 && $0 != 9 }
    guard digits > 0, mark == 59 || rest.isEmpty, rest.allSatisfy(Grammar.isFieldValue) else {
      throw .badRequest("A chunk does not begin with its size.")
    }
    extensionBytes += rest.count
    guard extensionBytes <= Self.overheadBytes else {
      throw .badRequest("The chunk extensions are too long.")
    }
    stage = size == 0 ? .trailers : .data(left: size)
  }

  private mutating func readTrailer(_ line: UnsafeRawBufferPointer) throws(HTTPError) {
    if line.isEmpty {
      stage = .finished
      return
    }
    trailerBytes += line.count
    guard trailerBytes <= Self.overheadBytes else {
      throw HTTPError(.requestHeaderFieldsTooLarge, "The trailers are too long.")
    }
    let colon = line.firstIndex { !Grammar.isToken($0) } ?? line.count
    guard colon > 0, colon < line.count, line[colon] == 58,
      line[colon...].allSatisfy(Grammar.isFieldValue)
    else { throw .badRequest("A trailer is not of the form `name: value`.") }
  }
}
