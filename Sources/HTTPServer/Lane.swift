import Glibc
import Reactors

/// What the connections of one reactor share; used on its thread only.
final class Lane: @unchecked Sendable {
  static let scratchBytes = 64 * 1024

  let reactor: Reactor
  var connections: [Int32: Connection] = [:]
  var date = HTTPDate()
  /// Where sockets are read into; what a connection does not use up at once it copies.
  let input = UnsafeMutableRawBufferPointer.allocate(byteCount: scratchBytes, alignment: 16)
  /// Handlers that wait for more of their body.
  var awaitedBodies = 0
  /// Where small answers are put together.
  var output: [UInt8] = []

  init(_ reactor: Reactor) {
    self.reactor = reactor
    output.reserveCapacity(Self.scratchBytes)
  }

  deinit { input.deallocate() }

  /// Ends the wait of the client address with the most, so that a crowd from one address ends its own.
  func endLongestBodyWait() {
    let waiting = connections.values.compactMap { connection in
      connection.exchange?.body?.waitsSince.map { (connection, since: $0) }
    }
    let crowd = Dictionary(grouping: waiting) { $0.0.address.host }.values
      .max { $0.count < $1.count }
    crowd?.min { $0.since < $1.since }?.0
      .bodyFailed(.unavailable("Too many requests are waiting for their bodies."))
  }

  /// Closes connections between two requests, or inside a head, that have been so for longest.
  ///
  /// - Returns: how many there were.
  @discardableResult
  func closeLongestIdle(atMost count: Int = 1) -> Int {
    let waiting = connections.values.filter(\.awaitsRequest)
    if count == 1 {
      guard let oldest = waiting.min(by: { $0.idleSince < $1.idleSince }) else { return 0 }
      oldest.close()
      return 1
    }
    let oldest = waiting.sorted { $0.idleSince < $1.idleSince }.prefix(count)
    for connection in oldest { connection.close() }
    return oldest.count
  }
}
