import Reactors
import Glibc
import HTTPTypes

extension Connection {
  /// Whether bytes are of use now. When not they stay in the socket, and the client has to wait.
  private var wantsInput: Bool {
    switch input {
    case .head: exchange == nil && output.isEmpty
    case .body: (exchange?.body?.buffer.count ?? 0) < limits.bodyBufferBytes
    case .lingering: true
    case .answering, .closed: false
    }
  }

  /// Uses what has been received and reads on for as long as there is a use for it.
  func pump() {
    guard !isPumping else { return }
    isPumping = true
    defer { isPumping = false }
    if !leftover.isEmpty, wantsInput {
      var bytes: [UInt8] = []
      swap(&bytes, &leftover)
      let used = bytes.withUnsafeBytes { consume($0) }
      if !isClosed, used < bytes.count { leftover = used == 0 ? bytes : Array(bytes[used...]) }
    }
    while isReadable, wantsInput { receive() }
    if !isClosed { armTimer() }
  }

  private func receive() {
    let count = recv(fd, lane.input.baseAddress, lane.input.count, 0)
    if count > 0 {
      // Less than was asked for: the socket is empty (epoll(7)), unless the client's end follows.
      isReadable = count == lane.input.count || peerFinished
      let received = UnsafeRawBufferPointer(rebasing: lane.input[..<count])
      if leftover.isEmpty {
        let used = consume(received)
        if !isClosed, used < count { leftover = Array(received[used...]) }
      } else {
        var bytes: [UInt8] = []
        swap(&bytes, &leftover)
        bytes.append(contentsOf: received)
        let used = bytes.withUnsafeBytes { consume($0) }
        if !isClosed, used < bytes.count { leftover = used == 0 ? bytes : Array(bytes[used...]) }
      }
    } else if count == 0 {
      isReadable = false
      endOfInput()
    } else if errno == EAGAIN {
      isReadable = false
    } else if errno != EINTR {
      close()
    }
  }

  /// - Returns: How many of `bytes` were used.
  private func consume(_ bytes: UnsafeRawBufferPointer) -> Int {
    var used = 0
    while used < bytes.count, wantsInput {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
      let count: Int
      switch input {
      case .head(let parser, let begun): count = readHead(rest, parser, begun)
      case .body(let decoder): count = readBody(rest, decoder)
      case .lingering(let left): count = discard(rest, left)
      case .answering, .closed: count = 0
      }
      if count == 0 { break }
      used += count
    }
    return used
  }

  private func readHead(_ bytes: UnsafeRawBufferPointer, _ parser: HeadParser, _ begun: Bool)
    -> Int
  {
    var parser = parser
    do throws(HTTPError) {
      guard let layout = try parser.parse(bytes, limits) else {
        if !begun { deadlines.phase = reactor.now + limits.headTime.nanoseconds }
        input = .head(parser, begun: true)
        return 0
      }
      let head = try RequestHead(UnsafeRawBufferPointer(rebasing: bytes[..<layout.length]), layout)
      begin(head, layout)
      return layout.length
    } catch {
      refuse(error)
      return bytes.count
    }
  }

  private func readBody(_ bytes: UnsafeRawBufferPointer, _ decoder: BodyDecoder) -> Int {
    var decoder = decoder
    var unread: [UInt8] = []
    let source = exchange?.body
    do throws(HTTPError) {
      let used: Int
      if let source {
        let room = limits.bodyBufferBytes - source.buffer.count
        used = try decoder.decode(bytes, into: &source.buffer, limit: room)
      } else {
        used = try decoder.decode(bytes, into: &unread, limit: bytes.count)
      }
      extendBodyDeadline(by: used)
      input = .body(decoder)
      if decoder.isFinished { endOfBody(source) } else { source?.deliver() }
      updateClocks()
      return used
    } catch {
      bodyFailed(error)
      return bytes.count
    }
  }

  private func endOfBody(_ source: BodySource?) {
    deadlines.body = Deadlines.never
    if exchange != nil {
      input = .answering
      source?.finish()
    } else if server.isStopping {
      close()
    } else {
      expectRequest()
    }
  }

  /// The body can no longer be understood: nothing after it can be either.
  func bodyFailed(_ error: HTTPError) {
    deadlines.body = Deadlines.never
    guard let exchange else { return close() }
    input = .answering
    exchange.closes = true
    exchange.body?.fail(error)
    updateClocks()
  }

  private func discard(_ bytes: UnsafeRawBufferPointer, _ left: Int) -> Int {
    if bytes.count >= left { close() } else { input = .lingering(left: left - bytes.count) }
    return bytes.count
  }

  private func endOfInput() {
    switch input {
    case .head, .lingering: close()
    case .body: bodyFailed(.badRequest("The body ended early."))
    case .answering, .closed: break
    }
  }

  /// The handler waits for the client to send more. Where too many do, the longest wait ends.
  func bodyWaitBegan() {
    server.beginAwaitingBody()
    lane.awaitedBodies += 1
    if lane.awaitedBodies > server.maxBodiesAwaitedPerLane { lane.endLongestBodyWait() }
  }

  func bodyWaitEnded() {
    server.endAwaitingBody()
    lane.awaitedBodies -= 1
  }

  /// The reader of the body has taken what there was, or waits.
  func bodyWasAskedFor() {
    guard let exchange, case .body = input else { return }
    if exchange.expectsContinue {
      exchange.expectsContinue = false
      output.append(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
      flush()
    }
    pump()
    updateClocks()
    armTimer()
  }
}
