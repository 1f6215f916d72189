-- A link ties one Sentry issue to one Jira issue. A ticket that is being created is a `pending`
-- link: the row exists before Jira is asked, and its label and property travel with the request, so
-- that after a lost answer the ticket can be found instead of being made twice.
create table links (
  id                  bigint generated always as identity primary key,
  sentry_issue_id     bigint not null,
  jira_project_id     bigint not null,
  jira_issue_id       bigint,
  link_type           text not null,
  state               text not null,
  allows_duplicate    boolean not null default false,
  sync_sentry_to_jira boolean not null default true,
  sync_jira_to_sentry boolean not null default true,
  created_by          text not null,
  creation_notes      text,
  ticket_label        text not null
    default 'issuebridge-' || replace(gen_random_uuid()::text, '-', ''),
  agreed_sentry_status text,
  agreed_jira_category text,
  last_synced_sentry_to_jira_at timestamptz,
  last_synced_jira_to_sentry_at timestamptz,
  last_error          text,
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now(),
  constraint links_agreed_sentry_status_known
    check (agreed_sentry_status in ('unresolved', 'resolved', 'ignored')),
  constraint links_agreed_jira_category_known
    check (agreed_jira_category in ('new', 'indeterminate', 'done')),
  constraint links_type_known check (link_type in ('manual', 'automatic', 'imported')),
  constraint links_state_known check (state in ('pending', 'active', 'broken')),
  constraint links_active_has_ticket check (state <> 'active' or jira_issue_id is not null),
  constraint links_pair_unique unique (sentry_issue_id, jira_issue_id),
  constraint links_sentry_issue_exists
    foreign key (sentry_issue_id) references sentry_issues (id) on delete cascade,
  constraint links_jira_issue_exists
    foreign key (jira_issue_id) references jira_issues (id) on delete cascade,
  constraint links_jira_project_exists
    foreign key (jira_project_id) references jira_projects (id) on delete cascade
);
comment on column links.agreed_sentry_status is
  'Sentry''s status when both sides were last compared: what differs from it has changed since';
comment on column links.agreed_jira_category is
  'Jira''s status category when both sides were last compared';
-- The single winner of several who create a ticket for the same error in the same project at once.
create unique index links_one_ticket_a_project on links (sentry_issue_id, jira_project_id)
  where link_type = 'automatic' and not allows_duplicate;
create index links_by_jira_issue on links (jira_issue_id, id);
create index links_by_jira_project on links (jira_project_id, id);
create index links_by_state on links (state, id);
create index links_by_created on links (created_at, id);
create trigger links_touch before update on links
  for each row when (old.* is distinct from new.*) execute function touch_updated_at();

-- What happened to a link and why: cause, decision, request, outcome.
create table link_events (
  id          bigint generated always as identity primary key,
  link_id     bigint not null,
  occurred_at timestamptz not null default now(),
  cause       text not null,
  decision    text not null,
  reason      text not null,
  request     jsonb,
  outcome     text not null,
  error       text,
  constraint link_events_outcome_known check (outcome in ('applied', 'nothing', 'failed')),
  constraint link_events_link_exists foreign key (link_id) references links (id) on delete cascade
);
create index link_events_by_link on link_events (link_id, id);
