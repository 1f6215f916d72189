-- The statistics of a column went with its type. Apart from 0079 and 0080, so that lists need not wait.
analyze jira_issues;
analyze sentry_issues;

-- Entries of these hold the time of the last change and the id: hardly ever are two equal, and looking for
-- such whenever a page of an index is full costs 4 % of an update. Those by what never
-- changes keep it, for the entries of one row's versions.
do $$
declare
  name text;
begin
  foreach name in array array[
    'jira_issues_by_assignee', 'jira_issues_by_category', 'jira_issues_by_organization',
    'jira_issues_by_priority', 'jira_issues_by_project_status', 'jira_issues_by_project_updated',
    'jira_issues_by_status', 'jira_issues_by_type', 'jira_issues_by_updated',
    'sentry_issues_by_level', 'sentry_issues_by_organization', 'sentry_issues_by_project_seen',
    'sentry_issues_by_project_status', 'sentry_issues_by_seen', 'sentry_issues_by_status']
  loop
    execute format('alter index %I set (deduplicate_items = off)', name);
  end loop;
end $$;
