-- Everything the vendors' webhooks said. A delivery is stored before it is answered and is its own
-- work: one that is pending is processed when its time has come, by whichever worker leases it.
create table webhook_deliveries (
  id                     bigint generated always as identity primary key,
  source                 text not null,
  jira_organization_id   bigint,
  sentry_organization_id bigint,
  delivery_key           text not null,
  event                  text not null,
  subject                text,
  sent_at                timestamptz,
  received_at            timestamptz not null default now(),
  state                  text not null default 'pending',
  reason                 text,
  attempts               integer not null default 0,
  next_attempt_at        timestamptz not null default now(),
  processed_at           timestamptz,
  headers                jsonb not null,
  body                   json,
  constraint webhook_deliveries_source_known check (source in ('jira', 'sentry')),
  constraint webhook_deliveries_state_known
    check (state in ('pending', 'processed', 'ignored', 'failed')),
  constraint webhook_deliveries_ended_has_time
    check ((state = 'pending') = (processed_at is null)),
  constraint webhook_deliveries_organization_fits check (
    (source = 'jira') = (jira_organization_id is not null)
    and (source = 'sentry') = (sentry_organization_id is not null)),
  constraint webhook_deliveries_jira_organization_exists
    foreign key (jira_organization_id) references jira_organizations (id) on delete cascade,
  constraint webhook_deliveries_sentry_organization_exists
    foreign key (sentry_organization_id) references sentry_organizations (id) on delete cascade
);
comment on column webhook_deliveries.delivery_key is
  'what is equal when the vendor delivers the same thing again: Jira''s identifier, of Sentry a digest';
comment on column webhook_deliveries.subject is 'the vendor''s id or key of the issue it is about';
comment on column webhook_deliveries.body is 'json, not jsonb: kept as it came, and cheaper to write';
comment on column webhook_deliveries.next_attempt_at is
  'a worker that leases the delivery moves this into the future, so that nobody else takes it';
create unique index webhook_deliveries_once_jira
  on webhook_deliveries (jira_organization_id, delivery_key) where source = 'jira';
create unique index webhook_deliveries_once_sentry
  on webhook_deliveries (sentry_organization_id, delivery_key) where source = 'sentry';
create index webhook_deliveries_due on webhook_deliveries (next_attempt_at)
  where state = 'pending';
create index webhook_deliveries_by_state on webhook_deliveries (state, id);
create index webhook_deliveries_by_received on webhook_deliveries (received_at);
create index webhook_deliveries_by_subject on webhook_deliveries (subject, id)
  where subject is not null;
-- Written once and updated once or twice: room on the page keeps those updates off the indexes.
alter table webhook_deliveries set (fillfactor = 85,
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- Of what was refused only how often is kept, and why.
create table webhook_refusals (
  source          text not null,
  organization_id bigint not null,
  reason          text not null,
  refusals        bigint not null,
  first_at        timestamptz not null default now(),
  last_at         timestamptz not null default now(),
  primary key (source, organization_id, reason),
  constraint webhook_refusals_source_known check (source in ('jira', 'sentry')),
  constraint webhook_refusals_reason_known check (reason in ('no_secret', 'unsigned', 'forged'))
);
