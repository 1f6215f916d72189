-- A run that works says so now and then. One that does not, and that no job will take up, is dead.
alter table sync_runs add column heartbeat_at timestamptz;

-- Who follows a run is told of each change of it.
create function sync_runs_tell() returns trigger language plpgsql as $$
begin
  perform pg_notify('issuebridge_sync_runs', new.id::text);
  return null;
end $$;
create trigger sync_runs_tell after insert or update on sync_runs
  for each row execute function sync_runs_tell();

-- When each organization is synced next by itself: its interval after the last run of all its
-- projects began, give or take a twentieth, so that organizations made together do not stay
-- together. Nothing is kept that could disagree with the runs: a changed interval holds at once, a
-- run that is late is made up for once.
--   A new organization waits two minutes, in which a person may start its first sync.
--   After a failure the next try comes within a quarter of an hour, after new credentials within
--   a minute.
--   Refused credentials pause the organization: trying them again and again locks accounts.
create view sync_schedules as
with organizations as (
  select 'jira' as source, o.id, o.sync_enabled, o.connection_status, o.created_at,
    make_interval(mins => o.sync_interval_minutes) as pause,
    o.api_token_sealed is not null as has_credentials,
    (select r.id from sync_runs r
     where r.jira_organization_id = o.id and not r.dry_run and r.project_keys = '{}'
     order by r.id desc limit 1) as last_run_id
  from jira_organizations o
  union all
  select 'sentry', o.id, o.sync_enabled, o.connection_status, o.created_at,
    make_interval(mins => o.sync_interval_minutes), o.auth_token_sealed is not null,
    (select r.id from sync_runs r
     where r.sentry_organization_id = o.id and not r.dry_run and r.project_keys = '{}'
     order by r.id desc limit 1)
  from sentry_organizations o
)
select o.source, o.id as organization_id,
  case
    when last.status in ('queued', 'running') then 'running'
    when not o.sync_enabled or not o.has_credentials then 'disabled'
    when o.connection_status = 'unauthorized' then 'paused'
    else 'scheduled'
  end as state,
  case
    when not o.sync_enabled or not o.has_credentials or o.connection_status = 'unauthorized'
      then null
    when last.id is null then o.created_at + interval '2 minutes'
    else last.created_at + least(
      o.pause * (0.95 + (hashint8(last.id) & 1023) / 10230.0),
      case when last.status = 'failed' then interval '15 minutes' end,
      case when o.connection_status = 'unknown' then interval '1 minute' end)
  end as next_sync_at
from organizations o left join sync_runs last on last.id = o.last_run_id;
