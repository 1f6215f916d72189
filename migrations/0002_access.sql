-- Bearer tokens of clients. The token itself is shown once and never stored: only its SHA-256.
create table api_tokens (
  id           bigint generated always as identity primary key,
  name         text not null,
  token_sha256 bytea not null,
  scope        text not null,
  expires_at   timestamptz,
  last_used_at timestamptz,
  revoked_at   timestamptz,
  created_at   timestamptz not null default now(),
  constraint api_tokens_name_length check (char_length(name) between 1 and 200),
  constraint api_tokens_scope_known check (scope in ('read', 'write', 'admin')),
  constraint api_tokens_digest_length check (octet_length(token_sha256) = 32),
  constraint api_tokens_digest_unique unique (token_sha256)
);
