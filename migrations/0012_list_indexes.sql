-- Lists are read in keyset order: a page is the next few entries of an index (filter, order, id),
-- whatever the filter's value and however far the page lies. Deleted issues are never listed, so
-- they are not in these indexes: a project that went away must not be walked over.
drop index jira_issues_by_project_status, jira_issues_by_project_category, jira_issues_by_updated,
  jira_issues_by_created;
create index jira_issues_by_project_status
  on jira_issues (jira_project_id, status, jira_updated_at, id) where deleted_at is null;
create index jira_issues_by_project_category
  on jira_issues (jira_project_id, status_category, jira_updated_at, id) where deleted_at is null;
create index jira_issues_by_updated on jira_issues (jira_updated_at, id) where deleted_at is null;
create index jira_issues_by_created on jira_issues (jira_created_at, id) where deleted_at is null;
create index jira_issues_by_organization
  on jira_issues (jira_organization_id, jira_updated_at, id) where deleted_at is null;
create index jira_issues_by_status
  on jira_issues (status, jira_updated_at, id) where deleted_at is null;
create index jira_issues_by_category
  on jira_issues (status_category, jira_updated_at, id) where deleted_at is null;
create index jira_issues_by_priority
  on jira_issues (priority, jira_updated_at, id) where deleted_at is null;
create index jira_issues_by_type
  on jira_issues (issue_type, jira_updated_at, id) where deleted_at is null;
create index jira_issues_by_assignee
  on jira_issues (assignee_account_id, jira_updated_at, id)
  where deleted_at is null and assignee_account_id is not null;

drop index sentry_issues_by_project_status, sentry_issues_by_seen, sentry_issues_by_first_seen,
  sentry_issues_by_events, sentry_issues_by_users;
create index sentry_issues_by_project_status
  on sentry_issues (sentry_project_id, status, last_seen_at, id) where deleted_at is null;
create index sentry_issues_by_seen on sentry_issues (last_seen_at, id) where deleted_at is null;
create index sentry_issues_by_first_seen
  on sentry_issues (first_seen_at, id) where deleted_at is null;
create index sentry_issues_by_events on sentry_issues (event_count, id) where deleted_at is null;
create index sentry_issues_by_users on sentry_issues (user_count, id) where deleted_at is null;
create index sentry_issues_by_organization
  on sentry_issues (sentry_organization_id, last_seen_at, id) where deleted_at is null;
create index sentry_issues_by_status
  on sentry_issues (status, last_seen_at, id) where deleted_at is null;
create index sentry_issues_by_level
  on sentry_issues (level, last_seen_at, id) where deleted_at is null;

-- Text is searched by trigrams, which find any piece of an identifier such as NullPointerException
-- (docs/decisions/0006). The blank in front lets one or two characters be found where a word begins.
-- These two are not partial, and keep more statistics than usual: PostgreSQL estimates a pattern
-- from an index's statistics only when the index is whole, and by that estimate it chooses between
-- looking a rare word up and walking the list's order for a common one.
create extension if not exists pg_trgm;
create index jira_issues_by_text
  on jira_issues using gin ((' ' || key || ' ' || summary) gin_trgm_ops);
alter index jira_issues_by_text alter column 1 set statistics 300;
create index sentry_issues_by_text
  on sentry_issues using gin ((' ' || short_id || ' ' || title) gin_trgm_ops);
alter index sentry_issues_by_text alter column 1 set statistics 300;
