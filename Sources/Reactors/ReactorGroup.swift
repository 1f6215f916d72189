import Synchronization

/// The reactors of a process, one a core as a rule.
package final class ReactorGroup: Sendable {
  package let reactors: [Reactor]
  private let counter = Atomic<Int>(0)

  /// - Parameter count: threads, at least 1.
  package init(count: Int) throws {
    reactors = try (0..<max(1, count)).map { try Reactor(name: "reactor-\($0)") }
  }

  /// The reactors in turn.
  package func next() -> Reactor {
    let index = counter.wrappingAdd(1, ordering: .relaxed).oldValue
    return reactors[Int(UInt(bitPattern: index) % UInt(reactors.count))]
  }

  /// Ends the threads once their jobs are done.
  package func shutdown() {
    for reactor in reactors { reactor.shutdown() }
  }
}
