/// Lets so many bodies run at the same time; others wait in the order in which they came.
actor Slots {
  private var free: Int
  private var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
  /// Tickets are drawn in order, and the lowest that still waits is next.
  private var drawn = 0
  private var next = 0

  init(_ count: Int) { free = count }

  /// - Throws: what `body` throws; `CancellationError` when cancelled while it waits.
  nonisolated func run<T: Sendable>(_ body: () async throws -> T) async throws -> T {
    try await take()
    do {
      let result = try await body()
      await give()
      return result
    } catch {
      await give()
      throw error
    }
  }

  private func take() async throws {
    try Task.checkCancellation()
    if free > 0 {
      free -= 1
      return
    }
    let ticket = drawn
    drawn += 1
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation {
        (continuation: CheckedContinuation<Void, any Error>) in
        // The handler ran before when it was cancelled meanwhile.
        if Task.isCancelled {
          continuation.resume(throwing: CancellationError())
        } else {
          waiting[ticket] = continuation
        }
      }
    } onCancel: {
      Task { await self.leave(ticket) }
    }
  }

  private func leave(_ ticket: Int) {
    waiting.removeValue(forKey: ticket)?.resume(throwing: CancellationError())
  }

  private func give() {
    while next < drawn {
      defer { next += 1 }
      if let continuation = waiting.removeValue(forKey: next) { return continuation.resume() }
    }
    free += 1
  }
}
