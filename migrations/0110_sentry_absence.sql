-- A project that Sentry does not list any more: deleted, or hidden from the token. Naming it makes a whole request
-- a 403, so it is left out of requests; its issues are not visible, which is not the same as deleted.
alter table sentry_projects add column not_visible_since timestamptz;
comment on column sentry_projects.not_visible_since is
  'since when Sentry lists it to our token no longer: it is not read, and its issues are not visible either';

create function sentry_projects_appear() returns trigger language plpgsql as $$
begin
  update sentry_issues set not_visible_since = new.not_visible_since
  where sentry_project_id = new.id and not_visible_since is distinct from new.not_visible_since;
  return null;
end $$;
create trigger sentry_projects_appear after update of not_visible_since on sentry_projects
  for each row when (old.not_visible_since is distinct from new.not_visible_since)
  execute function sentry_projects_appear();

-- An issue that lives on in another one. It is a tombstone that names where.
alter table sentry_issues
  add column merged_into_sentry_id bigint,
  add column merged_into_short_id text,
  add constraint sentry_issues_merged_is_gone
    check (merged_into_sentry_id is null or deleted_at is not null);
comment on column sentry_issues.merged_into_sentry_id is
  'Sentry''s id of the issue that this one was merged into; its number answers as that issue';
create index sentry_issues_merged on sentry_issues (sentry_organization_id, merged_into_sentry_id)
  where merged_into_sentry_id is not null;

-- How far back issues are imported. Sentry lists those with events in the last days only.
alter table sentry_organizations
  add column history_days integer not null default 90,
  add constraint sentry_organizations_history_range check (history_days between 1 and 3650);
comment on column sentry_organizations.history_days is
  'issues with an event in so many days are listed; Sentry cuts it to what it keeps';
-- What another number of days brings to light has to be read.
create function sentry_organizations_forget_watermarks() returns trigger language plpgsql as $$
begin
  update sentry_projects set watermark = null where sentry_organization_id = new.id;
  return null;
end $$;
create trigger sentry_organizations_forget_watermarks after update of history_days on sentry_organizations
  for each row when (old.history_days is distinct from new.history_days)
  execute function sentry_organizations_forget_watermarks();
