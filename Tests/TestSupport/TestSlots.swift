import Synchronization

/// How many tests work on a database at once: Swift Testing starts all tests together, and each
/// would otherwise wait for its connections behind hundreds of others until its deadlines pass.
package final class TestSlots: Sendable {
  package static let shared = TestSlots(count: 10)

  private struct State {
    var free: Int
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  init(count: Int) { state = Mutex(State(free: count)) }

  /// A place; given back by `Place.leave()`, or with the last reference to it.
  package func enter() async -> Place {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        guard state.free > 0 else {
          state.waiting.append(continuation)
          return false
        }
        state.free -= 1
        return true
      }
      if isFree { continuation.resume() }
    }
    return Place(slots: self)
  }

  private func giveBack() {
    let next = state.withLock { state in
      if state.waiting.isEmpty { state.free += 1 }
      return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
    }
    next?.resume()
  }

  package final class Place: Sendable {
    private let slots: TestSlots
    private let isTaken = Atomic(true)

    fileprivate init(slots: TestSlots) { self.slots = slots }
    deinit { leave() }

    package func leave() {
      let (left, _) = isTaken.compareExchange(
        expected: true, desired: false, ordering: .acquiringAndReleasing)
      if left { slots.giveBack() }
    }
  }
}
