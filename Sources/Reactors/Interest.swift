import CEpoll

/// What a caller waits for on a descriptor.
package enum Interest: Sendable {
  case read, write

  package struct Set: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let read = Set(rawValue: 1)
    package static let write = Set(rawValue: 2)
    /// Report a change once, not a state for as long as it lasts (EPOLLET). The watcher reads or
    /// writes until the kernel says EAGAIN.
    package static let edge = Set(rawValue: 4)

    var epollEvents: UInt32 {
      var events: UInt32 = 0
      if contains(.read) { events |= EPOLLIN.rawValue | EPOLLRDHUP.rawValue }
      if contains(.write) { events |= EPOLLOUT.rawValue }
      if contains(.edge) { events |= EPOLLET.rawValue }
      return events
    }
  }
}

/// What the kernel reported about a watched descriptor.
package struct Ready: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let read = Ready(rawValue: 1)
  package static let write = Ready(rawValue: 2)
  /// The peer sends no more (it closed or shut down its side); what it sent can still be read.
  package static let peerFinished = Ready(rawValue: 4)
  /// The connection is gone in both directions (reset, refused). Reported with `read` and `write`.
  package static let gone = Ready(rawValue: 8)

  init(epollEvents events: UInt32) {
    var ready: Ready = []
    if events & EPOLLIN.rawValue != 0 { ready.insert(.read) }
    if events & EPOLLOUT.rawValue != 0 { ready.insert(.write) }
    if events & EPOLLRDHUP.rawValue != 0 { ready.formUnion([.read, .peerFinished]) }
    if events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
      ready.formUnion([.read, .write, .gone])
    }
    self = ready
  }
}
