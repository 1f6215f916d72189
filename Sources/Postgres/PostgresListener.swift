import Foundation
import Glibc
import Logging

/// Notifications of some channels, over a connection of its own with a thread of its own, which
/// reconnects with backoff.
package final class PostgresListener: Sendable {
  package enum Event: Sendable, Equatable {
    /// Listening has begun, or begun again: what was notified meanwhile is lost, so read the state
    /// anew.
    case connected
    case notification(channel: String, payload: String)
  }

  /// Events that a slow consumer may be behind; beyond it they are dropped and a `.connected` says
  /// so.
  package static let bufferCapacity = 4096

  private let configuration: PostgresConfiguration
  private let channels: [String]

  package init(configuration: PostgresConfiguration, channels: [String]) {
    self.configuration = configuration
    self.channels = channels
  }

  /// Listens until the consumer stops iterating or its task ends. Each call has its own connection.
  package func events() throws -> AsyncStream<Event> {
    let stop = try Interruption()
    let stopped = CancelFlag()
    let (stream, continuation) = AsyncStream.makeStream(
      of: Event.self, bufferingPolicy: .bufferingOldest(Self.bufferCapacity))
    continuation.onTermination = { _ in
      stopped.set()
      stop.signal()
    }
    let (configuration, channels) = (configuration, channels)
    let thread = Thread {
      let listening = Listening(
        configuration: configuration, channels: channels, stop: stop, stopped: stopped,
        continuation: continuation)
      listening.run()
    }
    thread.name = "pg-listen"
    thread.stackSize = 512 << 10
    thread.start()
    return stream
  }
}

/// The work of a listener's thread.
private final class Listening {
  /// How often a silent connection is tried, for a server that went away without a word.
  private static let checkInterval: Duration = .seconds(30)

  private let configuration: PostgresConfiguration
  private let channels: [String]
  private let stop: Interruption
  private let stopped: CancelFlag
  private let continuation: AsyncStream<PostgresListener.Event>.Continuation
  private var backoff = Backoff()
  private var hasDropped = false

  init(
    configuration: PostgresConfiguration, channels: [String], stop: Interruption,
    stopped: CancelFlag, continuation: AsyncStream<PostgresListener.Event>.Continuation
  ) {
    self.configuration = configuration
    self.channels = channels
    self.stop = stop
    self.stopped = stopped
    self.continuation = continuation
  }

  func run() {
    while !stopped.isSet {
      do {
        try listen()
      } catch {
        configuration.logger.warning("postgres.listener.lost", metadata: ["error": "\(error)"])
        pause(for: backoff.next())
      }
    }
  }

  private func listen() throws {
    let connection = try Connection(configuration, by: .now + configuration.connectTimeout)
    for channel in channels { try connection.listen(to: channel) }
    backoff.reset()
    deliver(.connected)
    while !stopped.isSet {
      let received = try connection.notifications(until: .now + Self.checkInterval, stop: stop)
      for notification in received {
        deliver(.notification(channel: notification.channel, payload: notification.payload))
      }
      if received.isEmpty && !stopped.isSet { try connection.execute("select 1") }
    }
  }

  private func deliver(_ event: PostgresListener.Event) {
    if hasDropped, case .enqueued = continuation.yield(.connected) { hasDropped = false }
    if case .dropped = continuation.yield(event) { hasDropped = true }
  }

  private func pause(for duration: Duration) {
    _ = SocketWait.until(.now + duration, stop.descriptor, events: POLLIN)
  }
}
