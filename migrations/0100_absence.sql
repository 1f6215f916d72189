-- An issue that the vendor no longer shows is not deleted for that: the token may have expired, the account may
-- have lost a permission, a security level may hide it. Such an issue keeps its row, is listed, and is left out
-- of the counts of open work until it can be seen again; its links stay active and say why nothing is synced.
alter table jira_issues add column not_visible_since timestamptz;
alter table sentry_issues add column not_visible_since timestamptz;
comment on column jira_issues.not_visible_since is
  'since when Jira shows it to our account no longer, without proof that it was deleted';
comment on column sentry_issues.not_visible_since is
  'since when Sentry shows it to our token no longer, without proof that it was deleted';

-- Of the organization's statuses an issue holds one by its id; names and categories change without a change of
-- the issue.
alter table jira_issues add column status_id text;
comment on column jira_issues.status_id is
  'Jira''s id of the status: renaming or recategorising a status changes no issue''s time of update';

alter table jira_projects add column deleted_at timestamptz;
alter table jira_projects add column not_visible_since timestamptz;
comment on column jira_projects.deleted_at is
  'when it was found in Jira''s trash, or deleted: its issues are tombstones until it is restored';
comment on column jira_projects.not_visible_since is
  'since when the account may not browse it any more: its issues are not visible either';

-- A sync that would delete a large part of a project changes nothing of it, and waits for a person.
alter table sync_runs drop constraint sync_runs_status_known;
alter table sync_runs
  add column held_deletions jsonb not null default '[]',
  add column confirmed_deletions jsonb,
  add column confirmed_at timestamptz,
  add constraint sync_runs_status_known check (status in
    ('queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled', 'needs_confirmation')),
  add constraint sync_runs_held_deletions_array check (jsonb_typeof(held_deletions) = 'array');
comment on column sync_runs.held_deletions is
  '[{project, issues, of, keys}]: what would have been marked as deleted; a person has to confirm it';
comment on column sync_runs.confirmed_deletions is 'the held_deletions that a person has confirmed';
create trigger sync_runs_confirm_audit after update of confirmed_at on sync_runs
  for each row when (new.confirmed_at is distinct from old.confirmed_at and audit_is_signed())
  execute function audit_act('sync_run', 'status', 'confirmed_deletions');

-- The links of an issue that became invisible, or visible again. Row by row: hardly ever is it any.
create function jira_issues_appear() returns trigger language plpgsql as $$
declare
  why constant text := 'Jira does not show the ticket to the account of this organization: it may be hidden by an '
    'issue security level, or the account may have lost the permission to browse its project. Nothing is synced '
    'until the ticket can be seen again.';
  seen bigint[];
begin
  if new.not_visible_since is not null then
    with hidden as (
      update links set last_error = why
      where jira_issue_id = new.id and state = 'active' returning id)
    insert into link_events (link_id, cause, decision, reason, outcome)
    select id, links_cause('jira'), 'wait', why, 'nothing' from hidden;
  else
    with shown as (
      update links set last_error = null
      where jira_issue_id = new.id and state = 'active' and last_error = why returning id),
    told as (
      insert into link_events (link_id, cause, decision, reason, outcome)
      select id, links_cause('jira'), 'resume', 'The ticket can be seen in Jira again.', 'nothing' from shown)
    select array_agg(id) into seen from shown;
    if seen is not null then perform links_enqueue_sync(seen, links_cause('jira')); end if;
  end if;
  return null;
end $$;
create trigger jira_issues_appear after update of not_visible_since on jira_issues
  for each row when ((old.not_visible_since is null) <> (new.not_visible_since is null) and new.deleted_at is null)
  execute function jira_issues_appear();

create function sentry_issues_appear() returns trigger language plpgsql as $$
declare
  why constant text := 'Sentry does not show the issue to the token of this organization: the token may have lost '
    'access to its project. Nothing is synced until the issue can be seen again.';
  seen bigint[];
