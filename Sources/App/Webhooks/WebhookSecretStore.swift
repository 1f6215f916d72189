import Postgres
import Synchronization

/// The secrets that webhooks are signed with. Each is remembered for a second, in which a burst asks
/// the database once; before a delivery is refused it is looked at again, so that a new secret holds
/// at once in every process, and an old one no longer than that.
final class WebhookSecretStore: Sendable {
  static let memory: Duration = .seconds(1)

  private struct Key: Hashable {
    var source: WebhookSource
    var organizationID: Int64
  }
  private struct Entry {
    var secret: String
    var until: ContinuousClock.Instant
  }

  private let pool: PostgresPool
  private let secrets: SecretBox
  private let known = Mutex<[Key: Entry]>([:])

  init(pool: PostgresPool, secrets: SecretBox) {
    self.pool = pool
    self.secrets = secrets
  }

  /// - Returns: nil when none is set.
  /// - Throws: a 404.
  func secret(_ source: WebhookSource, organization id: Int64) async throws -> String? {
    let key = Key(source: source, organizationID: id)
    let now = ContinuousClock.now
    if let entry = known.withLock({ $0[key] }), entry.until > now { return entry.secret }
    return try await freshSecret(source, organization: id)
  }

  /// As the database has it now.
  func freshSecret(_ source: WebhookSource, organization id: Int64) async throws -> String? {
    let find = source == .jira ? Self.findJira : Self.findSentry
    let key = Key(source: source, organizationID: id)
    let row = try await pool.read(find, id).first
    guard let sealed = try row?.textOrNil(0) else {
      known.withLock { $0[key] = nil }
      if row == nil { throw Problem.notFound("\(source.vendor.title) organization \(id)") }
      return nil
    }
    let secret = try secrets.open(
      sealed, place: source.vendor.place(of: source.vendor.secretField))
    known.withLock { $0[key] = Entry(secret: secret, until: .now + Self.memory) }
    return secret
  }

  private static let findJira: Statement =
    "select webhook_secret_sealed from jira_organizations where id = $1"
  private static let findSentry: Statement =
    "select client_secret_sealed from sentry_organizations where id = $1"
}
