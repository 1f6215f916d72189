/// Runs `body` for every element, at most `limit` at the same time; the first error cancels the rest.
func eachOf<Element: Sendable>(
  _ elements: [Element], atMost limit: Int,
  _ body: @escaping @Sendable (Element) async throws -> Void
) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for (position, element) in elements.enumerated() {
      if position >= limit { try await group.next() }
      group.addTask { try await body(element) }
    }
    try await group.waitForAll()
  }
}
