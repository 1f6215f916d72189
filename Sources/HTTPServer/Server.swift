import HTTPTypes
package import Reactors
import Synchronization

/// An HTTP/1.1 server on the given reactors. TLS is the business of what stands in front of it.
package final class Server: Sendable {
  let configuration: ServerConfiguration
  let errorResponder: ErrorResponder
  private let handler: Handler
  let lanes: [Lane]
  let listeners: [ListeningSocket]
  private let openConnections = Atomic(0)
  private let load = ServerLoad()
  private let opened = Atomic(0)
  private let stopping = Atomic(false)
  let ending = Mutex(Ending())

  struct Ending {
    var isRunning = false
    var graceIsOver = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  /// Binds and listens, so that `port` is known and clients may already connect; they are served once
  /// `run` is called.
  ///
  /// - Throws: `ListenError`.
  package init(
    configuration: ServerConfiguration, reactors: ReactorGroup, handler: @escaping Handler,
    errorResponder: @escaping ErrorResponder = plainTextErrorResponder
  ) throws {
    self.configuration = configuration
    self.handler = handler
    self.errorResponder = errorResponder
    lanes = reactors.reactors.map(Lane.init)
    listeners = try ListeningSocket.listen(host: configuration.host, port: configuration.port)
  }

  package var port: Int { listeners[0].port }

  /// Open connections now.
  package var connectionCount: Int { openConnections.load(ordering: .relaxed) }

  /// Requests whose handler has not ended.
  package var requestCount: Int { load.requests }

  /// Requests whose handler waits for more of the body.
  package var awaitedBodyCount: Int { load.awaitedBodies }

  /// Whether `stop` has been called.
  package var isStopping: Bool { stopping.load(ordering: .relaxed) }

  func beginStopping() -> Bool { !stopping.exchange(true, ordering: .sequentiallyConsistent) }

  // MARK: Connections

  /// Counts a new connection.
  ///
  /// - Returns: whether it is one too many.
  func connectionOpened() -> Bool {
    let count = openConnections.add(1, ordering: .sequentiallyConsistent).newValue
    return count > configuration.limits.maxConnections
  }

  func connectionClosed() {
    openConnections.subtract(1, ordering: .sequentiallyConsistent)
    resumeIfDrained()
  }

  /// Whether to leave further connections in the kernel's queue.
  var isFull: Bool {
    let limit = configuration.limits.maxConnections
    return connectionCount >= limit + limit / 10 + 1
  }

  /// The lanes in turn.
  func nextLane() -> Int {
    let number = opened.wrappingAdd(1, ordering: .relaxed).oldValue
    return Int(UInt(bitPattern: number) % UInt(lanes.count))
  }

  // MARK: Requests

  /// False when there are too many already.
  func beginRequest(_ path: String) -> Bool {
    let limits = configuration.limits
    if load.beginRequest(limit: limits.maxRequestsAtWork) { return true }
    guard configuration.reservedPaths.contains(path) else { return false }
    return load.beginRequest(limit: limits.maxRequestsAtWork + limits.maxReservedRequests)
  }

  func endRequest(_ exchange: Exchange) {
    load.endRequest(isStream: exchange.isStream, bodyBytes: exchange.body?.bytesHeld ?? 0)
    if isStopping { resumeIfDrained() }
  }

  /// False when there are too many already.
  func beginStream() -> Bool { load.beginStream(limit: configuration.limits.maxStreams) }

  func beginAwaitingBody() { load.beginAwaitingBody() }
  func endAwaitingBody() { load.endAwaitingBody() }

  /// False when handlers hold too many bytes already.
  func holdBody(bytes: Int) -> Bool {
    load.holdBody(bytes: bytes, limit: configuration.limits.maxBodyBytesHeld)
  }

  /// Awaited bodies on one lane. Beyond it the longest wait ends.
  var maxBodiesAwaitedPerLane: Int {
    max(1, configuration.limits.maxBodiesAwaited / lanes.count)
  }

  func respond(to request: Request, _ exchange: Exchange) async -> Response {
    do {
      return try await handler(request)
    } catch let error as HTTPError {
      if error.endsConnection { exchange.closes = true }
      return errorResponder(error, request)
    } catch {
      return errorResponder(
        HTTPError(.internalServerError, "The server failed to answer."), request)
    }
  }
}
