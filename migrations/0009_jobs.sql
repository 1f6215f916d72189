-- What must happen later is a row here, written in the transaction that causes it. The states are
-- River's: a job becomes available, runs, and ends completed, cancelled or discarded; after an
-- error it waits as retryable, before its time as scheduled.
create table jobs (
  id           bigint generated always as identity primary key,
  kind         text not null,
  arguments    jsonb not null,
  state        text not null,
  priority     smallint not null default 2,
  attempt      integer not null default 0,
  max_attempts integer not null default 25,
  scheduled_at timestamptz not null default now(),
  unique_key   text,
  unique_until text not null default 'finished',
  worker       text,
  attempted_at timestamptz,
  heartbeat_at timestamptz,
  cancel_requested_at timestamptz,
  finalized_at timestamptz,
  errors       jsonb not null default '[]',
  created_at   timestamptz not null default now(),
  constraint jobs_kind_length check (char_length(kind) between 1 and 100),
  constraint jobs_arguments_object check (jsonb_typeof(arguments) = 'object'),
  constraint jobs_state_known check (state in
    ('available', 'scheduled', 'running', 'retryable', 'completed', 'cancelled', 'discarded')),
  constraint jobs_priority_range check (priority between 1 and 4),
  constraint jobs_attempt_range check (attempt >= 0),
  constraint jobs_max_attempts_range check (max_attempts between 1 and 1000),
  constraint jobs_unique_key_length check (char_length(unique_key) between 1 and 500),
  constraint jobs_unique_until_known check (unique_until in ('started', 'finished')),
  constraint jobs_running_has_worker
    check ((state = 'running') = (worker is not null and heartbeat_at is not null)),
  constraint jobs_final_has_time
    check ((state in ('completed', 'cancelled', 'discarded')) = (finalized_at is not null)),
  constraint jobs_errors_array check (jsonb_typeof(errors) = 'array')
);
comment on column jobs.priority is '1 runs first, 4 last';
comment on column jobs.unique_until is
  'whether another job with the unique_key may be enqueued while this one runs (started) or not';

create index jobs_available on jobs (priority, scheduled_at, id) where state = 'available';
create index jobs_due on jobs (scheduled_at) where state in ('scheduled', 'retryable');
create index jobs_running on jobs (heartbeat_at) where state = 'running';
create index jobs_finalized on jobs (state, finalized_at)
  where state in ('completed', 'cancelled', 'discarded');
create index jobs_by_kind on jobs (kind, id);
create index jobs_by_state on jobs (state, id);
create unique index jobs_unique_key on jobs (unique_key)
  where state in ('available', 'scheduled', 'retryable')
    or (state = 'running' and unique_until = 'finished');

-- Rows come and go fast: vacuum by a small fixed number of dead rows rather than by a share.
alter table jobs set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- When each periodic job is next due. One process at a time, by an advisory lock, looks here.
create table job_schedules (
  name        text primary key,
  next_run_at timestamptz not null,
  constraint job_schedules_name_length check (char_length(name) between 1 and 100)
);
