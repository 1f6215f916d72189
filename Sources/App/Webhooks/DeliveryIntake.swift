import Logging
import Postgres
import Synchronization

/// Stores deliveries. Those that come while others are being committed share the next commit; each
/// is answered after its own.
///
/// A delivery that is stored is pending: that alone makes sure that it will be processed. The job that
/// does so is planned right after, once for many, which keeps it out of what senders wait for; should
/// the process die in between, `SweepDeliveries` plans it seconds later.
final class DeliveryIntake: Sendable {
  /// Deliveries and bytes of bodies that share a commit at most.
  static let mostTogether = 128
  static let mostBytes = 8_000_000
  /// Deliveries that wait at most; more are refused, so that senders come again later.
  static let mostWaiting = 4000
  /// For one commit.
  static let timeout: Duration = .seconds(5)
  /// From the first delivery that nobody was told of until workers are.
  static let planningDelay: Duration = .milliseconds(20)

  private struct Waiting {
    var delivery: IncomingDelivery
    var done: UnsafeContinuation<Void, any Error>
  }
  private struct State {
    var waiting: [Waiting] = []
    var isStoring = false
    /// Whose deliveries are stored and not yet planned; nil while nobody plans.
    var unplanned: Set<ProcessDeliveries>?
  }

  struct Full: Error {}

  private let store: DeliveryStore
  private let logger: Logger
  private let state = Mutex(State())

  init(store: DeliveryStore, logger: Logger) {
    self.store = store
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
      planSoon(batch)
    } catch let error as PostgresError where error.kind == .server || error.kind == .encoding {
      // What one of them did wrong must not be the others' fault.
      for waiting in batch { await commitAlone(waiting) }
      planSoon(batch)
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

  private func planSoon(_ batch: [Waiting]) {
    let duties = batch.map {
      ProcessDeliveries(source: $0.delivery.source, organizationID: $0.delivery.organizationID)
    }
    let isFirst = state.withLock { state in
      defer { state.unplanned = (state.unplanned ?? []).union(duties) }
      return state.unplanned == nil
    }
    guard isFirst else { return }
    Task {
      try? await Task.sleep(for: Self.planningDelay)
      let duties = state.withLock { state in
        defer { state.unplanned = nil }
        return state.unplanned ?? []
      }
      // The sweep finds them anyway.
      try? await store.plan(duties)
    }
  }
}
