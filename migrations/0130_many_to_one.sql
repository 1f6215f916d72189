-- Several Sentry issues may share a ticket, and one issue may have several tickets. What we write to a
-- ticket or an issue because of one link is no person's decision for the others: the subject of a write
-- is remembered, not only the link that caused it.
alter table vendor_writes
  add column jira_issue_id   bigint,
  add column sentry_issue_id bigint,
  add column ended_at        timestamptz,
  add constraint vendor_writes_jira_issue_exists
    foreign key (jira_issue_id) references jira_issues (id) on delete cascade,
  add constraint vendor_writes_sentry_issue_exists
    foreign key (sentry_issue_id) references sentry_issues (id) on delete cascade;
update vendor_writes w set
  jira_issue_id = case when w.vendor = 'jira' then l.jira_issue_id end,
  sentry_issue_id = case when w.vendor = 'sentry' then l.sentry_issue_id end
from links l where l.id = w.link_id;
comment on column vendor_writes.jira_issue_id is 'the ticket that was moved; null for writes to Sentry';
comment on column vendor_writes.sentry_issue_id is 'the issue that was changed; null for writes to Jira';
comment on column vendor_writes.ended_at is
  'when its answer came; a change that the vendor dates later is somebody else''s';
comment on column vendor_writes.link_id is 'the link whose comparison caused the write';
create index vendor_writes_by_jira_issue on vendor_writes (jira_issue_id, id)
  where jira_issue_id is not null;
create index vendor_writes_by_sentry_issue on vendor_writes (sentry_issue_id, id)
  where sentry_issue_id is not null;

-- What a new link does with two issues that are not in the same state.
alter table links
  add column initial_sync text,
  add column agreed_jira_status_id text,
  add constraint links_initial_sync_known
    check (initial_sync in ('nothing', 'follow_jira', 'follow_sentry'));
comment on column links.initial_sync is
  'what the first comparison does; null: the conflict policy decides, as for every later one';
comment on column links.agreed_jira_status_id is
  'Jira''s id of that status, which stays when it is renamed; null where only its name is known';
comment on column links.agreed_jira_status is
  'the ticket''s status when both sides were last compared; null with a category: we moved the ticket and '
  'have not read it since';
comment on column links.syncing_until is
  'a comparison holds all links that share its ticket or its Sentry issue until then; two must not move '
  'the same side at the same time';

-- The processing of a webhook plans the comparisons itself, and hands over what it has just read; whatever
-- it leaves undone when it dies is done again with its delivery, which is pending until then.
create or replace function links_enqueue_sync(link_ids bigint[], cause text) returns void
language plpgsql as $$
begin
  if cause in ('drift check', 'jira changed: webhook', 'sentry changed: webhook') then return; end if;
  insert into jobs (kind, arguments, state, unique_key, unique_until)
  select 'sync_link', jsonb_build_object('link_id', id, 'cause', cause), 'available',
    'sync_link:' || id, 'started'
  from unnest(link_ids) as id order by id
  on conflict (unique_key) where state in ('available', 'scheduled', 'retryable')
    or (state = 'running' and unique_until = 'finished') do nothing;
  if found then perform pg_notify('issuebridge_jobs', ''); end if;
end $$;
