import HTTPTypes
import Reactors

extension Connection {
  /// Starts the handler of a request whose head has been read.
  func begin(_ head: RequestHead, _ layout: HeadLayout) {
    deadlines.phase = Deadlines.never
    bodyTimeLeft = nil
    bodyEnds = reactor.now &+ limits.bodyTimeout.nanoseconds
    var declared: Int?
    if case .length(let length) = layout.framing { declared = length }
    let decoder = BodyDecoder(layout.framing)
    let source = decoder.map { _ in BodySource(self, declaredLength: declared) }
    let exchange = Exchange(layout, isHead: head.method == .head, body: source)
    self.exchange = exchange
    input = decoder.map { .body($0) } ?? .answering
    updateClocks()
    guard server.beginRequest(head.target.path) else {
      exchange.isRunning = false
      return answerEarly(.unavailable("The server is busy."))
    }
    startHandlerClock()
    let body = source.map { RequestBody($0) } ?? RequestBody()
    let request = Request(head, remoteAddress: address, body: body)
    exchange.task = Task(executorPreference: reactor) {
      await self.serve(request, exchange)
      self.server.endRequest(exchange)
    }
    if peerFinished { exchange.task?.cancel() }
  }

  /// The task of one request.
  private nonisolated func serve(_ request: Request, _ exchange: Exchange) async {
    let response = await server.respond(to: request, exchange)
    await settleOnReactor()
    exchange.isRunning = false
    guard self.exchange === exchange, !exchange.isAnswered else { return }
    if case .silence(let resets) = response.body { return abandon(resets: resets) }
    guard case .stream(_, let write) = response.body else {
      _ = answer(response, exchange)
      return
    }
    guard server.beginStream() else {
      return answerEarly(.unavailable("The server has too many streams."))
    }
    exchange.isStream = true
    guard answer(response, exchange) == .body else { return }
    do {
      try await write(ResponseBodyWriter(connection: self, exchange: exchange))
      await settleOnReactor()
      endStream(exchange)
    } catch {
      await settleOnReactor()
      breakOff(exchange)
    }
  }

  /// The executor preference brings the task back to the reactor; this only makes sure.
  private func settleOnReactor() async {
    guard !reactor.isCurrent else { return }
    await withUnsafeContinuation { continuation in reactor.execute { continuation.resume() } }
  }

  /// The server's own answer in place of the handler's, which is not waited for.
  func answerEarly(_ error: HTTPError) {
    guard let exchange, !exchange.isAnswered else { return }
    if exchange.isRunning { exchange.closes = true }
    _ = answer(server.errorResponder(error, nil), exchange)
  }

  /// Answers what could not be read as a request, and closes.
  func refuse(_ error: HTTPError) {
    var layout = HeadLayout()
    layout.closes = true
    let exchange = Exchange(layout, isHead: false, body: nil)
    exchange.isRunning = false
    self.exchange = exchange
    deadlines.phase = Deadlines.never
    input = .answering
    _ = answer(server.errorResponder(error, nil), exchange)
  }

  enum Next { case body, done }

  /// Sends the head of an answer, and its body if it is at hand.
  func answer(_ response: Response, _ exchange: Exchange) -> Next {
    exchange.isAnswered = true
    stopHandlerClock()
    if server.isStopping || ResponseEncoder.wantsClose(response) || !canReadOn(exchange) {
      exchange.closes = true
    }
    let framing = ResponseEncoder.framing(response, minorVersion: exchange.minorVersion)
    if framing == .untilClose { exchange.closes = true }
    sendHead(response, framing, exchange)
    guard case .stream = response.body, framing != .bodiless, !exchange.isHead else {
      endExchange(exchange)
      return .done
    }
    if case .length(let count) = framing { exchange.streamLeft = count }
    exchange.isChunked = framing == .chunked
    return .body
  }

  /// Whether the rest of the body, if any, will be short enough to be read and thrown away. A client
  /// that still waits for `100 Continue` may send it or not: nobody can tell what comes next.
  private func canReadOn(_ exchange: Exchange) -> Bool {
    guard case .body(let decoder) = input else { return true }
    guard !exchange.expectsContinue, let left = decoder.left else { return false }
    return left <= limits.unreadBodyBytes
  }

  /// The answer is queued as a whole.
  func endExchange(_ exchange: Exchange) {
    guard self.exchange === exchange else { return }
    self.exchange = nil
    exchange.body?.fail(.badRequest("The request is over."))
    // A stream may have begun before the server was told to stop.
    if exchange.closes || server.isStopping {
      closesAfterOutput = true
    } else if case .body = input {
      updateClocks()
    } else {
      expectRequest()
    }
    flush()
    pump()
  }

  func expectRequest() {
    input = .head(HeadParser(), begun: false)
    idleSince = reactor.now
    deadlines.phase = idleSince + limits.idleTime.nanoseconds
  }
}
