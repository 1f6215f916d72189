-- While a first sync fills an empty jira_issues, keeping its indexes costs more than half of it. Those that
-- keep nothing unique are dropped before, noted here, and built in bulk by the job build_indexes
-- once the run has ended, or after a minute: lists are right meanwhile, and walk the table.
create table deferred_indexes (
  name        text primary key,
  definition  text not null,
  statistics  integer,
  sync_run_id bigint not null,
  deferred_at timestamptz not null default now(),
  constraint deferred_indexes_definition check (definition ~ '^CREATE INDEX ')
);
comment on table deferred_indexes is 'indexes that exist again when their row is gone';
comment on column deferred_indexes.statistics is
  'the statistics target of its first column; null: the usual one';

-- What a migration does to an index needs it to be there: called before each, in its transaction. Until that
-- ends none can be deferred: who tries finds the list locked, and leaves the indexes where they are.
create function before_migrations() returns void language plpgsql as $$
declare
  deferred deferred_indexes;
begin
  lock table deferred_indexes in share row exclusive mode;
  for deferred in select * from deferred_indexes loop
    execute format('drop index if exists %I', deferred.name);
    execute deferred.definition;
    if deferred.statistics is not null then
      execute format('alter index %I alter column 1 set statistics %s', deferred.name,
        deferred.statistics);
    end if;
    delete from deferred_indexes where name = deferred.name;
  end loop;
end $$;
