import Reactors

/// Short reads, pipelined on the reactors: what the tasks of one reactor ask for in one turn leaves
/// in one write, and no thread changes hands.
final class ReadLane: Sendable {
  private let group: ReactorGroup
  private let lanes: [ReactorReads]
  private let timeout: Duration

  init(_ configuration: PostgresConfiguration, on group: ReactorGroup) {
    self.group = group
    timeout = configuration.readTimeout
    lanes = group.reactors.map { ReactorReads(configuration, on: $0) }
  }

  func start() {
    for lane in lanes { lane.reactor.execute { lane.start() } }
  }

  func close() async {
    for lane in lanes {
      await withUnsafeContinuation { continuation in
        lane.reactor.run { lane.close { continuation.resume() } }
      }
    }
  }

  func read(_ statement: Statement, _ parameters: [(any PostgresEncodable)?]) async throws -> Rows {
    let read = PendingRead(statement, try Parameters(parameters), deadline: .now + timeout)
    let lane = laneHere
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        lane.reactor.run { lane.submit(read, continuation) }
      }
    } onCancel: {
      lane.reactor.run { read.cancel() }
    }
  }

  /// The caller's own reactor, or for callers on other threads the next one.
  private var laneHere: ReactorReads {
    if let current = Reactor.current, let own = lanes.first(where: { $0.reactor === current }) {
      return own
    }
    let next = group.next()
    return lanes.first { $0.reactor === next } ?? lanes[0]
  }
}
