-- Sign-ins of the console. The cookie's secret is not stored, only its SHA-256. A session acts for
-- the token it was made with and ends with it: a stored token is referred to; of the configured one
-- (ISSUEBRIDGE_ADMIN_TOKEN) a proof is kept that only the cookie's secret and that token can make.
create table console_sessions (
  id              bigint generated always as identity primary key,
  session_sha256  bytea not null,
  api_token_id    bigint,
  bootstrap_proof bytea,
  created_at      timestamptz not null default now(),
  expires_at      timestamptz not null,
  constraint console_sessions_digest_length check (octet_length(session_sha256) = 32),
  constraint console_sessions_digest_unique unique (session_sha256),
  constraint console_sessions_one_token check (num_nonnulls(api_token_id, bootstrap_proof) = 1),
  constraint console_sessions_token_exists
    foreign key (api_token_id) references api_tokens (id) on delete cascade
);
create index console_sessions_by_token on console_sessions (api_token_id);
create index console_sessions_by_expiry on console_sessions (expires_at);
-- Who signs in and out is told; that a session ended by itself is not.
create trigger console_sessions_audit after insert on console_sessions
  for each row execute function audit_change('console_session', 'session_sha256', 'bootstrap_proof',
    'expires_at');
