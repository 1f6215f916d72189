-- Many tickets in one go: a job works through the items, and each keeps its own result.
create table ticket_batches (
  id          bigint generated always as identity primary key,
  request     jsonb not null,
  created_by  text not null,
  request_id  text,
  status      text not null default 'queued',
  created_at  timestamptz not null default now(),
  finished_at timestamptz,
  constraint ticket_batches_status_known
    check (status in ('queued', 'running', 'succeeded', 'partial', 'failed'))
);
comment on column ticket_batches.request is 'what every ticket is asked with, as the client sent it';

create table ticket_batch_items (
  batch_id        bigint not null references ticket_batches (id) on delete cascade,
  position        integer not null,
  sentry_issue_id bigint not null,
  state           text not null default 'waiting',
  link_id         bigint references links (id) on delete set null,
  problem         jsonb,
  primary key (batch_id, position),
  constraint ticket_batch_items_state_known check (state in ('waiting', 'working', 'done'))
);
comment on column ticket_batch_items.state is
  'an item found working when its job begins was left by a process that died';
create index ticket_batch_items_by_link on ticket_batch_items (link_id);
