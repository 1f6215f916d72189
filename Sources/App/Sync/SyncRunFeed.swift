import Postgres
import Synchronization

/// Tells those who follow a run of each change of it, in whichever process the run is done. It
/// listens while anybody follows.
package final class SyncRunFeed: Sendable {
  private struct State {
    var followers: [Int: (runID: String, tell: AsyncStream<Void>.Continuation)] = [:]
    var nextID = 0
    var listening: Task<Void, Never>?
  }

  /// What the trigger `sync_runs_tell` notifies; the payload is the run's id.
  static let channel = "issuebridge_sync_runs"
  /// Followers are woken at least this often: a notification can be lost.
  static let longestSilence: Duration = .seconds(5)

  private let pool: PostgresPool
  private let state = Mutex(State())

  init(pool: PostgresPool) { self.pool = pool }

  /// An element at once, then one after each change; changes that come close together are one.
  package func changes(of runID: Int64) -> AsyncStream<Void> {
    let (stream, tell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.nextID += 1
      state.followers[state.nextID] = (String(runID), tell)
      if state.listening == nil { state.listening = Task { await self.listen() } }
      return state.nextID
    }
    let clock = Task {
      while !Task.isCancelled {
        tell.yield()
        try? await Task.sleep(for: Self.longestSilence)
      }
    }
    tell.onTermination = { [weak self] _ in
      clock.cancel()
      self?.leave(id)
    }
    return stream
  }

  private func leave(_ id: Int) {
    state.withLock { state in
      state.followers[id] = nil
      guard state.followers.isEmpty else { return }
      state.listening?.cancel()
      state.listening = nil
    }
  }

  private func listen() async {
    let listener = PostgresListener(configuration: pool.configuration, channels: [Self.channel])
    // Without a connection of its own the clock's ticks remain.
    guard let events = try? listener.events() else { return }
    for await event in events {
      let followers = state.withLock { state in
        state.followers.values.filter { follower in
          if case .notification(_, let payload) = event { follower.runID == payload } else { true }
        }
      }
      for follower in followers { follower.tell.yield() }
    }
  }
}
