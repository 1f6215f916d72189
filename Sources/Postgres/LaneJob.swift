import Synchronization

/// One call waiting for, or running on, a connection's thread. Its caller is answered once.
final class LaneJob: Sendable {
  /// Runs on the connection that was got, or hears why there is none.
  typealias Body = @Sendable (Result<Connection, any Error>) -> Void

  private enum Phase {
    case new
    case waiting(Body)
    case running(Interruption)
    case done
  }

  let acquireDeadline: ContinuousClock.Instant
  let cancelFlag = CancelFlag()
  private let phase = Mutex(Phase.new)

  init(acquireDeadline: ContinuousClock.Instant) { self.acquireDeadline = acquireDeadline }

  var isWaiting: Bool {
    phase.withLock {
      if case .waiting = $0 { true } else { false }
    }
  }

  /// Before the job is queued. A call that was cancelled already fails here.
  func arm(_ body: @escaping Body) {
    let cancelled = phase.withLock { phase in
      if cancelFlag.isSet {
        phase = .done
        return true
      }
      phase = .waiting(body)
      return false
    }
    if cancelled { body(.failure(CancellationError())) }
  }

  /// What to run; `nil` when the caller was answered meanwhile.
  func begin(on interruption: Interruption) -> Body? {
    phase.withLock { phase in
      guard case .waiting(let body) = phase else { return nil }
      phase = .running(interruption)
      return body
    }
  }

  func end() { phase.withLock { $0 = .done } }

  /// Answers a caller that still waits for a connection.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  func fail(_ error: any Error) -> Bool {
    let body = phase.withLock { phase -> Body? in
      guard case .waiting(let body) = phase else { return nil }
      phase = .done
      return body
    }
    body?(.failure(error))
    return body != nil
  }

  /// The caller's task was cancelled: a waiting job fails at once, a running one is stopped.
  ///
  /// - Returns: whether it was waiting.
  func cancel() -> Bool {
    cancelFlag.set()
    let running = phase.withLock { phase -> Interruption? in
      if case .running(let interruption) = phase { interruption } else { nil }
    }
    if let running {
      running.signal()
      return false
    }
    return fail(CancellationError())
  }
}
