import Synchronization
import Glibc
import Reactors

extension Server {
  /// How long `accept` rests after descriptors ran out.
  private static let exhaustionPause: Duration = .milliseconds(50)
  /// Idle connections on each lane that make room when descriptors ran out.
  private static let idleEvictions = 16

  /// Serves until `stop`, and returns once the last request has been answered or the grace is over.
  /// When its task is cancelled it stops by itself, with `cancellationGrace`. To be called once.
  package func run() async throws {
    startAccepting()
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        ending.withLock {
          $0.isRunning = true
          $0.waiter = continuation
        }
        resumeIfDrained()
      }
    } onCancel: {
      stop(grace: configuration.cancellationGrace)
    }
  }

  /// Stops accepting, closes idle connections and lets requests in flight go on for `grace`; what is
  /// left then is cancelled and cut off. From any thread, at once; calling it again does nothing.
  package func stop(grace: Duration = .seconds(10)) {
    guard beginStopping() else { return }
    lanes[0].reactor.run { self.stopAccepting() }
    for lane in lanes {
      // After the connections that were accepted before and are on their way.
      lane.reactor.execute { for connection in lane.connections.values { connection.drain() } }
    }
    lanes[0].reactor.schedule(after: grace) { self.endGrace() }
    resumeIfDrained()
  }

  private func endGrace() {
    ending.withLock { $0.graceIsOver = true }
    for lane in lanes {
      lane.reactor.run { for connection in lane.connections.values { connection.close() } }
    }
    resumeIfDrained()
  }

  func resumeIfDrained() {
    guard isStopping, connectionCount == 0 else { return }
    let waiter = ending.withLock { ending -> CheckedContinuation<Void, Never>? in
      guard requestCount == 0 || ending.graceIsOver else { return nil }
      defer { ending.waiter = nil }
      return ending.waiter
    }
    waiter?.resume()
  }

  // MARK: Accepting, on the first reactor

  private func startAccepting() {
    lanes[0].reactor.execute {
      guard !self.isStopping else { return }
      for listener in self.listeners { self.watch(listener) }
    }
  }

  private func stopAccepting() {
    for listener in listeners {
      // Whoever connected before the stop is still served.
      accept(listener)
      lanes[0].reactor.unwatch(listener.fd)
      // Clients now get a refusal instead of waiting in the queue.
      shutdown(listener.fd, Int32(SHUT_RDWR))
    }
  }

  private func watch(_ listener: ListeningSocket) {
    guard !isStopping else { return }
    do {
      try lanes[0].reactor.watch(listener.fd, .read) { _ in self.accept(listener) }
    } catch {
      rest(listener)
    }
  }

  /// Leaves new connections in the kernel's queue for a moment instead of spinning.
  private func rest(_ listener: ListeningSocket) {
    lanes[0].reactor.unwatch(listener.fd)
    lanes[0].reactor.schedule(after: Self.exhaustionPause) { self.watch(listener) }
  }

  private func accept(_ listener: ListeningSocket) {
    // At most so many a turn, that requests have their turn too.
    for _ in 0..<64 {
      guard !isFull else { return rest(listener) }
      switch listener.accept() {
      case .connection(let fd, let address): open(fd, address)
      case .exhausted:
        for lane in lanes { lane.reactor.run { lane.closeLongestIdle(atMost: Self.idleEvictions) } }
        return rest(listener)
      case .none: return
      }
    }
  }

  private func open(_ fd: Int32, _ address: SocketAddress) {
    let isExcess = connectionOpened()
    let lane = lanes[nextLane()]
    let connection = Connection(fd: fd, server: self, lane: lane, address: address)
    lane.reactor.run {
      connection.open(isExcess: isExcess)
      if self.isStopping { connection.drain() }
    }
  }
}
