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
    if let length = declaredLength, length > limit { throw Self.tooLarge(limit) }
    var whole: [UInt8] = []
    for try await piece in self {
      guard whole.count + piece.count <= limit else { throw Self.tooLarge(limit) }
      if whole.isEmpty { whole = piece } else { whole += piece }
    }
    return whole
  }

  private static func tooLarge(_ limit: Int) -> HTTPError {
    HTTPError(.contentTooLarge, "The body may have \(limit) bytes at most.")
  }

  package func makeAsyncIterator() -> Iterator { Iterator(storage: storage) }

  package struct Iterator: AsyncIteratorProtocol {
    var storage: Storage

    package mutating func next() async throws -> [UInt8]? {
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
