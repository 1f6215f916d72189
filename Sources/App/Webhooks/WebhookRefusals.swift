import Logging
import Postgres
import Synchronization

/// Counts refused deliveries. Whoever floods the receiver with forgeries must not make the database
/// write as often: counts are gathered and written together.
final class WebhookRefusals: Sendable {
  /// Between two writes.
  static let interval: Duration = .milliseconds(500)

  private struct Key: Hashable {
    var source: WebhookSource
    var organizationID: Int64
    var reason: String
  }

  private let pool: PostgresPool
  private let logger: Logger
  private let counts = Mutex<[Key: Int]>([:])

  init(pool: PostgresPool, logger: Logger) {
    self.pool = pool
    self.logger = logger
  }

  /// The reason of a delivery that is larger than any that is read.
  static let tooLarge = "too_large"

  func count(
    _ source: WebhookSource, organization id: Int64, _ refusal: WebhookSignature.Refusal
  ) {
    count(source, organization: id, reason: refusal.rawValue)
  }

  func count(_ source: WebhookSource, organization id: Int64, reason: String) {
    let isFirst = counts.withLock { counts in
      defer {
        counts[
          Key(source: source, organizationID: id, reason: reason), default: 0] += 1
      }
      return counts.isEmpty
    }
    guard isFirst else { return }
    Task {
      try? await Task.sleep(for: Self.interval)
      await flush()
    }
  }

  private func flush() async {
    let gathered = counts.withLock { counts in
      defer { counts = [:] }
      return counts.map { ($0, $1) }
    }
    do {
      _ = try await pool.query(
        Self.add, gathered.map(\.0.source.rawValue), gathered.map(\.0.organizationID),
        gathered.map(\.0.reason), gathered.map { Int64($0.1) })
    } catch {
      logger.warning("webhook.refusals.uncounted", metadata: ["error": "\(error)"])
    }
  }

  private static let add: Statement = """
    insert into webhook_refusals as r (source, organization_id, reason, refusals)
    select * from unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[])
    on conflict (source, organization_id, reason)
      do update set refusals = r.refusals + excluded.refusals, last_at = now()
    """
}
