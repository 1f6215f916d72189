import HTTPTypes
import Reactors

extension Connection {
  func startHandlerClock() {
    handlerTimeLeft = nil
    deadlines.handler = reactor.now + server.configuration.handlerTimeout.nanoseconds
  }

  func stopHandlerClock() {
    handlerTimeLeft = nil
    deadlines.handler = Deadlines.never
  }

  /// The body's clock runs while the server is ready to read and the client may send; the handler's
  /// clock stands still while the handler waits for the body.
  func updateClocks() {
    let waitsForBody = exchange?.body?.isWaiting ?? false
    Self.run(
      &deadlines.handler, left: &handlerTimeLeft, if: !waitsForBody, at: reactor.now)
    guard case .body = input else { return }
    let full = (exchange?.body?.buffer.count ?? 0) >= limits.bodyBufferBytes
    let runs = !full && !(exchange?.expectsContinue ?? false)
    if runs, deadlines.body == Deadlines.never, bodyTimeLeft == nil {
      bodyTimeLeft = limits.bodyTime.nanoseconds
    }
    Self.run(&deadlines.body, left: &bodyTimeLeft, if: runs, at: reactor.now)
    if runs { deadlines.body = min(deadlines.body, bodyEnds) }
  }

  /// Stops a running clock or lets a stopped one go on; one that is neither stays as it is.
  private static func run(
    _ deadline: inout UInt64, left: inout UInt64?, if runs: Bool, at now: UInt64
  ) {
    if runs, let time = left {
      deadline = now + time
      left = nil
    } else if !runs, deadline != Deadlines.never {
      left = deadline > now ? deadline - now : 0
      deadline = Deadlines.never
    }
  }

  func extendBodyDeadline(by bytes: Int) {
    guard deadlines.body != Deadlines.never else { return }
    let extended = Deadlines.extended(
      deadlines.body, by: bytes, rate: limits.minimumBytesPerSecond,
      longest: limits.bodyTime.nanoseconds, now: reactor.now)
    deadlines.body = min(extended, bodyEnds)
  }

  func extendWriteDeadline(by bytes: Int) {
    guard deadlines.write != Deadlines.never else { return }
    deadlines.write = Deadlines.extended(
      deadlines.write, by: bytes, rate: limits.minimumBytesPerSecond,
      longest: limits.writeTime.nanoseconds, now: reactor.now)
  }

  /// Sees to it that a timer fires at the earliest deadline or before: deadlines mostly move later,
  /// so one that fires early costs less than a new one each time.
  func armTimer() {
    let earliest = deadlines.earliest
    guard earliest < timerDue, !isClosed else { return }
    timer?.cancel()
    timerDue = earliest
    let delay = earliest > reactor.now ? earliest - reactor.now : 0
    timer = reactor.schedule(after: .nanoseconds(Int64(clamping: delay))) { [self] in
      timer = nil
      timerDue = Deadlines.never
      expire()
      armTimer()
    }
  }

  private func expire() {
    let now = reactor.now
    if deadlines.write <= now { return close() }
    if deadlines.phase <= now { return phaseExpired() }
    if deadlines.handler <= now {
      stopHandlerClock()
      exchange?.task?.cancel()
      answerEarly(.unavailable("The request took too long."))
    }
    if deadlines.body <= now {
      bodyFailed(HTTPError(.requestTimeout, "The body came too slowly."))
    }
  }

  private func phaseExpired() {
    deadlines.phase = Deadlines.never
    if case .head(_, begun: true) = input {
      refuse(HTTPError(.requestTimeout, "The head of the request came too slowly."))
    } else if !output.isEmpty {
      // Not idle: the client is still taking the last answer, on the clock of writing.
      deadlines.phase = reactor.now + limits.idleTime.nanoseconds
    } else {
      close()
    }
  }
}
