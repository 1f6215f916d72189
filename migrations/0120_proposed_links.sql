-- What people type into a ticket, and what other tools show at an issue, is a mention, not a link
-- (docs/decisions/0013-mentions.md). Discovery makes a `proposed` link of it, which carries nothing until
-- a person accepts it.
alter table links
  drop constraint links_state_known,
  add constraint links_state_known check (state in ('proposed', 'pending', 'active', 'broken')),
  add constraint links_proposed_has_ticket check (state <> 'proposed' or jira_issue_id is not null),
  add column found_in text,
  add column found_at text,
  add column recorded_checked_at timestamptz,
  add constraint links_found_in_known
    check (found_in in ('description', 'remote_link', 'annotation', 'integration'));
comment on column links.found_in is
  'where discovery found the pair; integration: recorded by Sentry''s own Jira integration';
comment on column links.found_at is 'the address that one side names the other by';
comment on column links.recorded_checked_at is
  'when Sentry was last asked whether its own integration recorded a proposed pair';

-- What is found is off, proposed, or active at once where Sentry's own integration recorded it.
alter table jira_organizations add column link_discovery text not null default 'propose',
  add constraint jira_organizations_link_discovery_known
    check (link_discovery in ('off', 'propose', 'trust_integrations'));
alter table sentry_organizations add column link_discovery text not null default 'propose',
  add constraint sentry_organizations_link_discovery_known
    check (link_discovery in ('off', 'propose', 'trust_integrations'));

-- Whether two projects belong to one product: the same one, or one above the other. Where neither has a
-- product, nothing has been divided into products yet.
create function products_are_one(one bigint, other bigint) returns boolean
  language sql stable as $$
  with recursive above (origin, id) as (
    select id, id from products where id in (one, other)
    union
    select above.origin, p.parent_id from above join products p on p.id = above.id
    where p.parent_id is not null)
  select one is not distinct from other
    or exists (select from above where (origin, id) in ((one, other), (other, one)))
$$;

-- Who accepted a proposed link. A rejection is a deletion, which is audited already.
create trigger links_audit_acceptance after update of state on links
  for each row when (old.state = 'proposed' and new.state <> 'proposed')
  execute function audit_change('link', 'agreed_sentry_status', 'agreed_jira_category',
    'agreed_jira_status', 'agreed_jira_resolution', 'recorded_checked_at');

-- A proposed link counts as made when it is accepted.
create or replace function links_count(was links, becomes links) returns void language sql as $$
  insert into link_counts as kept (sentry_project_id, jira_project_id, state, links)
  select sentry_project_id, jira_project_id, state, sum(change)
  from (
    select becomes.sentry_project_id, becomes.jira_project_id, becomes.state, 1 as change
    where becomes.id is not null
    union all
    select was.sentry_project_id, was.jira_project_id, was.state, -1 where was.id is not null
  ) changes
  where exists (select from sentry_projects p where p.id = sentry_project_id)
    and exists (select from jira_projects p where p.id = jira_project_id)
  group by 1, 2, 3 having sum(change) <> 0 order by 1, 2, 3
  on conflict (sentry_project_id, jira_project_id, state) do update set
    links = kept.links + excluded.links;

  insert into link_days as kept (day, made, resolved)
  select utc_day(now()), is_made::int, is_resolved::int
  from (
    select
      becomes.state <> 'proposed' and coalesce(was.state, 'proposed') = 'proposed' as is_made,
      becomes.agreed_sentry_status = 'resolved'
        and was.agreed_sentry_status is distinct from 'resolved'
        and coalesce(was.state, 'proposed') <> 'proposed' as is_resolved
  ) what
  where is_made or is_resolved
  on conflict (day) do update set
    made = kept.made + excluded.made, resolved = kept.resolved + excluded.resolved;

  update sentry_issues issue set has_ticket = found.has_ticket
  from (
    select ids.id, exists (
      select from links l
      where l.sentry_issue_id = ids.id and l.state = 'active' and l.jira_issue_id is not null
    ) as has_ticket
    from (select was.sentry_issue_id as id union select becomes.sentry_issue_id) ids
  ) found
  where issue.id = found.id and issue.has_ticket <> found.has_ticket;
$$;

-- A ticket that moves into a project where the issue has a ticket already is one more ticket there: the rule
-- of one ticket per project is for those who create tickets, not for those who move them.
create or replace function links_follow_jira_issue() returns trigger language plpgsql as $$
begin
  update links l set jira_project_id = new.jira_project_id,
    allows_duplicate = l.allows_duplicate or exists (
      select from links other
      where other.sentry_issue_id = l.sentry_issue_id and other.id <> l.id
        and other.jira_project_id = new.jira_project_id)
  where l.jira_issue_id = new.id;
  return null;
end $$;

-- What a sync has stored is looked through for mentions at once, without a request to a vendor; web links of
-- tickets wait for the job that looks every ten minutes.
create function sync_runs_discover() returns trigger language plpgsql as $$
begin
  insert into jobs (kind, arguments, state, priority, max_attempts, unique_key, unique_until)
  values ('discover_links', '{"only_stored": true}', 'available', 4, 3, 'discover_links:stored', 'started')
  on conflict (unique_key) where state in ('available', 'scheduled', 'retryable')
    or (state = 'running' and unique_until = 'finished') do nothing;
  if found then perform pg_notify('issuebridge_jobs', ''); end if;
  return null;
end $$;
create trigger sync_runs_discover after update of status on sync_runs
  for each row when (old.status = 'running' and new.status in ('succeeded', 'partial')
    and new.source <> 'links' and not new.dry_run)
  execute function sync_runs_discover();
