-- What an update means for counts, links and texts is found by one comparison of the rows before and after,
-- instead of four. A full join, since it is never made by nested loops: those were chosen by whoever
-- updated a single row first, and then kept for pages.
create function jira_issues_changed() returns trigger language plpgsql as $$
declare
  states         issue_state[];
  deleted_before bigint[];
  counts         jira_issue_change[];
  texts          issue_text[];
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
      filter (where (n.key, n.summary) is distinct from (o.key, o.summary))
  into states, deleted_before, counts, texts
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
  return null;
end $$;
drop trigger jira_issues_carry on jira_issues;
drop trigger jira_issues_count_updated on jira_issues;
drop trigger jira_issues_text_updated on jira_issues;
create trigger jira_issues_changed after update on jira_issues
  referencing old table as old_rows new table as new_rows
  for each statement execute function jira_issues_changed();

create function sentry_issues_changed() returns trigger language plpgsql as $$
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
      filter (where n.deleted_at is null and is_counted_anew) ||
    array_agg((o.sentry_project_id, o.status, o.level, o.is_regressed, o.user_count, o.has_ticket,
        o.first_seen_at, -1)::sentry_issue_change)
      filter (where o.deleted_at is null and is_counted_anew),
    array_agg((n.id, ' ' || n.short_id || ' ' || n.title)::issue_text)
      filter (where (n.short_id, n.title) is distinct from (o.short_id, o.title))
  into states, deleted_before, counts, texts
  from (select *, coalesce(substatus = 'regressed', false) as is_regressed from new_rows) n
  full join (select *, coalesce(substatus = 'regressed', false) as is_regressed from old_rows) o
    on o.id = n.id
  cross join lateral (
    select (n.sentry_project_id, n.status, n.level, n.is_regressed, n.user_count, n.has_ticket,
        n.first_seen_at, n.deleted_at is null)
      is distinct from (o.sentry_project_id, o.status, o.level, o.is_regressed, o.user_count,
        o.has_ticket, o.first_seen_at, o.deleted_at is null)
      as is_counted_anew
  ) found
  where (n.sentry_project_id, n.short_id, n.title, n.status, n.level, n.is_regressed, n.user_count,
      n.has_ticket, n.first_seen_at, n.deleted_at is null)
    is distinct from (o.sentry_project_id, o.short_id, o.title, o.status, o.level, o.is_regressed,
      o.user_count, o.has_ticket, o.first_seen_at, o.deleted_at is null);

  if states is not null then
    perform links_follow_sentry_issues(states, coalesce(deleted_before, '{}'));
  end if;
  if counts is not null then perform sentry_issue_changes_apply(counts); end if;
  if texts is not null then
    update sentry_issue_texts t set text = c.text from unnest(texts) c where t.issue_id = c.issue_id;
  end if;
  return null;
end $$;
drop trigger sentry_issues_carry on sentry_issues;
drop trigger sentry_issues_count_updated on sentry_issues;
drop trigger sentry_issues_text_updated on sentry_issues;
create trigger sentry_issues_changed after update on sentry_issues
  referencing old table as old_rows new table as new_rows
  for each statement execute function sentry_issues_changed();

-- No update calls these any more.
drop function jira_issues_carry();
drop function sentry_issues_carry();

create or replace function jira_issue_counts_keep() returns trigger language plpgsql as $$
declare
  changes jira_issue_change[];
begin
  if tg_op = 'INSERT' then
    select array_agg(
      (jira_project_id, status_category, jira_created_at, resolved_at, 1)::jira_issue_change)
    into changes from new_rows where deleted_at is null;
  else
    select array_agg(
      (jira_project_id, status_category, jira_created_at, resolved_at, -1)::jira_issue_change)
    into changes from old_rows where deleted_at is null;
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
    into changes from new_rows where deleted_at is null;
  else
    select array_agg((sentry_project_id, status, level, coalesce(substatus = 'regressed', false),
      user_count, has_ticket, first_seen_at, -1)::sentry_issue_change)
    into changes from old_rows where deleted_at is null;
  end if;
  if changes is not null then perform sentry_issue_changes_apply(changes); end if;
  return null;
end $$;

create or replace function jira_issue_texts_keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into jira_issue_texts select id, ' ' || key || ' ' || summary from new_rows;
  else
    delete from jira_issue_texts where issue_id in (select id from old_rows);
  end if;
  return null;
end $$;

create or replace function sentry_issue_texts_keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into sentry_issue_texts select id, ' ' || short_id || ' ' || title from new_rows;
  else
    delete from sentry_issue_texts where issue_id in (select id from old_rows);
  end if;
  return null;
end $$;
