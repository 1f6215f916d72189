-- What is searched of an issue stands apart from it. When one indexed column of a row changes PostgreSQL
-- writes all its indexes, and the one of trigrams is the dearest: a fifth of an update, for a text that
-- hardly ever changes with it.
create type issue_text as (issue_id bigint, text text);

-- One row for each issue, kept by triggers: a reference would be looked up row by row.
create table jira_issue_texts (
  issue_id bigint primary key,
  text     text not null
);
comment on column jira_issue_texts.text is 'begins with a blank, so that its first word begins like every other';
-- By its statistics PostgreSQL chooses between looking a rare word up and walking the list's order for a
-- common one.
alter table jira_issue_texts alter column text set statistics 300;

create function jira_issue_texts_keep() returns trigger language plpgsql as $$
declare
  changed issue_text[];
begin
  if tg_op = 'INSERT' then
    insert into jira_issue_texts select id, ' ' || key || ' ' || summary from new_rows;
  elsif tg_op = 'DELETE' then
    delete from jira_issue_texts where issue_id in (select id from old_rows);
  else
    select array_agg((id, ' ' || key || ' ' || summary)::issue_text) into changed
    from (select id, key, summary from new_rows except select id, key, summary from old_rows) texts;
    if changed is not null then
      update jira_issue_texts t set text = c.text
      from unnest(changed) c where t.issue_id = c.issue_id;
    end if;
  end if;
  return null;
end $$;
create trigger jira_issues_text_inserted after insert on jira_issues
  referencing new table as new_rows
  for each statement execute function jira_issue_texts_keep();
create trigger jira_issues_text_updated after update on jira_issues
  referencing old table as old_rows new table as new_rows
  for each statement execute function jira_issue_texts_keep();
create trigger jira_issues_text_deleted after delete on jira_issues
  referencing old table as old_rows
  for each statement execute function jira_issue_texts_keep();

create table sentry_issue_texts (
  issue_id bigint primary key,
  text     text not null
);
comment on column sentry_issue_texts.text is 'begins with a blank, so that its first word begins like every other';
alter table sentry_issue_texts alter column text set statistics 300;

create function sentry_issue_texts_keep() returns trigger language plpgsql as $$
declare
  changed issue_text[];
begin
  if tg_op = 'INSERT' then
    insert into sentry_issue_texts select id, ' ' || short_id || ' ' || title from new_rows;
  elsif tg_op = 'DELETE' then
    delete from sentry_issue_texts where issue_id in (select id from old_rows);
  else
    select array_agg((id, ' ' || short_id || ' ' || title)::issue_text) into changed
    from (select id, short_id, title from new_rows except select id, short_id, title from old_rows)
      texts;
    if changed is not null then
      update sentry_issue_texts t set text = c.text
      from unnest(changed) c where t.issue_id = c.issue_id;
    end if;
  end if;
  return null;
end $$;
create trigger sentry_issues_text_inserted after insert on sentry_issues
  referencing new table as new_rows
  for each statement execute function sentry_issue_texts_keep();
create trigger sentry_issues_text_updated after update on sentry_issues
  referencing old table as old_rows new table as new_rows
  for each statement execute function sentry_issue_texts_keep();
create trigger sentry_issues_text_deleted after delete on sentry_issues
  referencing old table as old_rows
  for each statement execute function sentry_issue_texts_keep();

-- Only now: who writes issues waits for the triggers' transaction, so that none is missed.
insert into jira_issue_texts select id, ' ' || key || ' ' || summary from jira_issues;
create index jira_issue_texts_by_trigram on jira_issue_texts using gin (text gin_trgm_ops);
analyze jira_issue_texts;
insert into sentry_issue_texts select id, ' ' || short_id || ' ' || title from sentry_issues;
create index sentry_issue_texts_by_trigram
  on sentry_issue_texts using gin (text gin_trgm_ops);
analyze sentry_issue_texts;
-- Last, since it shuts out readers.
drop index jira_issues_by_text, sentry_issues_by_text;

comment on column deferred_indexes.statistics is
  'written by earlier versions only: statistics belong to the column of texts now';
