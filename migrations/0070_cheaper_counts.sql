-- The kept counts cost a quarter of storing an issue: functions in SQL are planned anew at each call,
-- those in PL/pgSQL once a connection, and logarithms of numerics are slow.
create or replace function resolution_step(created_at timestamptz, resolved_at timestamptz)
  returns smallint language sql immutable as $$
  select floor(2 / ln(2::double precision) * ln(
    greatest(1, extract(epoch from resolved_at - created_at)::double precision / 3600)))::smallint
$$;

create or replace function jira_issue_changes_apply(changes jira_issue_change[]) returns void
  language plpgsql as $$
begin
  insert into jira_issue_counts as kept
    (jira_project_id, status_category, issues, created_seconds)
  select jira_project_id, status_category, sum(change),
    sum(change * extract(epoch from created_at)::bigint)
  from unnest(changes) where exists (select from jira_projects p where p.id = jira_project_id)
  group by 1, 2 having sum(change) <> 0 or sum(change * extract(epoch from created_at)::bigint) <> 0
  order by 1, 2
  on conflict on constraint jira_issue_counts_pkey do update set
    issues = kept.issues + excluded.issues,
    created_seconds = kept.created_seconds + excluded.created_seconds;

  insert into jira_issue_days as kept (jira_project_id, day, created)
  select jira_project_id, utc_day(created_at), sum(change)
  from unnest(changes) where exists (select from jira_projects p where p.id = jira_project_id)
  group by 1, 2 having sum(change) <> 0 order by 1, 2
  on conflict on constraint jira_issue_days_pkey do update set
    created = kept.created + excluded.created;

  insert into jira_resolution_days as kept (jira_project_id, day, step, resolved)
  select jira_project_id, utc_day(resolved_at), resolution_step(created_at, resolved_at),
    sum(change)
  from unnest(changes)
  where resolved_at is not null
    and exists (select from jira_projects p where p.id = jira_project_id)
  group by 1, 2, 3 having sum(change) <> 0 order by 1, 2, 3
  on conflict on constraint jira_resolution_days_pkey do update set
    resolved = kept.resolved + excluded.resolved;
end $$;

create or replace function sentry_issue_changes_apply(changes sentry_issue_change[]) returns void
  language plpgsql as $$
begin
  insert into sentry_issue_counts as kept
    (sentry_project_id, status, level, issues, regressed, users, ticketed)
  select sentry_project_id, status, level, sum(change), sum(change * is_regressed::int),
    sum(change * users), sum(change * has_ticket::int)
  from unnest(changes) where exists (select from sentry_projects p where p.id = sentry_project_id)
  group by 1, 2, 3
  having sum(change) <> 0 or sum(change * is_regressed::int) <> 0 or sum(change * users) <> 0
    or sum(change * has_ticket::int) <> 0
  order by 1, 2, 3
  on conflict on constraint sentry_issue_counts_pkey do update set
    issues = kept.issues + excluded.issues, regressed = kept.regressed + excluded.regressed,
    users = kept.users + excluded.users, ticketed = kept.ticketed + excluded.ticketed;

  insert into sentry_issue_days as kept (sentry_project_id, day, first_seen)
  select sentry_project_id, utc_day(first_seen_at), sum(change)
  from unnest(changes) where exists (select from sentry_projects p where p.id = sentry_project_id)
  group by 1, 2 having sum(change) <> 0 order by 1, 2
  on conflict on constraint sentry_issue_days_pkey do update set
    first_seen = kept.first_seen + excluded.first_seen;
end $$;

-- A step may have moved by the rounding of another arithmetic: counted anew.
truncate jira_resolution_days;
insert into jira_resolution_days (jira_project_id, day, step, resolved)
select jira_project_id, utc_day(resolved_at), resolution_step(jira_created_at, resolved_at), count(*)
from jira_issues where deleted_at is null and resolved_at is not null group by 1, 2, 3;

-- An issue belongs to the organization of its project: one reference says both, at half the cost.
alter table jira_projects add constraint jira_projects_of_organization
  unique (id, jira_organization_id);
alter table jira_issues
  drop constraint jira_issues_organization_exists,
  drop constraint jira_issues_project_exists,
  add constraint jira_issues_project_exists
    foreign key (jira_project_id, jira_organization_id)
    references jira_projects (id, jira_organization_id) on delete cascade;
alter table sentry_projects add constraint sentry_projects_of_organization
  unique (id, sentry_organization_id);
alter table sentry_issues
  drop constraint sentry_issues_organization_exists,
  drop constraint sentry_issues_project_exists,
  add constraint sentry_issues_project_exists
    foreign key (sentry_project_id, sentry_organization_id)
    references sentry_projects (id, sentry_organization_id) on delete cascade;
