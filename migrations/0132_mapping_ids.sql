-- Names are for people: a status that is renamed, or shown in another language, keeps its id. What Jira
-- called the ids when a mapping was saved is kept with it.
alter table status_mappings
  add column jira_ids jsonb not null default '{}',
  add column default_resolution_id text,
  add column default_resolution_name text,
  add constraint status_mappings_jira_ids_object check (jsonb_typeof(jira_ids) = 'object'),
  add constraint status_mappings_default_resolution_whole
    check ((default_resolution_id is null) = (default_resolution_name is null));
comment on column status_mappings.jira_ids is
  'Jira''s ids of the statuses and resolutions that the mapping names, by status:<name> and '
  'resolution:<name> in lower case';
comment on column status_mappings.default_resolution_id is
  'what to set where a transition requires a resolution and Jira has no default; the name is for people';
