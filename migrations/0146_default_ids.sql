-- Types and priorities are chosen by id; their names follow the account's language and can be changed.
alter table jira_projects
  add column default_issue_type_id text,
  add column default_priority_id text;
comment on column jira_projects.default_issue_type_id is
  'Jira''s id of default_issue_type; null until Jira was asked for it';
comment on column jira_projects.default_priority_id is
  'Jira''s id of default_priority; null until Jira was asked for it';