begin
  if new.not_visible_since is not null then
    with hidden as (
      update links set last_error = why
      where sentry_issue_id = new.id and state = 'active' returning id)
    insert into link_events (link_id, cause, decision, reason, outcome)
    select id, links_cause('sentry'), 'wait', why, 'nothing' from hidden;
  else
    with shown as (
      update links set last_error = null
      where sentry_issue_id = new.id and state = 'active' and last_error = why returning id),
    told as (
      insert into link_events (link_id, cause, decision, reason, outcome)
      select id, links_cause('sentry'), 'resume', 'The issue can be seen in Sentry again.', 'nothing' from shown)
    select array_agg(id) into seen from shown;
    if seen is not null then perform links_enqueue_sync(seen, links_cause('sentry')); end if;
  end if;
  return null;
end $$;
create trigger sentry_issues_appear after update of not_visible_since on sentry_issues
  for each row when ((old.not_visible_since is null) <> (new.not_visible_since is null) and new.deleted_at is null)
  execute function sentry_issues_appear();

-- What is not visible is not counted either: as 0082 and 0078 have them, with one more condition.
create or replace function jira_issues_changed() returns trigger language plpgsql as $$
declare
  states         issue_state[];
  deleted_before bigint[];
  counts         jira_issue_change[];
  texts          issue_text[];
  keys           jira_issue_key[];
begin
  select
    array_agg((n.id, n.status, n.status_category, n.resolution, n.deleted_at is null)::issue_state)
      filter (where (n.status, n.status_category, n.resolution, n.deleted_at is null)
        is distinct from (o.status, o.status_category, o.resolution, o.deleted_at is null)),
    array_agg(o.id) filter (where o.deleted_at is not null),
    array_agg((n.jira_project_id, n.status_category, n.jira_created_at, n.resolved_at, 1)
        ::jira_issue_change)
      filter (where n.is_counted and is_counted_anew) ||
    array_agg((o.jira_project_id, o.status_category, o.jira_created_at, o.resolved_at, -1)
        ::jira_issue_change)
      filter (where o.is_counted and is_counted_anew),
    array_agg((n.id, ' ' || n.key || ' ' || n.summary)::issue_text)
      filter (where (n.key, n.summary) is distinct from (o.key, o.summary)),
    array_agg((n.id, n.jira_project_id, n.key, n.jira_created_at, n.deleted_at is null)::jira_issue_key)
      filter (where (n.jira_project_id, n.key, n.jira_created_at, n.deleted_at is null)
        is distinct from (o.jira_project_id, o.key, o.jira_created_at, o.deleted_at is null))
  into states, deleted_before, counts, texts, keys
  from (select *, deleted_at is null and not_visible_since is null as is_counted from new_rows) n
  full join (select *, deleted_at is null and not_visible_since is null as is_counted from old_rows) o
    on o.id = n.id
  cross join lateral (
    select (n.jira_project_id, n.status_category, n.jira_created_at, n.resolved_at, n.is_counted)
      is distinct from
        (o.jira_project_id, o.status_category, o.jira_created_at, o.resolved_at, o.is_counted)
      as is_counted_anew
  ) found
  where (n.jira_project_id, n.key, n.summary, n.status, n.status_category, n.resolution,
      n.jira_created_at, n.resolved_at, n.deleted_at is null, n.is_counted)
    is distinct from (o.jira_project_id, o.key, o.summary, o.status, o.status_category, o.resolution,
      o.jira_created_at, o.resolved_at, o.deleted_at is null, o.is_counted);

  if states is not null then
    perform links_follow_jira_issues(states, coalesce(deleted_before, '{}'));
  end if;
  if counts is not null then perform jira_issue_changes_apply(counts); end if;
  if texts is not null then
    update jira_issue_texts t set text = c.text from unnest(texts) c where t.issue_id = c.issue_id;
  end if;
  if keys is not null then
    update jira_issue_keys k
    set jira_project_id = c.jira_project_id, key = c.key, jira_created_at = c.jira_created_at,
      is_live = c.is_live
    from unnest(keys) c where k.issue_id = c.issue_id;
  end if;
  return null;
end $$;

create or replace function sentry_issues_changed() returns trigger language plpgsql as $$
declare
  states         issue_state[];
  deleted_before bigint[];
  counts         sentry_issue_change[];
  texts          issue_text[];
