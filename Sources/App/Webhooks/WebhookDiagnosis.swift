import Foundation
import Postgres

/// What `doctor` says of each organization's webhook: whether it arrives, is refused and why, how
/// late it comes, and what to set where.
package struct WebhookDiagnosis: Sendable {
  let pool: PostgresPool
  /// Where vendors reach the service, without a trailing slash.
  let publicURL: String

  package func findings() async throws -> [Finding] {
    try await pool.read(Self.state).map { try finding(WebhookState($0)) }
  }

  /// One organization's sentence.
  func finding(_ state: WebhookState) -> Finding {
    let url = "\(publicURL)/webhooks/\(state.source.rawValue)/\(state.organizationID)"
    let subject = "\(state.source.rawValue) webhook \(state.name)"
    func found(_ isWell: Bool, _ parts: String?...) -> Finding {
      Finding(
        isWell: isWell, subject: subject,
        sentence: parts.compactMap(\.self).joined(separator: " "))
    }
    let isLocal = ["127.0.0.1", "localhost", "0.0.0.0"].contains { publicURL.contains("//\($0)") }
    let reach =
      isLocal
      ? "The vendor cannot reach this address: set ISSUEBRIDGE_PUBLIC_URL to the public one." : nil
    guard state.hasSecret else {
      // Syncs find every change too, only later: who wants no webhook is well.
      return found(
        state.refusal == nil,
        state.refusal == nil
          ? "None is set up; changes are found by the next sync."
          : "No secret is set, so every delivery is refused.", setUp(state, url), reach)
    }
    if let refused = state.refusal, state.lastDeliveryAt.map({ $0 < refused.at }) ?? true {
      return found(false, words(refused, state), setUp(state, url))
    }
    if state.tooLarge > 0 {
      return found(
        false,
        "\(state.tooLarge) deliveries were larger than \(WebhookRoutes.bodyLimit) bytes and were refused. The vendor "
          + "does not repeat them: what they told of is found by the next sync.")
    }
    guard let last = state.lastDeliveryAt else {
      return found(false, "Nothing has arrived yet.", setUp(state, url), reach)
    }
    let lateness = state.latenessSeconds.map {
      "Half of the last day's came within \(max(0, Int($0.rounded()))) s."
    }
    if state.failed > 0 {
      return found(
        false,
        "\(state.failed) deliveries could not be processed; see GET "
          + "/api/v1/webhook-deliveries?state=failed and replay them.", lateness)
    }
    let isLate = (state.latenessSeconds ?? 0) > 900
    return found(
      !isLate, "The last delivery came \(last.formatted(.iso8601)).", lateness,
      isLate ? "That is late: is the service reachable, and does it answer in time?" : nil)
  }

  private func words(_ refused: WebhookState.Refusal, _ state: WebhookState) -> String {
    let count =
      "\(refused.count) deliveries were refused, the last \(refused.at.formatted(.iso8601)):"
    return switch refused.reason {
    case "unsigned": "\(count) they are not signed."
    case "forged": "\(count) their signature is not made with the secret that is stored here."
    default: "\(count) no secret was set."
    }
  }

  private func setUp(_ state: WebhookState, _ url: String) -> String {
    switch state.source {
    case .jira:
      "In Jira, under Settings, System, WebHooks, set the URL \(url) with issue events, and a secret; "
        + "store the same one as webhook_secret of jira-organizations/\(state.organizationID)."
    case .sentry:
      "In Sentry, under Settings, Developer Settings, in the internal integration, set the webhook "
        + "URL \(url) with the resource issue; store its client secret as client_secret of "
        + "sentry-organizations/\(state.organizationID)."
    }
  }

  private static let state: Statement = """
    with organizations as (
      select 'jira' as source, id, name, webhook_secret_sealed is not null as has_secret
      from jira_organizations
      union all
      select 'sentry', id, name, client_secret_sealed is not null from sentry_organizations
    )
    select o.*, coalesce((
        select r.refusals from webhook_refusals r
        where r.source = o.source and r.organization_id = o.id and r.reason = 'too_large'
          and r.last_at > now() - interval '1 day'), 0) as too_large, refused.reason, refused.refusals, refused.last_at,
      (select max(received_at) from webhook_deliveries d
       where d.source = o.source
         and coalesce(d.jira_organization_id, d.sentry_organization_id) = o.id)
        as last_delivery_at,
      (select count(*) from webhook_deliveries d
       where d.state = 'failed' and d.source = o.source
         and coalesce(d.jira_organization_id, d.sentry_organization_id) = o.id) as failed,
      (select percentile_cont(0.5) within group (order by extract(epoch from received_at - sent_at))
       from webhook_deliveries d
       where d.source = o.source and d.received_at > now() - interval '1 day'
         and coalesce(d.jira_organization_id, d.sentry_organization_id) = o.id)::float8 as lateness
    from organizations o
      left join lateral (
        select reason, refusals, last_at from webhook_refusals r
        where r.source = o.source and r.organization_id = o.id and r.reason <> 'too_large' order by last_at desc limit 1
      ) refused on true
    order by o.source, o.id
    """
}

/// How an organization's webhook does.
struct WebhookState: Sendable {
  struct Refusal: Sendable {
    /// `no_secret`, `unsigned` or `forged`.
    var reason: String
    var count: Int
    var at: Date
  }

  var source: WebhookSource
  var organizationID: Int64
  var name: String
  var hasSecret: Bool
  /// The last kind of refusal.
  var refusal: Refusal?
  var lastDeliveryAt: Date?
  var failed = 0
  /// Deliveries that were refused as too large, when one was within the last day.
  var tooLarge = 0
  /// The median of the last day, by the vendor's clock and ours.
  var latenessSeconds: Double?
}

extension WebhookState {
  init(_ row: Row) throws {
    source = WebhookSource(rawValue: try row.text("source")) ?? .jira
    organizationID = try row.int64("id")
    name = try row.text("name")
    hasSecret = try row.bool("has_secret")
    if let reason = try row.textOrNil("reason") {
      refusal = Refusal(
        reason: reason, count: try row.int("refusals"), at: try row.date("last_at"))
    }
    lastDeliveryAt = try row.dateOrNil("last_delivery_at")
    failed = try row.int("failed")
    tooLarge = try row.int("too_large")
    latenessSeconds = try row.doubleOrNil("lateness")
  }
}
