/// What a test waited for did not come true.
package struct NeverHappened: Error, CustomStringConvertible {
  package let description: String
  package init(description: String) { self.description = description }
}

/// Waits until `condition` holds, looking every few milliseconds.
///
/// - Throws: `NeverHappened` after `limit`, or what `condition` throws.
package func eventually(
  _ what: String, within limit: Duration = .seconds(60),
  _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    guard .now < deadline else { throw NeverHappened(description: "\(what), within \(limit)") }
    try await Task.sleep(for: .milliseconds(5))
  }
}
