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
  /// Where small answers are put together.
  var output: [UInt8] = []

  init(_ reactor: Reactor) {
    self.reactor = reactor
    output.reserveCapacity(Self.scratchBytes)
  }

  deinit { input.deallocate() }
}
