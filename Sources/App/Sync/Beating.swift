/// Runs `body`, and `beat` every so often meanwhile; the first of them that ends or fails ends both.
///
/// - Parameter first: after which it beats first; nil: as later.
func beating(
  every interval: Duration, first: Duration? = nil,
  _ beat: @escaping @Sendable () async throws -> Void,
  _ body: @escaping @Sendable () async throws -> Void
) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: first ?? interval)
      while true {
        try await beat()
        try await Task.sleep(for: interval)
      }
    }
    defer { group.cancelAll() }
    try await group.next()
  }
}
