-- An update writes all indexes of its row. Without this one a list of a project and a category takes the
-- project's next entries where the category is common, and looks its rows up where it is rare: planned for
-- each call, as lists by product are.
drop index jira_issues_by_project_category;

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
