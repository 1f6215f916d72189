-- Health looks back a year at most, so older days are not counted any more: of a first sync's issues most
-- are older, and each of their days would be a row. What was counted and has grown old is pruned.
create function counted_since() returns timestamptz language sql stable
  as $$ select now() - interval '400 days' $$;

-- Whether a project is there still is asked once a group, not once an issue.
create or replace function jira_issue_changes_apply(changes jira_issue_change[]) returns void
  language plpgsql as $$
begin
  insert into jira_issue_counts as kept
    (jira_project_id, status_category, issues, created_seconds)
  select * from (
    select jira_project_id, status_category, sum(change) as issues,
      sum(change * extract(epoch from created_at)::bigint) as created_seconds
    from unnest(changes) group by 1, 2
  ) sums
  where (issues <> 0 or created_seconds <> 0)
    and exists (select from jira_projects p where p.id = jira_project_id)
  order by 1, 2
  on conflict on constraint jira_issue_counts_pkey do update set
    issues = kept.issues + excluded.issues,
    created_seconds = kept.created_seconds + excluded.created_seconds;

  insert into jira_issue_days as kept (jira_project_id, day, created)
  select * from (
    select jira_project_id, utc_day(created_at), sum(change) as created
    from unnest(changes) where created_at >= counted_since() group by 1, 2
  ) sums
  where created <> 0 and exists (select from jira_projects p where p.id = jira_project_id)
  order by 1, 2
  on conflict on constraint jira_issue_days_pkey do update set
    created = kept.created + excluded.created;

  insert into jira_resolution_days as kept (jira_project_id, day, step, resolved)
  select * from (
    select jira_project_id, utc_day(resolved_at), resolution_step(created_at, resolved_at),
      sum(change) as resolved
    from unnest(changes) where resolved_at >= counted_since() group by 1, 2, 3
  ) sums
  where resolved <> 0 and exists (select from jira_projects p where p.id = jira_project_id)
  order by 1, 2, 3
  on conflict on constraint jira_resolution_days_pkey do update set
    resolved = kept.resolved + excluded.resolved;
end $$;
delete from jira_issue_days where day < utc_day(counted_since());
delete from jira_resolution_days where day < utc_day(counted_since());
