-- An issue's key, project and time of creation stand apart, since they hardly ever change and lists are sorted
-- by them: an update of an issue wrote two indexes for them, each at another page. Apart from its text too,
-- which changes more often. One row for each issue, kept by triggers, as texts are (0076).
create table jira_issue_keys (
  issue_id        bigint primary key,
  jira_project_id bigint not null,
  key             text collate "C" not null,
  jira_created_at timestamptz not null,
  is_live         boolean not null
);
create type jira_issue_key as (
  issue_id bigint, jira_project_id bigint, key text, jira_created_at timestamptz, is_live boolean);

create function jira_issue_keys_keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into jira_issue_keys (issue_id, jira_project_id, key, jira_created_at, is_live)
      select id, jira_project_id, key, jira_created_at, deleted_at is null from new_rows;
  else
    delete from jira_issue_keys where issue_id in (select id from old_rows);
  end if;
  return null;
end $$;
create trigger jira_issues_key_inserted after insert on jira_issues
  referencing new table as new_rows
  for each statement execute function jira_issue_keys_keep();
create trigger jira_issues_key_deleted after delete on jira_issues
  referencing old table as old_rows
  for each statement execute function jira_issue_keys_keep();

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
      filter (where n.deleted_at is null and is_counted_anew) ||
    array_agg((o.jira_project_id, o.status_category, o.jira_created_at, o.resolved_at, -1)
        ::jira_issue_change)
      filter (where o.deleted_at is null and is_counted_anew),
    array_agg((n.id, ' ' || n.key || ' ' || n.summary)::issue_text)
      filter (where (n.key, n.summary) is distinct from (o.key, o.summary)),
    array_agg((n.id, n.jira_project_id, n.key, n.jira_created_at, n.deleted_at is null)::jira_issue_key)
      filter (where (n.jira_project_id, n.key, n.jira_created_at, n.deleted_at is null)
        is distinct from (o.jira_project_id, o.key, o.jira_created_at, o.deleted_at is null))
  into states, deleted_before, counts, texts, keys
  from new_rows n full join old_rows o on o.id = n.id
  cross join lateral (
    select (n.jira_project_id, n.status_category, n.jira_created_at, n.resolved_at, n.deleted_at is null)
      is distinct from
        (o.jira_project_id, o.status_category, o.jira_created_at, o.resolved_at, o.deleted_at is null)
      as is_counted_anew
  ) found
  where (n.jira_project_id, n.key, n.summary, n.status, n.status_category, n.resolution,
      n.jira_created_at, n.resolved_at, n.deleted_at is null)
    is distinct from (o.jira_project_id, o.key, o.summary, o.status, o.status_category, o.resolution,
      o.jira_created_at, o.resolved_at, o.deleted_at is null);

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

-- Only now: who writes issues waits for the triggers' transaction, so that none is missed.
insert into jira_issue_keys (issue_id, jira_project_id, key, jira_created_at, is_live)
  select id, jira_project_id, key, jira_created_at, deleted_at is null from jira_issues;
create index jira_issue_keys_by_key on jira_issue_keys (key, issue_id) where is_live;
create index jira_issue_keys_by_project
  on jira_issue_keys (jira_project_id, key, issue_id) where is_live;
create index jira_issue_keys_by_created on jira_issue_keys (jira_created_at, issue_id) where is_live;
analyze jira_issue_keys;
