import HTTPTypes

/// The body of a request, in pieces as they arrive. It can be read once, by one reader; not reading
/// holds the client back. A client that waits for `100 Continue` gets it when reading begins.
///
/// - Throws: `HTTPError`: 400 (malformed or broken off), 408 (too slow).
package struct RequestBody: Sendable, AsyncSequence {
  enum Storage {
    case bytes([UInt8])
    case source(BodySource)
  }
  let storage: Storage

  /// A body at hand, for a request that did not come over a socket.
  package init(_ bytes: [UInt8] = []) { storage = .bytes(bytes) }
  init(_ source: BodySource) { storage = .source(source) }

  /// What Content-Length says; nil when the body is chunked.
  package var declaredLength: Int? {
    switch storage {
    case .bytes(let bytes): bytes.count
    case .source(let source): source.declaredLength
    }
  }

  /// The whole body.
  ///
  /// - Throws: `HTTPError` 413 when it has more than `limit` bytes: at once when Content-Length says
  ///   so, else as soon as the limit is passed. The connection closes after that answer.
  package func collect(upTo limit: Int) async throws -> [UInt8] {
    var whole: [UInt8] = []
    for try await piece in pieces(upTo: limit) {
      if whole.isEmpty { whole = piece } else { whole += piece }
    }
    return whole
  }

  /// The body in pieces, which end with an `HTTPError` 413 as `collect(upTo:)` does.
  package func pieces(upTo limit: Int) -> Pieces { Pieces(body: self, limit: limit) }

  package struct Pieces: AsyncSequence, Sendable {
    let body: RequestBody
    let limit: Int

    package func makeAsyncIterator() -> Iterator {
      let isTooLarge = body.declaredLength.map { $0 > limit } ?? false
      return Iterator(storage: body.storage, left: isTooLarge ? -1 : limit, limit: limit)
    }
  }

  package func makeAsyncIterator() -> Iterator {
    Iterator(storage: storage, left: .max, limit: .max)
  }

  package struct Iterator: AsyncIteratorProtocol {
    var storage: Storage
    /// Bytes that may still come; negative once there were too many.
    var left: Int
    let limit: Int

    package mutating func next() async throws -> [UInt8]? {
      guard left >= 0, let piece = try await piece() else {
        if left >= 0 { return nil }
        throw HTTPError(.contentTooLarge, "The body may have \(limit) bytes at most.")
      }
      left -= piece.count
      guard left >= 0 else { return try await next() }
      return piece
    }

    private mutating func piece() async throws -> [UInt8]? {
      switch storage {
      case .bytes(let bytes):
        storage = .bytes([])
        return bytes.isEmpty ? nil : bytes
      case .source(let source):
        return try await source.next()
      }
    }
  }
}

extension RequestBody.Storage: Sendable {}
