-- Which site the records of an organization belong to: their numbers mean nothing elsewhere.
alter table jira_organizations add column site_id text;
comment on column jira_organizations.site_id is
  'Atlassian''s cloud ID, as the site reports it; null until it has';
alter table sentry_organizations add column site_id text;
comment on column sentry_organizations.site_id is
  'the numeric id of the Sentry organization, as Sentry reports it; null until it has';

-- A service account's token goes through Atlassian's gateway and has no user name beside it.
alter table jira_organizations alter column username drop not null;
alter table jira_organizations add constraint jira_organizations_username_needed
  check (username is not null or base_url like '%/ex/jira/%');
comment on column jira_organizations.username is
  'the account''s e-mail address for Basic authentication; null: the token goes alone, as Bearer';

-- What a vendor reports of itself is nobody's change.
drop trigger jira_organizations_audit on jira_organizations;
create trigger jira_organizations_audit after insert or update or delete on jira_organizations
  for each row execute function audit_change('jira_organization', 'site_url', 'site_id',
    'connection_status', 'connection_checked_at', 'connection_error', 'last_synced_at');
drop trigger sentry_organizations_audit on sentry_organizations;
create trigger sentry_organizations_audit after insert or update or delete on sentry_organizations
  for each row execute function audit_change('sentry_organization', 'site_id', 'connection_status',
    'connection_checked_at', 'connection_error', 'last_synced_at');
