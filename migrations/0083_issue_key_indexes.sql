-- 0082 has these in its own table. Apart from it: who has locked an issue and waits for 0082 to write it would
-- wait for this lock, and this for that. Processes of the version before find and sort by them without.
drop index if exists jira_issues_by_key, jira_issues_by_created;
