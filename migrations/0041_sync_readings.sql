-- How far a run has come with each list that it reads: written with each page, in the page's own
-- transaction, so that a run that dies goes on after its last stored page. Kept while the run lives.
create table sync_readings (
  sync_run_id    bigint not null,
  name           text not null,
  query          text not null,
  next_page      text,
  pages          integer not null default 0,
  issues_seen    bigint not null default 0,
  issues_created bigint not null default 0,
  issues_updated bigint not null default 0,
  issues_deleted bigint not null default 0,
  started_at     timestamptz not null,
  ended_at       timestamptz,
  primary key (sync_run_id, name),
  constraint sync_readings_run_exists
    foreign key (sync_run_id) references sync_runs (id) on delete cascade
);
comment on column sync_readings.query is 'what was asked: the vendor''s page tokens fit no other';
comment on column sync_readings.next_page is 'the vendor''s token of the page after the last stored one';

-- Up to when a project is known to have been read whole; null: read all of it next time. Another
-- limit than before means that what it left out must be read.
alter table jira_projects add column watermark timestamptz;
alter table sentry_projects add column watermark timestamptz;
update jira_projects set watermark = last_synced_at;
update sentry_projects set watermark = last_synced_at;
create function forget_watermark() returns trigger language plpgsql as $$
begin
  new.watermark := null;
  return new;
end $$;
create trigger jira_projects_forget_watermark before update of max_issues on jira_projects
  for each row when (old.max_issues is distinct from new.max_issues)
  execute function forget_watermark();
create trigger sentry_projects_forget_watermark before update of max_issues on sentry_projects
  for each row when (old.max_issues is distinct from new.max_issues)
  execute function forget_watermark();

-- What syncs remember of an organization. It is no setting, so it stands apart from the
-- organization's own row, whose changes are audited and change its entity tag.
create table sync_memories (
  source           text not null,
  organization_id  bigint not null,
  projects_read_at timestamptz,
  swept_at         timestamptz,
  difference       text not null default '',
  primary key (source, organization_id),
  constraint sync_memories_source_known check (source in ('jira', 'sentry'))
);
comment on column sync_memories.swept_at is 'when the vendor''s list of ids was last compared with ours';
comment on column sync_memories.difference is
  'by how much the vendor''s counts of issues differed from ours right after that: they are estimates';
