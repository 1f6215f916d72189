import Glibc

/// Waiting for a socket on a thread that may block.
enum SocketWait {
  /// `false` when `deadline` came first. Errors and hang-ups count as ready: libpq reports them.
  static func until(
    _ deadline: ContinuousClock.Instant, _ descriptor: Int32, events: Int32
  ) -> Bool {
    var polled = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    return wait(&polled, 1, until: deadline)
  }

  static func wait(
    _ polled: UnsafeMutablePointer<pollfd>, _ count: Int, until deadline: ContinuousClock.Instant
  ) -> Bool {
    while true {
      let left = (deadline - .now) / .milliseconds(1)
      guard left > 0 else { return false }
      let milliseconds = Int32(min(left.rounded(.up), 3_600_000))
      let ready = poll(polled, nfds_t(count), milliseconds)
      if ready > 0 { return true }
      if ready < 0 && errno != EINTR { return true }
    }
  }
}
