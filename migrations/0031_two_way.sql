-- How statuses map between Jira and Sentry: for one Jira project, else for a product, else for all.
create table status_mappings (
  id                 bigint generated always as identity primary key,
  product_id         bigint,
  jira_project_id    bigint,
  jira_to_sentry     jsonb not null,
  sentry_to_jira     jsonb not null,
  conflict_policy    text not null default 'latest_wins',
  reopen_window_days integer,
  keep_archived      boolean not null default true,
  created_at         timestamptz not null default now(),
  updated_at         timestamptz not null default now(),
  constraint status_mappings_one_scope check (num_nonnulls(product_id, jira_project_id) <= 1),
  constraint status_mappings_policy_known
    check (conflict_policy in ('latest_wins', 'jira_wins', 'sentry_wins')),
  constraint status_mappings_window_range check (reopen_window_days between 0 and 3650),
  constraint status_mappings_product_exists
    foreign key (product_id) references products (id) on delete cascade,
  constraint status_mappings_jira_project_exists
    foreign key (jira_project_id) references jira_projects (id) on delete cascade
);
create unique index status_mappings_one_a_scope
  on status_mappings (coalesce(product_id, 0), coalesce(jira_project_id, 0));
create trigger status_mappings_touch before update on status_mappings
  for each row when (old.* is distinct from new.*) execute function touch_updated_at();
create trigger status_mappings_audit after insert or update or delete on status_mappings
  for each row execute function audit_change('status_mapping');

-- What both sides were when they were last compared; and which link goes on with a newer ticket.
alter table links
  add column agreed_jira_status text,
  add column agreed_jira_resolution text,
  add column continues_link_id bigint,
  add column syncing_until timestamptz,
  add constraint links_continues_exists
    foreign key (continues_link_id) references links (id) on delete set null,
  add constraint links_continued_once unique (continues_link_id);
comment on column links.syncing_until is
  'whoever compares the sides holds the link until then; two must not move it at the same time';

-- Every change of a status that we ask a vendor for, written before it is asked: an incoming change
-- that equals it is its echo, also when the process died before it knew of the answer.
create table vendor_writes (
  id         bigint generated always as identity primary key,
  link_id    bigint not null references links (id) on delete cascade,
  vendor     text not null,
  expected   text not null,
  state      text not null default 'sent',
  written_at timestamptz not null default now(),
  echo_at    timestamptz,
  constraint vendor_writes_vendor_known check (vendor in ('jira', 'sentry')),
  constraint vendor_writes_state_known check (state in ('sent', 'done', 'failed'))
);
comment on column vendor_writes.expected is 'Jira''s status category or Sentry''s status afterwards';
create index vendor_writes_by_link on vendor_writes (link_id, id);
create index vendor_writes_by_time on vendor_writes (written_at);

-- When Sentry was asked for what is stored. Sentry gives no time of a change, so an answer that was
-- fetched earlier must not overwrite one fetched later.
alter table sentry_issues add column read_at timestamptz not null default '-infinity';

-- A linked issue whose status is not what both sides agreed on is a change to carry over, whoever
-- stored it: a webhook, a sync, a user. What our own comparison wrote is agreed on already.
create function links_enqueue_sync(link_ids bigint[], cause text) returns void
language plpgsql as $$
begin
  insert into jobs (kind, arguments, state, unique_key, unique_until)
  select 'sync_link', jsonb_build_object('link_id', id, 'cause', cause), 'available',
    'sync_link:' || id, 'started'
  from unnest(link_ids) as id order by id
  on conflict (unique_key) where state in ('available', 'scheduled', 'retryable')
    or (state = 'running' and unique_until = 'finished') do nothing;
  if found then perform pg_notify('issuebridge_jobs', ''); end if;
end $$;

-- Who caused the change, from the transaction's signature.
create function links_cause(vendor text) returns text language sql as $$
  select vendor || ' changed: ' || coalesce(
    nullif(current_setting('issuebridge.cause', true), ''), 'sync')
$$;

create function jira_issues_carry() returns trigger language plpgsql as $$
declare
  changed bigint[];
begin
  select array_agg(l.id) into changed
  from new_rows n join old_rows o on o.id = n.id join links l on l.jira_issue_id = n.id
  where l.state = 'active' and n.deleted_at is null
    and (n.status, n.status_category, n.resolution)
      is distinct from (o.status, o.status_category, o.resolution)
    and (n.status, n.status_category, n.resolution) is distinct from
      (coalesce(l.agreed_jira_status, n.status), l.agreed_jira_category,
       case when l.agreed_jira_status is null then n.resolution else l.agreed_jira_resolution end);
  if changed is not null then perform links_enqueue_sync(changed, links_cause('jira')); end if;

  with lost as (
    update links l set state = 'broken', last_error = 'The ticket was deleted in Jira.'
    from new_rows n join old_rows o on o.id = n.id
    where l.jira_issue_id = n.id and l.state = 'active'
      and n.deleted_at is not null and o.deleted_at is null
    returning l.id)
  insert into link_events (link_id, cause, decision, reason, outcome)
  select id, links_cause('jira'), 'break', 'The ticket was deleted in Jira.', 'applied' from lost;

  with found as (
    update links l set state = 'active', last_error = null
    from new_rows n join old_rows o on o.id = n.id
    where l.jira_issue_id = n.id and l.state = 'broken'
      and n.deleted_at is null and o.deleted_at is not null
      and exists (select from sentry_issues s
                  where s.id = l.sentry_issue_id and s.deleted_at is null)
    returning l.id)
  insert into link_events (link_id, cause, decision, reason, outcome)
  select id, links_cause('jira'), 'revive', 'The ticket can be seen in Jira again.', 'applied'
  from found;
  return null;
end $$;
create trigger jira_issues_carry after update on jira_issues
  referencing old table as old_rows new table as new_rows
  for each statement execute function jira_issues_carry();

create function sentry_issues_carry() returns trigger language plpgsql as $$
declare
  changed bigint[];
begin
  select array_agg(l.id) into changed
  from new_rows n join old_rows o on o.id = n.id join links l on l.sentry_issue_id = n.id
  where l.state = 'active' and n.deleted_at is null
    and n.status is distinct from o.status and n.status is distinct from l.agreed_sentry_status;
  if changed is not null then perform links_enqueue_sync(changed, links_cause('sentry')); end if;

  with lost as (
    update links l set state = 'broken', last_error = 'The issue was deleted in Sentry.'
    from new_rows n join old_rows o on o.id = n.id
    where l.sentry_issue_id = n.id and l.state = 'active'
      and n.deleted_at is not null and o.deleted_at is null
    returning l.id)
  insert into link_events (link_id, cause, decision, reason, outcome)
  select id, links_cause('sentry'), 'break', 'The issue was deleted in Sentry.', 'applied'
  from lost;

  with found as (
    update links l set state = 'active', last_error = null
    from new_rows n join old_rows o on o.id = n.id
    where l.sentry_issue_id = n.id and l.state = 'broken' and l.jira_issue_id is not null
      and n.deleted_at is null and o.deleted_at is not null
      and exists (select from jira_issues j
                  where j.id = l.jira_issue_id and j.deleted_at is null)
    returning l.id)
  insert into link_events (link_id, cause, decision, reason, outcome)
  select id, links_cause('sentry'), 'revive', 'The issue can be seen in Sentry again.', 'applied'
  from found;
  return null;
end $$;
create trigger sentry_issues_carry after update on sentry_issues
  referencing old table as old_rows new table as new_rows
  for each statement execute function sentry_issues_carry();
