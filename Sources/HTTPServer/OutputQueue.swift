import Glibc

/// What a socket has not taken yet. Arrays are kept, not copied.
struct OutputQueue {
  private var pieces: [[UInt8]] = []
  private var offset = 0
  private(set) var byteCount = 0

  var isEmpty: Bool { byteCount == 0 }

  mutating func append(_ piece: [UInt8]) {
    guard !piece.isEmpty else { return }
    pieces.append(piece)
    byteCount += piece.count
  }

  enum Outcome {
    case sent(Int)
    case wouldBlock
    case failed
  }

  /// One `sendmsg` of up to eight pieces.
  mutating func send(to fd: Int32) -> Outcome {
    let count = withVectors { vectors in
      var message = msghdr()
      message.msg_iov = vectors.baseAddress
      message.msg_iovlen = vectors.count
      return sendmsg(fd, &message, Int32(MSG_NOSIGNAL))
    }
    if count > 0 {
      drop(count)
      return .sent(count)
    }
    switch errno {
    case EAGAIN: return .wouldBlock
    case EINTR: return .sent(0)
    default: return .failed
    }
  }

  /// Calls `body` with the addresses of the first pieces, all of them held for the call.
  private func withVectors(_ body: (UnsafeMutableBufferPointer<iovec>) -> Int) -> Int {
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: 8) { vectors in
      hold(0, vectors, body)
    }
  }

  private func hold(
    _ index: Int, _ vectors: UnsafeMutableBufferPointer<iovec>,
    _ body: (UnsafeMutableBufferPointer<iovec>) -> Int
  ) -> Int {
    guard index < min(pieces.count, vectors.count) else {
      return body(UnsafeMutableBufferPointer(rebasing: vectors[..<index]))
    }
    return pieces[index].withUnsafeBytes { bytes in
      let skip = index == 0 ? offset : 0
      vectors[index] = iovec(
        iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress.map { $0 + skip }),
        iov_len: bytes.count - skip)
      return hold(index + 1, vectors, body)
    }
  }

  private mutating func drop(_ count: Int) {
    byteCount -= count
    offset += count
    var gone = 0
    while gone < pieces.count, offset >= pieces[gone].count {
      offset -= pieces[gone].count
      gone += 1
    }
    pieces.removeFirst(gone)
  }
}
