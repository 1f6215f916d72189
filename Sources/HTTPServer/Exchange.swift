/// One request and its answer on a connection; used on the reactor's thread only.
final class Exchange: @unchecked Sendable {
  /// The connection ends with this answer.
  var closes: Bool
  let isHead: Bool
  let minorVersion: Int
  /// Where the body goes; nil when there is none.
  let body: BodySource?
  /// The client waits for `100 Continue`.
  var expectsContinue: Bool
  var task: Task<Void, Never>?
  /// The head of the answer is queued.
  var isAnswered = false
  /// The handler has not ended.
  var isRunning = true
  /// The answer is streamed, and counted as a stream.
  var isStream = false
  /// Of a streamed answer: what it still has to write; nil when chunked or ended by closing.
  var streamLeft: Int?
  var isChunked = false
  /// The writer of a streamed answer that waits for the client.
  var writer: UnsafeContinuation<Void, any Error>?

  init(_ layout: HeadLayout, isHead: Bool, body: BodySource?) {
    closes = layout.closes
    self.isHead = isHead
    minorVersion = layout.minorVersion
    expectsContinue = layout.expectsContinue
    self.body = body
  }
}
