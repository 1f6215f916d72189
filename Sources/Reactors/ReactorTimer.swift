import Synchronization

/// A body that a reactor runs once when its time has come, unless cancelled before.
package final class ReactorTimer: @unchecked Sendable {
  // `body` is touched on the reactor's thread only, `cancelled` from anywhere.
  private let cancelled = Atomic(false)
  private var body: (@Sendable () -> Void)?
  private weak var owner: Reactor?
  /// The tick of the wheel at which it is due.
  let due: UInt64

  init(due: UInt64, owner: Reactor?, body: @escaping @Sendable () -> Void) {
    self.due = due
    self.owner = owner
    self.body = body
  }

  /// From any thread. Called on the reactor's thread, the body will not run; called on another one,
  /// it may be running already.
  package func cancel() {
    cancelled.store(true, ordering: .releasing)
    if let owner, owner.isCurrent { body = nil }
  }

  var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

  func fire() {
    let body = body
    self.body = nil
    if !isCancelled { body?() }
  }
}
