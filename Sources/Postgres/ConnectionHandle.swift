import CLibpq
import Glibc
import Logging

/// The one owner of a `PGconn`: opens it without ever blocking beyond a deadline, closes it at the
/// end of its life.
struct ConnectionHandle: ~Copyable {
  let raw: OpaquePointer
  private let notices: Unmanaged<NoticeSink>

  deinit {
    PQfinish(raw)
    notices.release()
  }

  private init(raw: OpaquePointer, notices: Unmanaged<NoticeSink>) {
    self.raw = raw
    self.notices = notices
  }

  /// Begins to connect; `PQconnectPoll` goes on and `finishOpening()` ends it.
  static func beginOpening(_ configuration: PostgresConfiguration) throws -> ConnectionHandle {
    // Later keywords win: what the connection string says beats the defaults before it.
    let pairs = [
      ("fallback_application_name", configuration.applicationName), ("keepalives_idle", "30"),
      ("keepalives_interval", "10"), ("keepalives_count", "3"),
      ("dbname", configuration.conninfo), ("client_encoding", "UTF8"),
    ]
    let keywords = CStrings(pairs.map(\.0))
    let values = CStrings(pairs.map(\.1))
    let raw = keywords.withPointers { keywords in
      values.withPointers { PQconnectStartParams(keywords, $0, 1) }
    }
    guard let raw else { throw PostgresError(.connection, "out of memory") }
    let handle = ConnectionHandle(
      raw: raw, notices: .passRetained(NoticeSink(logger: configuration.logger)))
    // Without it libpq prints notices to standard error.
    PQsetNoticeProcessor(
      raw,
      { context, message in
        guard let context, let message else { return }
        Unmanaged<NoticeSink>.fromOpaque(context).takeUnretainedValue()
          .receive(String(cString: message))
      }, handle.notices.toOpaque())
    if PQstatus(raw) == CONNECTION_BAD { throw PostgresError(connection: raw) }
    return handle
  }

  /// Connects, waiting in `poll`.
  static func open(
    _ configuration: PostgresConfiguration, by deadline: ContinuousClock.Instant
  ) throws -> ConnectionHandle {
    let handle = try beginOpening(configuration)
    var state = PGRES_POLLING_WRITING
    while true {
      switch state {
      case PGRES_POLLING_OK:
        try handle.finishOpening()
        return handle
      case PGRES_POLLING_FAILED: throw PostgresError(connection: handle.raw)
      default: break
      }
      let events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
      guard SocketWait.until(deadline, PQsocket(handle.raw), events: events) else {
        throw PostgresError(.connection, "the server did not answer the connection in time")
      }
      state = PQconnectPoll(handle.raw)
    }
  }

  /// What must hold of every connection before its first statement.
  func finishOpening() throws {
    let version = PQserverVersion(raw)
    guard version >= PostgresConfiguration.oldestServerVersion else {
      throw PostgresError(
        .connection,
        "the server is PostgreSQL \(version / 10_000); version 14 or newer is needed")
    }
    guard PQsetnonblocking(raw, 1) == 0 else { throw PostgresError(connection: raw) }
  }
}

/// Takes the server's notices into the log.
private final class NoticeSink: Sendable {
  let logger: Logger
  init(logger: Logger) { self.logger = logger }

  func receive(_ message: String) {
    logger.debug("postgres.notice", metadata: ["notice": "\(message.singleLine)"])
  }
}
