import Synchronization

/// The reactors of a process, one a core as a rule.
package final class ReactorGroup: Sendable {
  package let reactors: [Reactor]
  private let counter = Atomic<Int>(0)

  /// - Parameter count: threads, at least 1.
  /// - Throws: `ReactorError` when the process has no descriptor or thread left; those already
  ///   started are ended then.
  package convenience init(count: Int) throws {
    try self.init(count: count) { try Reactor(name: "reactor-\($0)") }
  }

  init(count: Int, make: (Int) throws -> Reactor) throws {
    var started: [Reactor] = []
    do {
      for index in 0..<max(1, count) { started.append(try make(index)) }
    } catch {
      for reactor in started { reactor.shutdown() }
      throw error
    }
    reactors = started
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
