import Postgres
import RESTClient
import SentryClient

/// The installation of our own integration in each Sentry organization. It is remembered, since a ticket
/// would need a request to find it; other vendors' apps are installed there too.
struct SentryInstallations: Sendable {
  let pool: PostgresPool

  /// Runs a request that is allowed to the installation whose token we have.
  ///
  /// - Returns: nil when there is none.
  func withOwn<T: Sendable>(
    _ organization: Int64, _ client: SentryClient, _ body: (String) async throws -> T
  ) async throws -> T? {
    do {
      if let known = try await pool.query(Self.find, organization).first {
        guard let uuid = try known.textOrNil("uuid") else { return nil }
        if let result = try await attempt(uuid, body) { return result }
      }
      for uuid in try await candidates(organization, client) {
        guard let result = try await attempt(uuid, body) else { continue }
        _ = try await pool.query(Self.note, organization, uuid)
        return result
      }
      _ = try await pool.query(Self.note, organization, String?.none)
    } catch is RefusedValue {
      // The installation is the right one, and this ticket is not for it.
    }
    return nil
  }

  /// Installations that may be ours, for a request that ours alone is allowed. Nothing is remembered.
  func possible(_ organization: Int64, _ client: SentryClient) async throws -> [String] {
    if let uuid = try await pool.query(Self.find, organization).first?.textOrNil("uuid") {
      return [uuid]
    }
    return try await candidates(organization, client)
  }

  private struct RefusedValue: Error {}

  /// - Returns: nil when the installation is another app's, or gone.
  private func attempt<T: Sendable>(_ uuid: String, _ body: (String) async throws -> T)
    async throws -> T?
  {
    do {
      return try await body(uuid)
    } catch let error as RESTError where error.status == 400 {
      throw RefusedValue()
    } catch let error as RESTError where [403, 404].contains(error.status) {
      return nil
    }
  }

  /// What signed its webhooks with our secret is ours for certain. Otherwise each is tried: an
  /// integration's token works at its own installation only. A person's token works at all of them, so
  /// that the only one may be taken.
  private func candidates(_ organization: Int64, _ client: SentryClient) async throws -> [String] {
    if let uuid = try await pool.query(Self.named, organization).first?.textOrNil(0) {
      return [uuid]
    }
    do {
      let all = try await client.installations()
      return client.isPersonal && all.count > 1 ? [] : all
    } catch let error as RESTError where [400, 403, 404].contains(error.status) {
      return []
    }
  }

  private static let find: Statement = """
    select uuid from sentry_installations
    where sentry_organization_id = $1 and (uuid is not null or read_at > now() - interval '1 day')
    """
  private static let note: Statement = """
    insert into sentry_installations (sentry_organization_id, uuid) values ($1, $2)
    on conflict (sentry_organization_id) do update set uuid = excluded.uuid, read_at = now()
    """
  private static let named: Statement = """
    select body->'installation'->>'uuid' from (
      select id, sentry_organization_id, body from webhook_deliveries
      where source = 'sentry' order by id desc limit 1000) lately
    where sentry_organization_id = $1 and body is not null order by id desc limit 1
    """
}
