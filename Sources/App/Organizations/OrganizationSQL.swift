import Postgres

/// The statements over the organizations of one vendor: two tables of the same shape, with other
/// names for three columns.
struct OrganizationSQL: Sendable {
  let list: String
  let find, lockedFind, findBudget, load, loadAll, holdsRecords: Statement
  let insert, update, delete, noteConnection, noteSynced, noteSite: Statement

  init(_ vendor: Vendor) {
    let table = vendor.table
    let columns = Self.columns(vendor)
    let budget = VendorBudgetStore.json(source: vendor.rawValue, organization: "o.id")
    list = "select /*sort*/\(columns), \(budget) as rate_budget from \(table) o"
    find = Statement("select \(columns) from \(table) o where o.id = $2")
    lockedFind = Statement(find.sql + " for update of o")
    findBudget = Statement("select \(budget)::text from \(table) o where o.id = $1")
    let typed = """
      select id, name, base_url, \(vendor.accountField) as account,
        \(vendor.tokenField)_sealed as token_sealed, site_id,
        \(vendor == .jira ? "site_url" : "null::text as site_url"),
        \(vendor == .sentry ? "history_days" : "null::integer as history_days")
      from \(table)
      """
    load = Statement(typed + " where id = $1")
    loadAll = Statement(typed + " where $1::text is null or name = $1::text order by id")
    insert = Statement(
      """
      insert into \(table)
        (name, base_url, \(vendor.accountField), \(vendor.tokenField)_sealed,
         \(vendor.secretField)_sealed, sync_enabled, sync_interval_minutes, link_discovery)
      values ($1, $2, $3, $4, $5, coalesce($6, true), coalesce($7::bigint, 360),
        coalesce($8, 'propose'))
      returning id
      """)
    update = Statement(Self.update(vendor))
    holdsRecords = Statement(
      """
      select exists (select from \(vendor.rawValue)_projects where \(vendor.rawValue)_organization_id = $1)
      """)
    noteSite = Statement(Self.noteSite(vendor))
    delete = Statement("delete from \(table) where id = $1")
    noteConnection = Statement(
      """
      update \(table)
      set connection_status = $2, connection_checked_at = now(), connection_error = $3
      where id = $1
      """)
    noteSynced = Statement(
      """
      update \(table) set last_synced_at = now(), connection_status = 'connected',
        connection_checked_at = now(), connection_error = null
      where id = $1
      \(LazyCommit.returning)
      """)
  }

  private static func columns(_ vendor: Vendor) -> String {
    let source = vendor.rawValue
    return """
      o.id, o.name, o.base_url, o.\(vendor.accountField),
      o.\(vendor.tokenField)_sealed is not null as has_\(vendor.tokenField),
      o.\(vendor.secretField)_sealed is not null as has_\(vendor.secretField),
      o.sync_enabled, o.sync_interval_minutes, o.link_discovery,
      \(vendor == .sentry ? "o.history_days," : "") o.connection_status, o.connection_checked_at,
      o.connection_error, o.last_synced_at,
      (select s.state from sync_schedules s
       where s.source = '\(source)' and s.organization_id = o.id) as sync_state,
      (select s.next_sync_at from sync_schedules s
       where s.source = '\(source)' and s.organization_id = o.id) as next_sync_at,
      $1::text || '/webhooks/\(source)/' || o.id as webhook_url,
      (select count(*) from \(source)_projects p where p.\(source)_organization_id = o.id)
        as project_count,
      (select coalesce(sum(c.issues), 0)::bigint from \(source)_issue_counts c
       join \(source)_projects p on p.id = c.\(source)_project_id
       where p.\(source)_organization_id = o.id) as issue_count,
      o.created_at, o.updated_at
      """
  }

  /// What a changed address, account or token makes of the last connection test is not known. A token
  /// was given for its address and account: it does not go with others.
  private static func update(_ vendor: Vendor) -> String {
    let (token, secret) = ("\(vendor.tokenField)_sealed", "\(vendor.secretField)_sealed")
    let account = vendor.accountField
    let newAccount =
      vendor == .jira
      ? "case when '\(account)' = any($9) then null else coalesce($4, o.\(account)) end"
      : "coalesce($4, o.\(account))"
    let isMoved =
      "(coalesce($3, o.base_url), \(newAccount)) is distinct from (o.base_url, o.\(account))"
    let isNew = "(\(isMoved) or $5::text is not null)"
    let site = "site_url = case when $3 <> o.base_url then null else o.site_url end,"
    return """
      update \(vendor.table) o set
        name = coalesce($2, o.name),
        base_url = coalesce($3, o.base_url), \(vendor == .jira ? site : "")
        \(account) = \(newAccount),
        \(token) = coalesce($5::text, case when not \(isMoved) then o.\(token) end),
        \(secret) = case when '\(vendor.secretField)' = any($9) then null
                    else coalesce($6, o.\(secret)) end,
        sync_enabled = coalesce($7, o.sync_enabled),
        sync_interval_minutes = coalesce($8::bigint, o.sync_interval_minutes),
        site_id = case when $10 then $11 else o.site_id end,
        link_discovery = coalesce($12, o.link_discovery),
        connection_status = case when \(isNew) then 'unknown' else o.connection_status end,
        connection_error = case when not \(isNew) then o.connection_error end
      where o.id = $1
      """
  }

  /// What the site reports of itself; what it does not report stays as it was.
  private static func noteSite(_ vendor: Vendor) -> String {
    guard vendor == .jira else {
      return """
        update sentry_organizations set site_id = $2 where id = $1 and site_id is distinct from $2
          and $3::text is null
        """
    }
    return """
      update jira_organizations
      set site_id = coalesce($2, site_id), site_url = coalesce($3, site_url)
      where id = $1
        and (coalesce($2, site_id), coalesce($3, site_url)) is distinct from (site_id, site_url)
      """
  }
}
