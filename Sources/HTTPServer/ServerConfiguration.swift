/// How a `Server` listens and how long its handlers may take.
package struct ServerConfiguration: Sendable {
  /// An IPv4 or IPv6 address or a name, all of whose addresses are listened on ("localhost" is both
  /// 127.0.0.1 and ::1 where there is IPv6); "*" is every address of the machine.
  package var host: String
  /// 0 takes any free port; `Server.port` says which.
  package var port: Int
  package var limits: Limits
  /// Paths, such as those of health checks, that are still served when all other requests are refused
  /// for lack of capacity.
  package var reservedPaths: Set<String>
  /// From the head of a request to its `Response`, not counting the time spent waiting for the body.
  /// A streamed answer may take longer. Beyond it: the handler's task is cancelled, 503.
  package var handlerTimeout: Duration
  /// How long requests may go on when the task of `Server.run()` is cancelled.
  package var cancellationGrace: Duration

  package init(
    host: String = "127.0.0.1", port: Int = 0, limits: Limits = Limits(),
    reservedPaths: Set<String> = [], handlerTimeout: Duration = .seconds(30),
    cancellationGrace: Duration = .seconds(10)
  ) {
    self.host = host
    self.port = port
    self.limits = limits
    self.reservedPaths = reservedPaths
    self.handlerTimeout = handlerTimeout
    self.cancellationGrace = cancellationGrace
  }
}
