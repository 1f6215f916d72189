-- Sentry organizations, the same shape as Jira's.
create table sentry_organizations (
  id                    bigint generated always as identity primary key,
  name                  text not null,
  slug                  text not null,
  base_url              text not null,
  auth_token_sealed     text,
  client_secret_sealed  text,
  sync_enabled          boolean not null default true,
  sync_interval_minutes integer not null default 360,
  connection_status     text not null default 'unknown',
  connection_checked_at timestamptz,
  connection_error      text,
  last_synced_at        timestamptz,
  created_at            timestamptz not null default now(),
  updated_at            timestamptz not null default now(),
  constraint sentry_organizations_name_length check (char_length(name) between 1 and 200),
  constraint sentry_organizations_name_unique unique (name),
  constraint sentry_organizations_slug_form
    check (slug ~ '^[a-z0-9][a-z0-9_-]*$' and char_length(slug) <= 100),
  constraint sentry_organizations_base_url_slug_unique unique (base_url, slug),
  constraint sentry_organizations_interval_range check (sync_interval_minutes between 1 and 10080),
  constraint sentry_organizations_status_known
    check (connection_status in ('unknown', 'connected', 'failed', 'unauthorized'))
);
create trigger sentry_organizations_touch before update on sentry_organizations
  for each row when (old.* is distinct from new.*) execute function touch_updated_at();

create table sentry_projects (
  id                     bigint generated always as identity primary key,
  sentry_organization_id bigint not null,
  product_id             bigint,
  sentry_id              bigint not null,
  slug                   text not null,
  name                   text not null,
  platform               text,
  sync_enabled           boolean not null default true,
  max_issues             integer,
  last_synced_at         timestamptz,
  created_at             timestamptz not null default now(),
  updated_at             timestamptz not null default now(),
  constraint sentry_projects_identity unique (sentry_organization_id, sentry_id),
  constraint sentry_projects_max_issues_range check (max_issues between 1 and 10000000),
  constraint sentry_projects_organization_exists
    foreign key (sentry_organization_id) references sentry_organizations (id) on delete cascade,
  constraint sentry_projects_product_exists
    foreign key (product_id) references products (id) on delete set null
);
create index sentry_projects_by_organization on sentry_projects (sentry_organization_id, slug, id);
create index sentry_projects_by_product on sentry_projects (product_id, id);
create index sentry_projects_by_slug on sentry_projects (slug, id);
create index sentry_projects_by_name on sentry_projects (name, id);
create trigger sentry_projects_touch before update on sentry_projects
  for each row when (old.* is distinct from new.*) execute function touch_updated_at();

create table sentry_issues (
  id                     bigint generated always as identity primary key,
  sentry_organization_id bigint not null,
  sentry_project_id      bigint not null,
  sentry_id              bigint not null,
  short_id               text not null,
  title                  text not null,
  culprit                text,
  level                  text not null,
  status                 text not null,
  substatus              text,
  first_seen_at          timestamptz not null,
  last_seen_at           timestamptz not null,
  event_count            bigint not null default 0,
  user_count             bigint not null default 0,
  permalink              text,
  assigned_to            jsonb,
  metadata               jsonb not null default '{}',
  deleted_at             timestamptz,
  created_at             timestamptz not null default now(),
  updated_at             timestamptz not null default now(),
  constraint sentry_issues_identity unique (sentry_organization_id, sentry_id),
  constraint sentry_issues_level_known
    check (level in ('fatal', 'error', 'warning', 'info', 'debug', 'sample')),
  constraint sentry_issues_status_known check (status in ('unresolved', 'resolved', 'ignored')),
  constraint sentry_issues_organization_exists
    foreign key (sentry_organization_id) references sentry_organizations (id) on delete cascade,
  constraint sentry_issues_project_exists
    foreign key (sentry_project_id) references sentry_projects (id) on delete cascade
);
create index sentry_issues_by_project_seen on sentry_issues (sentry_project_id, last_seen_at, id);
create index sentry_issues_by_project_status
  on sentry_issues (sentry_project_id, status, last_seen_at, id);
create index sentry_issues_by_seen on sentry_issues (last_seen_at, id);
create index sentry_issues_by_first_seen on sentry_issues (first_seen_at, id);
create index sentry_issues_by_events on sentry_issues (event_count, id);
create index sentry_issues_by_users on sentry_issues (user_count, id);
create index sentry_issues_by_short_id on sentry_issues (short_id, id);
create trigger sentry_issues_touch before update on sentry_issues
  for each row when (old.* is distinct from new.*) execute function touch_updated_at();

-- Kept counts by status and level, as for Jira.
create table sentry_issue_counts (
  sentry_project_id bigint not null references sentry_projects (id) on delete cascade,
  status            text not null,
  level             text not null,
  issues            bigint not null,
  primary key (sentry_project_id, status, level)
);

create function sentry_issue_counts_keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into sentry_issue_counts as counts (sentry_project_id, status, level, issues)
    select sentry_project_id, status, level, count(*) from new_rows
    where deleted_at is null group by 1, 2, 3 order by 1, 2, 3
    on conflict (sentry_project_id, status, level)
      do update set issues = counts.issues + excluded.issues;
  elsif tg_op = 'DELETE' then
    update sentry_issue_counts counts set issues = counts.issues - gone.issues
    from (select sentry_project_id, status, level, count(*) as issues from old_rows
          where deleted_at is null group by 1, 2, 3) gone
    where counts.sentry_project_id = gone.sentry_project_id
      and counts.status = gone.status and counts.level = gone.level;
  else
    insert into sentry_issue_counts as counts (sentry_project_id, status, level, issues)
    select sentry_project_id, status, level, sum(change)
    from (
      select sentry_project_id, status, level, 1 as change from new_rows where deleted_at is null
      union all
      select sentry_project_id, status, level, -1 from old_rows where deleted_at is null
    ) changes
    group by 1, 2, 3 having sum(change) <> 0 order by 1, 2, 3
    on conflict (sentry_project_id, status, level)
      do update set issues = counts.issues + excluded.issues;
  end if;
  return null;
end $$;
create trigger sentry_issues_count_inserted after insert on sentry_issues
  referencing new table as new_rows for each statement execute function sentry_issue_counts_keep();
create trigger sentry_issues_count_updated after update on sentry_issues
  referencing old table as old_rows new table as new_rows
  for each statement execute function sentry_issue_counts_keep();
create trigger sentry_issues_count_deleted after delete on sentry_issues
  referencing old table as old_rows for each statement execute function sentry_issue_counts_keep();
