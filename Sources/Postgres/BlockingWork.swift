import Dispatch

/// Work that blocks its thread, kept off Swift's cooperative threads and off the reactors.
enum BlockingWork {
  static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
    }
  }
}
