-- An issue's key and the time it was created stand with its text, since they hardly ever change and lists are
-- sorted by them: an update of an issue wrote two indexes for them, each at another page.
lock table jira_issues in share row exclusive mode; -- Who writes issues waits, who reads them does not.
create table jira_issue_texts_with_keys (
  issue_id        bigint primary key,
  jira_project_id bigint not null,
  key             text collate "C" not null,
  text            text not null,
  jira_created_at timestamptz not null,
  is_live         boolean not null
);
comment on table jira_issue_texts_with_keys is
  'what issues are searched and sorted by that hardly ever changes: one row each, kept by triggers';
comment on column jira_issue_texts_with_keys.text is
  'begins with a blank, so that its first word begins like every other';
alter table jira_issue_texts_with_keys alter column text set statistics 300;
insert into jira_issue_texts_with_keys
  select id, jira_project_id, key, ' ' || key || ' ' || summary, jira_created_at, deleted_at is null
  from jira_issues;
create index jira_issue_texts_with_keys_by_trigram
  on jira_issue_texts_with_keys using gin (text gin_trgm_ops);
create index jira_issue_texts_by_key on jira_issue_texts_with_keys (key, issue_id) where is_live;
create index jira_issue_texts_by_project_key
  on jira_issue_texts_with_keys (jira_project_id, key, issue_id) where is_live;
create index jira_issue_texts_by_created
  on jira_issue_texts_with_keys (jira_created_at, issue_id) where is_live;
analyze jira_issue_texts_with_keys;

create type jira_issue_text as (
  issue_id bigint, jira_project_id bigint, key text, text text, jira_created_at timestamptz,
  is_live boolean);

create or replace function jira_issue_texts_keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into jira_issue_texts (issue_id, jira_project_id, key, text, jira_created_at, is_live)
      select id, jira_project_id, key, ' ' || key || ' ' || summary, jira_created_at, deleted_at is null
      from new_rows;
  else
    delete from jira_issue_texts where issue_id in (select id from old_rows);
  end if;
  return null;
end $$;

create or replace function jira_issues_changed() returns trigger language plpgsql as $$
declare
  states         issue_state[];
  deleted_before bigint[];
  counts         jira_issue_change[];
  texts          jira_issue_text[];
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
    array_agg((n.id, n.jira_project_id, n.key, ' ' || n.key || ' ' || n.summary, n.jira_created_at,
        n.deleted_at is null)::jira_issue_text)
      filter (where (n.jira_project_id, n.key, n.summary, n.jira_created_at, n.deleted_at is null)
        is distinct from
          (o.jira_project_id, o.key, o.summary, o.jira_created_at, o.deleted_at is null))
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
    update jira_issue_texts t
    set jira_project_id = c.jira_project_id, key = c.key, text = c.text,
      jira_created_at = c.jira_created_at, is_live = c.is_live
    from unnest(texts) c where t.issue_id = c.issue_id;
  end if;
  return null;
end $$;

-- Last, since it shuts out searches.
drop table jira_issue_texts;
alter table jira_issue_texts_with_keys rename to jira_issue_texts;
alter index jira_issue_texts_with_keys_pkey rename to jira_issue_texts_pkey;
alter index jira_issue_texts_with_keys_by_trigram rename to jira_issue_texts_by_trigram;
