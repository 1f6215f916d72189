-- What a dry run would have changed, for people and scripts to read; null for a real run.
alter table sync_runs add column plan jsonb;
comment on column sync_runs.plan is
  '{requests, changes: [{action, project, key, fields: [{field, from, to}]}], omitted}';
