-- Jira Cloud sites. Secrets are sealed by the service (AES-256-GCM) before they come here.
create table jira_organizations (
  id                    bigint generated always as identity primary key,
  name                  text not null,
  base_url              text not null,
  site_url              text,
  username              text not null,
  api_token_sealed      text,
  webhook_secret_sealed text,
  sync_enabled          boolean not null default true,
  sync_interval_minutes integer not null default 360,
  connection_status     text not null default 'unknown',
  connection_checked_at timestamptz,
  connection_error      text,
  last_synced_at        timestamptz,
  created_at            timestamptz not null default now(),
  updated_at            timestamptz not null default now(),
  constraint jira_organizations_name_length check (char_length(name) between 1 and 200),
  constraint jira_organizations_name_unique unique (name),
  constraint jira_organizations_base_url_unique unique (base_url),
  constraint jira_organizations_interval_range check (sync_interval_minutes between 1 and 10080),
  constraint jira_organizations_status_known
    check (connection_status in ('unknown', 'connected', 'failed', 'unauthorized'))
);
comment on column jira_organizations.site_url is
  'where people browse, as the site states it; differs from base_url for scoped tokens';
create trigger jira_organizations_touch before update on jira_organizations
  for each row when (old.* is distinct from new.*) execute function touch_updated_at();

-- Identity is (organization, Jira's numeric id): keys and names change.
create table jira_projects (
  id                   bigint generated always as identity primary key,
  jira_organization_id bigint not null,
  product_id           bigint,
  jira_id              bigint not null,
  key                  text not null,
  name                 text not null,
  description          text,
  project_type         text,
  category             text,
  lead_account_id      text,
  lead_display_name    text,
  avatar_url           text,
  archived             boolean not null default false,
  sync_enabled         boolean not null default true,
  max_issues           integer,
  default_issue_type   text,
  default_priority     text,
  last_synced_at       timestamptz,
  created_at           timestamptz not null default now(),
  updated_at           timestamptz not null default now(),
  constraint jira_projects_identity unique (jira_organization_id, jira_id),
  constraint jira_projects_max_issues_range check (max_issues between 1 and 10000000),
  constraint jira_projects_organization_exists
    foreign key (jira_organization_id) references jira_organizations (id) on delete cascade,
  constraint jira_projects_product_exists
    foreign key (product_id) references products (id) on delete set null
);
create index jira_projects_by_organization on jira_projects (jira_organization_id, key, id);
create index jira_projects_by_product on jira_projects (product_id, id);
create index jira_projects_by_key on jira_projects (key, id);
create index jira_projects_by_name on jira_projects (name, id);
create trigger jira_projects_touch before update on jira_projects
  for each row when (old.* is distinct from new.*) execute function touch_updated_at();

-- A copy of what Jira says of its issues. A deleted issue keeps its row as a tombstone, because
-- links point to it.
create table jira_issues (
  id                    bigint generated always as identity primary key,
  jira_organization_id  bigint not null,
  jira_project_id       bigint not null,
  jira_id               bigint not null,
  key                   text not null,
  summary               text not null,
  description           text,
  issue_type            text,
  status                text not null,
  status_category       text not null,
  resolution            text,
  priority              text,
  assignee_account_id   text,
  assignee_display_name text,
  reporter_account_id   text,
  reporter_display_name text,
  labels                text[] not null default '{}',
  components            text[] not null default '{}',
  fix_versions          text[] not null default '{}',
  jira_created_at       timestamptz not null,
  jira_updated_at       timestamptz not null,
  resolved_at           timestamptz,
  deleted_at            timestamptz,
  created_at            timestamptz not null default now(),
  updated_at            timestamptz not null default now(),
  constraint jira_issues_identity unique (jira_organization_id, jira_id),
  constraint jira_issues_category_known check (status_category in ('new', 'indeterminate', 'done')),
  constraint jira_issues_organization_exists
    foreign key (jira_organization_id) references jira_organizations (id) on delete cascade,
  constraint jira_issues_project_exists
    foreign key (jira_project_id) references jira_projects (id) on delete cascade
);
create index jira_issues_by_project_updated on jira_issues (jira_project_id, jira_updated_at, id);
create index jira_issues_by_project_status
  on jira_issues (jira_project_id, status, jira_updated_at, id);
create index jira_issues_by_project_category
  on jira_issues (jira_project_id, status_category, jira_updated_at, id);
create index jira_issues_by_updated on jira_issues (jira_updated_at, id);
create index jira_issues_by_created on jira_issues (jira_created_at, id);
create index jira_issues_by_key on jira_issues (key, id);
create index jira_issues_by_labels on jira_issues using gin (labels);
create trigger jira_issues_touch before update on jira_issues
  for each row when (old.* is distinct from new.*) execute function touch_updated_at();

-- Kept counts: how many live issues of each status category a project has. Lists and health read
-- these, so that their cost does not grow with the issues.
create table jira_issue_counts (
  jira_project_id bigint not null references jira_projects (id) on delete cascade,
  status_category text not null,
  issues          bigint not null,
  primary key (jira_project_id, status_category)
);

create function jira_issue_counts_keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into jira_issue_counts as counts (jira_project_id, status_category, issues)
    select jira_project_id, status_category, count(*) from new_rows
    where deleted_at is null group by 1, 2 order by 1, 2
    on conflict (jira_project_id, status_category)
      do update set issues = counts.issues + excluded.issues;
  elsif tg_op = 'DELETE' then
    update jira_issue_counts counts set issues = counts.issues - gone.issues
    from (select jira_project_id, status_category, count(*) as issues from old_rows
          where deleted_at is null group by 1, 2) gone
    where counts.jira_project_id = gone.jira_project_id
      and counts.status_category = gone.status_category;
  else
    insert into jira_issue_counts as counts (jira_project_id, status_category, issues)
    select jira_project_id, status_category, sum(change)
    from (
      select jira_project_id, status_category, 1 as change from new_rows where deleted_at is null
      union all
      select jira_project_id, status_category, -1 from old_rows where deleted_at is null
    ) changes
    group by 1, 2 having sum(change) <> 0 order by 1, 2
    on conflict (jira_project_id, status_category)
      do update set issues = counts.issues + excluded.issues;
  end if;
  return null;
end $$;
create trigger jira_issues_count_inserted after insert on jira_issues
  referencing new table as new_rows for each statement execute function jira_issue_counts_keep();
create trigger jira_issues_count_updated after update on jira_issues
  referencing old table as old_rows new table as new_rows
  for each statement execute function jira_issue_counts_keep();
create trigger jira_issues_count_deleted after delete on jira_issues
  referencing old table as old_rows for each statement execute function jira_issue_counts_keep();
