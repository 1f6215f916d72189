-- As 0079; apart from it, so that neither vendor's lists wait for the other's indexes.
alter table sentry_issues
  alter column short_id type text collate "C",
  alter column level type text collate "C",
  alter column status type text collate "C";
