-- What a drift check found apart, what it put right, and which organizations' links it was asked for.
alter table sync_runs
  add column links_drifted  bigint not null default 0,
  add column links_repaired bigint not null default 0,
  add column scope          jsonb;
comment on column sync_runs.links_drifted is
  'links whose sides were not what they last agreed on, or one of whose sides came or went';
comment on column sync_runs.links_repaired is 'of these, links one of whose sides was moved';
comment on column sync_runs.scope is
  '{jira_organization_ids, sentry_organization_ids} of a drift check; null: all links';

-- A timeline says when it was the drift check that found something.
create or replace function links_cause(vendor text) returns text language sql as $$
  select case when current_setting('issuebridge.actor', true) = 'drift check' then 'drift check'
    else vendor || ' changed: ' || coalesce(
      nullif(current_setting('issuebridge.cause', true), ''), 'sync') end
$$;

-- The drift check compares by itself what its readings changed, and counts it; what it leaves when it
-- dies, the next one finds.
create or replace function links_enqueue_sync(link_ids bigint[], cause text) returns void
language plpgsql as $$
begin
  if cause = 'drift check' then return; end if;
  insert into jobs (kind, arguments, state, unique_key, unique_until)
  select 'sync_link', jsonb_build_object('link_id', id, 'cause', cause), 'available',
    'sync_link:' || id, 'started'
  from unnest(link_ids) as id order by id
  on conflict (unique_key) where state in ('available', 'scheduled', 'retryable')
    or (state = 'running' and unique_until = 'finished') do nothing;
  if found then perform pg_notify('issuebridge_jobs', ''); end if;
end $$;
