/// Takes a request body out of the bytes of its connection.
enum BodyDecoder {
  case length(left: Int)
  case chunked(ChunkDecoder)

  init?(_ framing: HeadLayout.Framing) {
    switch framing {
    case .none, .length(0): return nil
    case .length(let count): self = .length(left: count)
    case .chunked: self = .chunked(ChunkDecoder())
    }
  }

  var isFinished: Bool {
    switch self {
    case .length(let left): left == 0
    case .chunked(let decoder): decoder.isFinished
    }
  }

  /// What is still to come; nil when only the client knows.
  var left: Int? {
    if case .length(let left) = self { left } else { nil }
  }

  /// As `ChunkDecoder.decode`.
  mutating func decode(
    _ input: UnsafeRawBufferPointer, into output: inout [UInt8], limit: Int
  ) throws(HTTPError) -> Int {
    switch self {
    case .length(let left):
      let count = min(left, input.count, limit)
      output.append(contentsOf: input[..<count])
      self = .length(left: left - count)
      return count
    case .chunked(var decoder):
      let used = try decoder.decode(input, into: &output, limit: limit)
      self = .chunked(decoder)
      return used
    }
  }
}
