import Synchronization

/// Counts the requests that a task and its children send, repetitions too.
package final class RequestTally: Sendable {
  @TaskLocal package static var current: RequestTally?

  private let requests = Atomic<Int>(0)

  package init() {}

  package var count: Int { requests.load(ordering: .relaxed) }

  package func note() { requests.add(1, ordering: .relaxed) }
}
