-- What this installation is called where it marks things at the vendors: two services that work at one
-- Jira site must not take each other's tickets for their own.
create table installation (
  is_only    boolean primary key default true,
  id         uuid not null default gen_random_uuid(),
  created_at timestamptz not null default now(),
  constraint installation_is_only check (is_only)
);
comment on table installation is 'one row, made with the database and never changed';
insert into installation default values;

-- The tickets of a Sentry issue are numbered, and no number is used twice: a ticket's label, property
-- and remote link are derived from it before its link exists.
create table ticket_ordinals (
  sentry_issue_id bigint primary key,
  last_ordinal    integer not null,
  constraint ticket_ordinals_positive check (last_ordinal > 0),
  constraint ticket_ordinals_issue_exists
    foreign key (sentry_issue_id) references sentry_issues (id) on delete cascade
);

alter table links
  alter column ticket_label drop default,
  alter column ticket_label drop not null,
  add column global_id text,
  add column ticket_ordinal integer,
  add column marker_state text not null default 'none',
  add column has_property boolean not null default true,
  add column created_ticket_id bigint,
  add column created_ticket_key text,
  add column remote_link_at timestamptz,
  add column external_issue_id text,
  add constraint links_marker_state_known
    check (marker_state in ('none', 'attached', 'removed', 'kept'));
comment on column links.ticket_label is
  'the label by which a ticket that this service creates is found until its remote link is published';
comment on column links.global_id is
  'identifies our remote link at the ticket, also for JQL''s issuesWithRemoteLinksByGlobalId';
comment on column links.ticket_ordinal is
  'the number of the ticket among those created for the Sentry issue; null for links to tickets that were there';
comment on column links.marker_state is
  'none: the ticket carries no label of ours; attached: it may; removed; kept: Jira refused to remove it';
comment on column links.has_property is
  'false: Jira refused the issue property, so that the ticket has none';
comment on column links.created_ticket_id is
  'Jira''s id of the ticket from the answer to its creation, kept while it cannot be read';
comment on column links.remote_link_at is 'when our remote link was last published';
comment on column links.external_issue_id is
  'of the external issue that shows the ticket in Sentry; null: none, or a comment shows it';

update links l set ticket_label = null where link_type <> 'automatic';
update links l set marker_state = 'attached' where link_type = 'automatic';
update links l set global_id = 'issuebridge:sentry:' || s.sentry_organization_id || ':' || s.sentry_id
from sentry_issues s where s.id = l.sentry_issue_id;

-- The installation of our integration in a Sentry organization, which shows tickets at its issues.
create table sentry_installations (
  sentry_organization_id bigint primary key,
  uuid                   text,
  read_at                timestamptz not null default now(),
  constraint sentry_installations_organization_exists
    foreign key (sentry_organization_id) references sentry_organizations (id) on delete cascade
);
comment on column sentry_installations.uuid is
  'null: the token has none, and comments show the tickets; looked for again after a day';