begin
  select
    array_agg((n.id, n.status, null, null, n.deleted_at is null)::issue_state)
      filter (where (n.status, n.deleted_at is null) is distinct from (o.status, o.deleted_at is null)),
    array_agg(o.id) filter (where o.deleted_at is not null),
    array_agg((n.sentry_project_id, n.status, n.level, n.is_regressed, n.user_count, n.has_ticket,
        n.first_seen_at, 1)::sentry_issue_change)
      filter (where n.is_counted and is_counted_anew) ||
    array_agg((o.sentry_project_id, o.status, o.level, o.is_regressed, o.user_count, o.has_ticket,
        o.first_seen_at, -1)::sentry_issue_change)
      filter (where o.is_counted and is_counted_anew),
    array_agg((n.id, ' ' || n.short_id || ' ' || n.title)::issue_text)
      filter (where (n.short_id, n.title) is distinct from (o.short_id, o.title))
  into states, deleted_before, counts, texts
  from (
    select *, coalesce(substatus = 'regressed', false) as is_regressed,
      deleted_at is null and not_visible_since is null as is_counted
    from new_rows) n
  full join (
    select *, coalesce(substatus = 'regressed', false) as is_regressed,
      deleted_at is null and not_visible_since is null as is_counted
    from old_rows) o
    on o.id = n.id
  cross join lateral (
    select (n.sentry_project_id, n.status, n.level, n.is_regressed, n.user_count, n.has_ticket,
        n.first_seen_at, n.is_counted)
      is distinct from (o.sentry_project_id, o.status, o.level, o.is_regressed, o.user_count,
        o.has_ticket, o.first_seen_at, o.is_counted)
      as is_counted_anew
  ) found
  where (n.sentry_project_id, n.short_id, n.title, n.status, n.level, n.is_regressed, n.user_count,
      n.has_ticket, n.first_seen_at, n.deleted_at is null, n.is_counted)
    is distinct from (o.sentry_project_id, o.short_id, o.title, o.status, o.level, o.is_regressed,
      o.user_count, o.has_ticket, o.first_seen_at, o.deleted_at is null, o.is_counted);

  if states is not null then
    perform links_follow_sentry_issues(states, coalesce(deleted_before, '{}'));
  end if;
  if counts is not null then perform sentry_issue_changes_apply(counts); end if;
  if texts is not null then
    update sentry_issue_texts t set text = c.text from unnest(texts) c where t.issue_id = c.issue_id;
  end if;
  return null;
end $$;

create or replace function jira_issue_counts_keep() returns trigger language plpgsql as $$
declare
  changes jira_issue_change[];
begin
  if tg_op = 'INSERT' then
    select array_agg(
      (jira_project_id, status_category, jira_created_at, resolved_at, 1)::jira_issue_change)
    into changes from new_rows where deleted_at is null and not_visible_since is null;
  else
    select array_agg(
      (jira_project_id, status_category, jira_created_at, resolved_at, -1)::jira_issue_change)
    into changes from old_rows where deleted_at is null and not_visible_since is null;
  end if;
  if changes is not null then perform jira_issue_changes_apply(changes); end if;
  return null;
end $$;

create or replace function sentry_issue_counts_keep() returns trigger language plpgsql as $$
declare
  changes sentry_issue_change[];
begin
  if tg_op = 'INSERT' then
    select array_agg((sentry_project_id, status, level, coalesce(substatus = 'regressed', false),
      user_count, has_ticket, first_seen_at, 1)::sentry_issue_change)
    into changes from new_rows where deleted_at is null and not_visible_since is null;
  else
    select array_agg((sentry_project_id, status, level, coalesce(substatus = 'regressed', false),
      user_count, has_ticket, first_seen_at, -1)::sentry_issue_change)
    into changes from old_rows where deleted_at is null and not_visible_since is null;
  end if;
  if changes is not null then perform sentry_issue_changes_apply(changes); end if;
  return null;
end $$;

-- A waiting run is found at a glance, and ends when a newer one has looked.
create index sync_runs_waiting on sync_runs (id) where status = 'needs_confirmation';
