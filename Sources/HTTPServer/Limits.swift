/// What a client may take before the server refuses. Sizes are bytes, times are wall-clock.
package struct Limits: Sendable {
  /// Method, target and version without the CRLF. Beyond it: 414.
  package var requestLineBytes = 8 * 1024
  /// The whole head with its empty line. Beyond it: 431.
  package var headBytes = 32 * 1024
  /// Header fields in a head. Beyond it: 431.
  package var headFields = 100
  /// From the first byte of a head to its last. Beyond it: 408 and close.
  package var headTime: Duration = .seconds(10)
  /// Between two requests. Beyond it the connection closes without an answer.
  package var idleTime: Duration = .seconds(60)
  /// The longest silence while a body is expected; also what `minimumBytesPerSecond` starts from.
  /// Beyond it: 408 and close.
  package var bodyTime: Duration = .seconds(20)
  /// The longest time a client may not take a byte of an answer. Beyond it the connection closes.
  package var writeTime: Duration = .seconds(20)
  /// The lowest average rate of a body and of an answer that the client lets wait: each byte buys
  /// 1/rate seconds, up to `bodyTime` or `writeTime` from now.
  package var minimumBytesPerSecond = 1024
  /// What is buffered of a request body before the server stops reading from the socket.
  package var bodyBufferBytes = 64 * 1024
  /// What is buffered of a streamed answer before `ResponseBodyWriter.write` waits.
  package var outputBufferBytes = 128 * 1024
  /// The rest of a body that is read and thrown away to keep the connection. Beyond it: close.
  package var unreadBodyBytes = 64 * 1024
  /// After the last answer of a connection: how long and how much is still read and thrown away, so
  /// that the kernel does not reset the answer away.
  package var lingerTime: Duration = .seconds(2)
  package var lingerBytes = 4 * 1024 * 1024
  /// From a head to the last byte of its body, however steadily the body arrives. Beyond it: 408 and
  /// close.
  package var bodyTimeout: Duration = .seconds(120)
  /// Open connections. Beyond it the connection that has been idle longest makes room for a new one;
  /// where none is idle: 503 with Retry-After and close. Beyond a tenth more, new ones wait in the
  /// kernel's queue.
  package var maxConnections = 10_000
  /// Requests whose handler is at work, without those that wait for their body or stream an answer.
  /// Beyond it: 503 with Retry-After.
  package var maxRequestsAtWork = 1_000
  /// Further requests at work for `ServerConfiguration.reservedPaths`.
  package var maxReservedRequests = 64
  /// Requests whose handler waits for more of the body. Beyond it the one that has waited longest is
  /// answered with 503 and closed, so that clients which send nothing cannot keep others out.
  package var maxBodiesAwaited = 1_000
  /// Bytes of request bodies that handlers hold. Beyond it: 503 with Retry-After and close.
  package var maxBodyBytesHeld = 128 << 20
  /// Streamed answers under way. Beyond it: 503 with Retry-After.
  package var maxStreams = 1_000

  package init() {}
}
