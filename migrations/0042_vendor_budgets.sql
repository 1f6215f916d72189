-- What each vendor still allows, by organization and endpoint, as the vendor stated it last to any
-- process: a Retry-After that one is told holds them all. Written often, so it stands apart.
create table vendor_budgets (
  source           text not null,
  organization_id  bigint not null,
  endpoint         text not null,
  limit_count      integer,
  remaining        integer,
  resets_at        timestamptz,
  held_until       timestamptz,
  noted_at         timestamptz not null,
  primary key (source, organization_id, endpoint),
  constraint vendor_budgets_source_known check (source in ('jira', 'sentry'))
);
