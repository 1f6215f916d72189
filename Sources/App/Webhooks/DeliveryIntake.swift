import JobQueue
import Logging
import Postgres
import Synchronization

/// Stores deliveries. Those that come while others are being committed share the next commit; each
/// is answered after its own.
final class DeliveryIntake: Sendable {
  /// Deliveries and bytes of bodies that share a commit at most.
  static let mostTogether = 128
  static let mostBytes = 8_000_000
  /// Deliveries that wait at most; more are refused, so that senders come again later.
  static let mostWaiting = 4000
  /// For one commit.
  static let timeout: Duration = .seconds(5)

  private struct Waiting {
    var delivery: IncomingDelivery
    var done: UnsafeContinuation<Void, any Error>
  }
  private struct State {
    var waiting: [Waiting] = []
    var isStoring = false
    var isWaking = false
  }

  struct Full: Error {}

  private let store: DeliveryStore
  private let pool: PostgresPool
  private let jobs: JobStore
  private let logger: Logger
  private let state = Mutex(State())

  init(store: DeliveryStore, pool: PostgresPool, jobs: JobStore, logger: Logger) {
    self.store = store
    self.pool = pool
    self.jobs = jobs
    self.logger = logger
  }

  /// Returns when the delivery is committed, or one equal to it was before.
  ///
  /// - Throws: a 404 when the organization went away; anything else means that it is not stored.
  func store(_ delivery: IncomingDelivery) async throws {
    try await withUnsafeThrowingContinuation { done in
      enqueue(Waiting(delivery: delivery, done: done))
    }
  }

  private func enqueue(_ waiting: Waiting) {
    let (isFull, starts) = state.withLock { state -> (Bool, Bool) in
      guard state.waiting.count < Self.mostWaiting else { return (true, false) }
      state.waiting.append(waiting)
      defer { state.isStoring = true }
      return (false, !state.isStoring)
    }
    if isFull { waiting.done.resume(throwing: Full()) }
    if starts { Task { await storeAll() } }
  }

  private func storeAll() async {
    while true {
      let batch = take()
      guard !batch.isEmpty else { return }
      await commit(batch)
    }
  }

  /// The next ones that share a commit; none ends the storing.
  private func take() -> [Waiting] {
    state.withLock { state in
      var count = 0
      var bytes = 0
      for waiting in state.waiting.prefix(Self.mostTogether) {
        bytes += waiting.delivery.body.count
        if count > 0, bytes > Self.mostBytes { break }
        count += 1
      }
      defer { state.waiting.removeFirst(count) }
      state.isStoring = count > 0
      return Array(state.waiting.prefix(count))
    }
  }

  private func commit(_ batch: [Waiting]) async {
    do {
      try await store.insert(batch.map(\.delivery), timeout: Self.timeout)
      for waiting in batch { waiting.done.resume() }
      wakeSoon()
    } catch let error as PostgresError where error.kind == .server || error.kind == .encoding {
      // What one of them did wrong must not be the others' fault.
      for waiting in batch { await commitAlone(waiting) }
      wakeSoon()
    } catch {
      logger.error("webhook.store.failed", metadata: ["error": "\(error)"])
      for waiting in batch { waiting.done.resume(throwing: error) }
    }
  }

  private func commitAlone(_ waiting: Waiting) async {
    do {
      do {
        try await store.insert([waiting.delivery], timeout: Self.timeout)
      } catch let error as PostgresError where error.sqlState?.hasPrefix("22") == true {
        try await store.insertUnreadable(waiting.delivery)
      }
      waiting.done.resume()
    } catch let error as PostgresError where error.sqlState == "23503" {
      waiting.done.resume(
        throwing: Problem.notFound("organization \(waiting.delivery.organizationID)"))
    } catch {
      logger.error("webhook.store.failed", metadata: ["error": "\(error)"])
      waiting.done.resume(throwing: error)
    }
  }

  /// Wakes the workers once for many deliveries: transactions that notify commit one by one.
  private func wakeSoon() {
    let isFirst = state.withLock { state in
      defer { state.isWaking = true }
      return !state.isWaking
    }
    guard isFirst else { return }
    Task {
      try? await Task.sleep(for: .milliseconds(20))
      state.withLock { $0.isWaking = false }
      // Polling finds them anyway.
      try? await jobs.wake(in: pool)
    }
  }
}
