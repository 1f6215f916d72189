import CLibpq
import Glibc

extension Connection {
  struct Notification {
    let channel: String
    let payload: String
  }

  /// What came on the channels that this connection listens to. Blocks until something came, `stop`
  /// was signalled or `deadline` passed.
  func notifications(
    until deadline: ContinuousClock.Instant, stop: Interruption
  ) throws -> [Notification] {
    var received = takeNotifications()
    guard received.isEmpty else { return received }
    var polled = [
      pollfd(fd: PQsocket(raw), events: Int16(POLLIN), revents: 0),
      pollfd(fd: stop.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    if SocketWait.wait(&polled, polled.count, until: deadline), polled[0].revents != 0 {
      guard PQconsumeInput(raw) == 1, !isBroken else { throw PostgresError(connection: raw) }
      received = takeNotifications()
    }
    return received
  }

  private func takeNotifications() -> [Notification] {
    var received: [Notification] = []
    while let notification = PQnotifies(raw) {
      received.append(
        Notification(
          channel: String(cString: notification.pointee.relname),
          payload: notification.pointee.extra.map { String(cString: $0) } ?? ""))
      PQfreemem(notification)
    }
    return received
  }

  func listen(to channel: String) throws {
    let quoted = channel.replacing("\"", with: "\"\"")
    try execute("listen \"\(quoted)\"")
  }
}
