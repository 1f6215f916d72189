-- Pages are stored with the time of it: rows whose statement says it are not compared for it once more, and no
-- function is called for each.
drop trigger jira_issues_touch on jira_issues;
create trigger jira_issues_touch before update on jira_issues
  for each row when (old.updated_at is not distinct from new.updated_at and old.* is distinct from new.*)
  execute function touch_updated_at();
drop trigger sentry_issues_touch on sentry_issues;
create trigger sentry_issues_touch before update on sentry_issues
  for each row when (old.updated_at is not distinct from new.updated_at and old.* is distinct from new.*)
  execute function touch_updated_at();
