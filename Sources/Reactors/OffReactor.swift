import Dispatch

/// Runs blocking or long computing work on a thread of a global queue (at most 64 at once), so that
/// a reactor's other connections do not wait for it.
package func offReactor<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
  try await withUnsafeThrowingContinuation { continuation in
    DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
  }
}

extension Reactor {
  /// What reaches a reactor that has ended runs here: a task must not hang for it.
  static func runElsewhere(_ work: Work, for reactor: Reactor) {
    DispatchQueue.global().async {
      switch work {
      case .job(let job): job.runSynchronously(on: reactor.asUnownedTaskExecutor())
      case .body(let body): body()
      }
    }
  }
}
