import Synchronization

/// How many event streams a token may follow at the same time.
final class StreamSlots: Sendable {
  static let maxPerToken = 32

  /// Taken until it is released from memory, with the stream that holds it.
  final class Slot: Sendable {
    private let slots: StreamSlots
    private let owner: String

    fileprivate init(_ slots: StreamSlots, owner: String) {
      self.slots = slots
      self.owner = owner
    }

    deinit { slots.release(owner) }
  }

  private let taken = Mutex<[String: Int]>([:])

  /// - Throws: a 429 when the token follows as many streams as it may.
  func take(for principal: Principal) throws -> Slot {
    let owner = principal.tokenID.map(String.init) ?? principal.name
    let isTaken = taken.withLock { taken in
      guard taken[owner, default: 0] < Self.maxPerToken else { return false }
      taken[owner, default: 0] += 1
      return true
    }
    guard isTaken else {
      var problem = Problem(
        429, "too-many-streams", "Too many event streams",
        "A token may follow \(Self.maxPerToken) event streams at the same time; end one first.")
      problem.headerFields = [("Retry-After", "5")]
      throw problem
    }
    return Slot(self, owner: owner)
  }

  private func release(_ owner: String) {
    taken.withLock { taken in
      let left = (taken[owner] ?? 0) - 1
      taken[owner] = left > 0 ? left : nil
    }
  }
}
