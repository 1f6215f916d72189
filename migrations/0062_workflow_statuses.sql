-- Which steps each status of a workflow offered when it was looked at last. Jira tells a normal account
-- only those from where an issue is; a way of several steps is found by what was seen before.
create table workflow_statuses (
  jira_organization_id bigint not null,
  project_jira_id      bigint not null,
  issue_type           text not null,
  status_id            text not null,
  offered              jsonb not null,
  read_at              timestamptz not null default now(),
  primary key (jira_organization_id, project_jira_id, issue_type, status_id),
  constraint workflow_statuses_organization_exists
    foreign key (jira_organization_id) references jira_organizations (id) on delete cascade
);
comment on column workflow_statuses.offered is
  'steps: id, name, to (id, name, category), asks: names by keys of fields that a person must fill';
