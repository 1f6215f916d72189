-- The log of every sync, and the state of the one that runs.
create table sync_runs (
  id                     bigint generated always as identity primary key,
  source                 text not null,
  jira_organization_id   bigint,
  sentry_organization_id bigint,
  mode                   text not null default 'incremental',
  trigger                text not null default 'manual',
  dry_run                boolean not null default false,
  force                  boolean not null default false,
  project_keys           text[] not null default '{}',
  status                 text not null default 'queued',
  cancel_requested       boolean not null default false,
  projects_synced        integer not null default 0,
  issues_seen            bigint not null default 0,
  issues_created         bigint not null default 0,
  issues_updated         bigint not null default 0,
  issues_unchanged       bigint not null default 0,
  issues_deleted         bigint not null default 0,
  links_synced           bigint not null default 0,
  progress_done          bigint not null default 0,
  progress_total         bigint not null default 0,
  errors                 jsonb not null default '[]',
  created_at             timestamptz not null default now(),
  started_at             timestamptz,
  finished_at            timestamptz,
  constraint sync_runs_source_known check (source in ('jira', 'sentry', 'links')),
  constraint sync_runs_mode_known check (mode in ('incremental', 'full')),
  constraint sync_runs_trigger_known check (trigger in ('manual', 'schedule', 'webhook', 'cli')),
  constraint sync_runs_status_known
    check (status in ('queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled')),
  constraint sync_runs_organization_fits check (
    (source = 'jira') = (jira_organization_id is not null)
    and (source = 'sentry') = (sentry_organization_id is not null)),
  constraint sync_runs_jira_organization_exists
    foreign key (jira_organization_id) references jira_organizations (id) on delete cascade,
  constraint sync_runs_sentry_organization_exists
    foreign key (sentry_organization_id) references sentry_organizations (id) on delete cascade
);
-- Never two at work for one organization.
create unique index sync_runs_one_running_for_jira on sync_runs (jira_organization_id)
  where status = 'running' and source = 'jira';
create unique index sync_runs_one_running_for_sentry on sync_runs (sentry_organization_id)
  where status = 'running' and source = 'sentry';
create index sync_runs_by_jira_organization on sync_runs (jira_organization_id, id);
create index sync_runs_by_sentry_organization on sync_runs (sentry_organization_id, id);
create index sync_runs_by_status on sync_runs (status, id);
