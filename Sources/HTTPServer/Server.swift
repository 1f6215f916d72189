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
  private let requestsInFlight = Atomic(0)
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
  package var requestCount: Int { requestsInFlight.load(ordering: .relaxed) }

  /// Whether `stop` has been called.
  package var isStopping: Bool { stopping.load(ordering: .relaxed) }

  func beginStopping() -> Bool { !stopping.exchange(true, ordering: .sequentiallyConsistent) }

  // MARK: Connections

  /// Counts a new connection; the refusal is for one too many.
  func connectionOpened() -> HTTPError? {
    let count = openConnections.add(1, ordering: .sequentiallyConsistent).newValue
    guard count > configuration.limits.connections else { return nil }
    return .unavailable("The server has too many connections.")
  }

  func connectionClosed() {
    openConnections.subtract(1, ordering: .sequentiallyConsistent)
    resumeIfDrained()
  }

  /// Whether to leave further connections in the kernel's queue.
  var isFull: Bool {
    let limit = configuration.limits.connections
    return connectionCount >= limit + limit / 10 + 1
  }

  /// The lanes in turn.
  func nextLane() -> Int {
    let number = opened.wrappingAdd(1, ordering: .relaxed).oldValue
    return Int(UInt(bitPattern: number) % UInt(lanes.count))
  }

  // MARK: Requests

  /// False when there are too many already.
  func beginRequest() -> Bool {
    let count = requestsInFlight.add(1, ordering: .relaxed).newValue
    guard count > configuration.limits.requestsInFlight else { return true }
    requestsInFlight.subtract(1, ordering: .relaxed)
    return false
  }

  func endRequest() {
    requestsInFlight.subtract(1, ordering: .sequentiallyConsistent)
    if isStopping { resumeIfDrained() }
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
