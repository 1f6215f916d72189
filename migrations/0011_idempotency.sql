-- Answers to POST requests that carried an Idempotency-Key, for 24 hours. A row without an answer is
-- a request at work; its lease ends when the process that worked on it must have died.
create table idempotency_keys (
  owner          text not null,
  key            text not null,
  request_sha256 bytea not null,
  lease_until    timestamptz not null,
  answer_status  integer,
  answer_sealed  text,
  created_at     timestamptz not null default now(),
  primary key (owner, key),
  constraint idempotency_keys_answer_whole
    check ((answer_status is null) = (answer_sealed is null))
);
comment on column idempotency_keys.answer_sealed is
  'sealed by the service: an answer may hold a token that is shown only once';
create index idempotency_keys_by_created on idempotency_keys (created_at);
