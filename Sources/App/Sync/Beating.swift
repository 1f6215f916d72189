/// Runs `body`, and `beat` every so often meanwhile; the first of them that ends or fails ends both.
func beating(
  every interval: Duration, _ beat: @escaping @Sendable () async throws -> Void,
  _ body: @escaping @Sendable () async throws -> Void
) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await body() }
    group.addTask {
      while true {
        try await Task.sleep(for: interval)
        try await beat()
      }
    }
    defer { group.cancelAll() }
    try await group.next()
  }
}
