import Glibc
import HTTPTypes
import Reactors

/// One client. All of it runs on one reactor's thread, so there are no locks: bytes that arrive drive
/// the parser, each request runs in a task of its own on the same thread, and what cannot be sent or
/// read yet waits for the next event.
///
/// Reading is in Connection+Input, requests in Connection+Exchange, answers in Connection+Output,
/// time in Connection+Deadlines.
final class Connection: @unchecked Sendable {
  enum Input {
    /// Between requests, or inside a head.
    case head(HeadParser, begun: Bool)
    case body(BodyDecoder)
    /// The request has been read; its answer is being made.
    case answering
    /// The last answer is out: what comes is thrown away until the client closes.
    case lingering(left: Int)
    case closed
  }

  let fd: Int32
  let server: Server
  let lane: Lane
  let address: SocketAddress
  var reactor: Reactor { lane.reactor }
  var limits: Limits { server.configuration.limits }

  var input = Input.head(HeadParser(), begun: false)
  /// Bytes received and not used yet.
  var leftover: [UInt8] = []
  /// The socket may have more: it has not said EAGAIN since the last event.
  var isReadable = false
  /// The client sends no more.
  var peerFinished = false
  var isPumping = false

  var exchange: Exchange?
  var output = OutputQueue()
  /// Close once `output` is empty.
  var closesAfterOutput = false
  var flushIsPlanned = false

  var deadlines = Deadlines()
  /// When the body of the request at hand must have come, in nanoseconds of the reactor's clock.
  var bodyEnds = Deadlines.never
  /// Since when a request has been waited for.
  var idleSince: UInt64 = 0
  /// What is left on a clock that stands still.
  var bodyTimeLeft: UInt64?
  var handlerTimeLeft: UInt64?
  var timer: ReactorTimer?
  var timerDue = Deadlines.never

  init(fd: Int32, server: Server, lane: Lane, address: SocketAddress) {
    self.fd = fd
    self.server = server
    self.lane = lane
    self.address = address
  }

  var isClosed: Bool { if case .closed = input { true } else { false } }

  var isIdle: Bool {
    guard exchange == nil, output.isEmpty else { return false }
    if case .head(_, begun: false) = input { return true }
    return false
  }

  /// Whether a request, or the rest of its head, is still to come.
  var awaitsRequest: Bool {
    guard exchange == nil, output.isEmpty else { return false }
    if case .head = input { return true }
    return false
  }

  /// - Parameter isExcess: whether another connection must make room.
  func open(isExcess: Bool) {
    let isRefused = isExcess && lane.closeLongestIdle() == 0
    lane.connections[fd] = self
    do {
      try reactor.watch(fd, [.read, .write, .edge]) { self.ready($0) }
    } catch {
      return close()
    }
    idleSince = reactor.now
    deadlines.phase = idleSince + limits.idleTime.nanoseconds
    armTimer()
    if isRefused { refuse(.unavailable("The server has too many connections.")) }
  }

  private func ready(_ event: Ready) {
    if event.contains(.gone) { return close() }
    if event.contains(.peerFinished) {
      peerFinished = true
      // Whoever closes his side is taken to have left: a close and a half-close look the same. An
      // answer that comes nevertheless is still written.
      exchange?.task?.cancel()
    }
    if event.contains(.write), !output.isEmpty { flush() }
    if event.contains(.read) {
      isReadable = true
      pump()
    }
  }

  /// Closes when idle, else after the answer at hand.
  func drain() {
    guard isIdle else { return }
    // A request may have come in since the last event.
    isReadable = true
    pump()
    if isIdle { close() }
  }

  func close() {
    guard !isClosed else { return }
    input = .closed
    leftover = []
    timer?.cancel()
    timer = nil
    reactor.unwatch(fd)
    Glibc.close(fd)
    lane.connections[fd] = nil
    if let exchange {
      self.exchange = nil
      exchange.task?.cancel()
      exchange.body?.fail(.badRequest("The connection closed before the body was complete."))
      exchange.writer?.resume(throwing: ClientLeft())
      exchange.writer = nil
    }
    server.connectionClosed()
  }
}
