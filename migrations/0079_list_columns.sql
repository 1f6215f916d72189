-- An update writes all indexes of its row. Without these two lists of an organization, or of a project and
-- a category, take the next entries of what is left where their values are common, and look their rows up by
-- jira_issues_identity or by project where they are rare: planned for each call, like those by product.
drop index jira_issues_by_organization, jira_issues_by_project_category, sentry_issues_by_organization;

-- What lists filter and sort by is an identifier or one of a few names. Compared by bytes it costs the same
-- in every database: by a language's rules each step through an index costs a call that knows the
-- language, and what comes first depends on where the database was made.
alter table jira_issues
  alter column key type text collate "C",
  alter column issue_type type text collate "C",
  alter column status type text collate "C",
  alter column status_category type text collate "C",
  alter column priority type text collate "C",
  alter column assignee_account_id type text collate "C";
alter table sentry_issues
  alter column short_id type text collate "C",
  alter column level type text collate "C",
  alter column status type text collate "C";
-- The statistics of a column go with its type.
analyze jira_issues;
analyze sentry_issues;

-- No two entries of these are equal: looking for what could be stored once, whenever a page of an index is
-- full, finds nothing.
do $$
declare
  name text;
begin
  foreach name in array array[
    'jira_issues_by_assignee', 'jira_issues_by_category', 'jira_issues_by_priority',
    'jira_issues_by_project_status', 'jira_issues_by_project_updated', 'jira_issues_by_status',
    'jira_issues_by_type', 'jira_issues_by_updated', 'sentry_issues_by_level',
    'sentry_issues_by_project_seen', 'sentry_issues_by_project_status', 'sentry_issues_by_seen',
    'sentry_issues_by_status']
  loop
    execute format('alter index %I set (deduplicate_items = off)', name);
  end loop;
end $$;
