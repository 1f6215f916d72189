import Glibc
import HTTPTypes
import Reactors

extension Connection {
  /// Up to this size an answer's body is copied behind its head; a larger one is sent from where it is.
  private static let copiedBodyBytes = 16 * 1024

  /// Queues the head and, unless it is a stream, the body.
  func sendHead(
    _ response: Response, _ framing: ResponseEncoder.Framing, _ exchange: Exchange
  ) {
    lane.output.removeAll(keepingCapacity: true)
    ResponseEncoder.appendHead(
      response, framing, closes: exchange.closes, date: lane.date.now(), to: &lane.output)
    guard case .bytes(let body) = response.body, framing != .bodiless, !exchange.isHead else {
      if case .stream = response.body, framing != .bodiless, !exchange.isHead {
        output.append(Array(lane.output))
        planFlush()
      } else {
        sendOutput()
      }
      return
    }
    if body.count <= Self.copiedBodyBytes {
      lane.output += body
      sendOutput()
    } else {
      output.append(Array(lane.output))
      output.append(body)
    }
  }

  /// Sends `lane.output` at once when nothing is queued before it, and queues what is not taken.
  private func sendOutput() {
    guard output.isEmpty else { return output.append(Array(lane.output)) }
    let sent = lane.output.withUnsafeBytes {
      send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    if sent < lane.output.count { output.append(Array(lane.output[max(0, sent)...])) }
  }

  /// Sends what the socket takes.
  func flush() {
    while !output.isEmpty {
      switch output.send(to: fd) {
      case .sent(let count): extendWriteDeadline(by: count)
      case .wouldBlock:
        if deadlines.write == Deadlines.never {
          deadlines.write = reactor.now + limits.writeTime.nanoseconds
        }
        armTimer()
        resumeWriter()
        return
      case .failed: return close()
      }
    }
    deadlines.write = Deadlines.never
    resumeWriter()
    if closesAfterOutput { linger() } else { pump() }
  }

  private func resumeWriter() {
    guard let exchange, let writer = exchange.writer,
      output.byteCount < limits.outputBufferBytes
    else { return }
    exchange.writer = nil
    writer.resume()
  }

  private func planFlush() {
    guard !flushIsPlanned else { return }
    flushIsPlanned = true
    reactor.atEndOfTurn { [self] in
      flushIsPlanned = false
      if !isClosed { flush() }
    }
  }

  /// Half-closes and reads what still comes: closing with unread bytes would make the kernel reset the
  /// connection, and the client might lose the answer.
  private func linger() {
    guard !isClosed else { return }
    closesAfterOutput = false
    leftover = []
    shutdown(fd, Int32(SHUT_WR))
    input = .lingering(left: limits.lingerBytes)
    deadlines = Deadlines()
    deadlines.phase = reactor.now + limits.lingerTime.nanoseconds
    isReadable = true
    pump()
  }

  /// Closes without an answer.
  func abandon(resets: Bool) {
    if resets {
      // Lingering for zero seconds makes the kernel send a reset instead of an orderly end.
      var none = Glibc.linger(l_onoff: 1, l_linger: 0)
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, socklen_t(MemoryLayout<Glibc.linger>.size))
    }
    close()
  }

  // MARK: Streamed answers

  /// Queues a piece; `done` is resumed when there is room for the next one.
  func stream(
    _ bytes: [UInt8], _ exchange: Exchange, _ done: UnsafeContinuation<Void, any Error>
  ) {
    guard self.exchange === exchange, exchange.writer == nil else {
      return done.resume(throwing: ClientLeft())
    }
    if let left = exchange.streamLeft {
      guard bytes.count <= left else { return done.resume(throwing: ResponseLengthMismatch()) }
      exchange.streamLeft = left - bytes.count
    }
    queue(bytes, isChunk: exchange.isChunked)
    exchange.writer = done
    if output.byteCount >= Self.copiedBodyBytes { flush() } else { planFlush() }
    resumeWriter()
  }

  private func queue(_ bytes: [UInt8], isChunk: Bool) {
    guard isChunk else { return output.append(bytes) }
    var line = ResponseEncoder.chunkLine(bytes.count)
    if bytes.count <= 4096 {
      line += bytes
      line += [13, 10]
      output.append(line)
    } else {
      output.append(line)
      output.append(bytes)
      output.append([13, 10])
    }
  }

  func endStream(_ exchange: Exchange) {
    guard self.exchange === exchange else { return }
    guard exchange.streamLeft ?? 0 == 0 else { return breakOff(exchange) }
    if exchange.isChunked { output.append(Array("0\r\n\r\n".utf8)) }
    endExchange(exchange)
  }

  /// Ends a connection whose answer cannot be completed.
  func breakOff(_ exchange: Exchange) {
    guard self.exchange === exchange else { return }
    flush()
    close()
  }
}
