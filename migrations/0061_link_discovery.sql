-- Where one vendor's issue names the other's: the addresses that the service's discovery of links goes
-- by. Only those that look like an issue of the other vendor are kept, without query and fragment.
alter table jira_issues add column sentry_addresses text[] not null default '{}';
comment on column jira_issues.sentry_addresses is
  'https://host/…/issues/ID in the description: in its words, behind them, of its cards';
alter table sentry_issues add column ticket_addresses text[] not null default '{}';
comment on column sentry_issues.ticket_addresses is
  'https://host/browse/KEY of the tickets that Sentry shows at the issue (its annotations)';

-- What the words of stored descriptions name; what is behind them is known when Jira is read again.
update jira_issues set sentry_addresses = array(
  select distinct lower(found[1]) || found[2] from regexp_matches(
    description, '(https?://[^/[:space:]]+)(/[^[:space:]?#]*issues/[0-9]{1,18})', 'g') as found)
where description like '%/issues/%';

create index jira_issues_naming on jira_issues (id) where sentry_addresses <> '{}';
create index sentry_issues_naming on sentry_issues (id) where ticket_addresses <> '{}';

-- What the remote links of a ticket name, and as of which change of the ticket they were read.
create table remote_link_readings (
  jira_issue_id    bigint primary key,
  jira_updated_at  timestamptz not null,
  read_at          timestamptz not null default now(),
  sentry_addresses text[] not null default '{}',
  constraint remote_link_readings_issue_exists
    foreign key (jira_issue_id) references jira_issues (id) on delete cascade
);
create index remote_link_readings_naming on remote_link_readings (jira_issue_id)
  where sentry_addresses <> '{}';

-- Links that a person removed: what still names the other side must not bring them back.
create table removed_links (
  sentry_issue_id bigint not null,
  jira_issue_id   bigint not null,
  removed_at      timestamptz not null default now(),
  primary key (sentry_issue_id, jira_issue_id),
  constraint removed_links_sentry_issue_exists
    foreign key (sentry_issue_id) references sentry_issues (id) on delete cascade,
  constraint removed_links_jira_issue_exists
    foreign key (jira_issue_id) references jira_issues (id) on delete cascade
);
create index removed_links_by_jira_issue on removed_links (jira_issue_id);
create function links_remember_removal() returns trigger language plpgsql as $$
begin
  insert into removed_links (sentry_issue_id, jira_issue_id)
  values (old.sentry_issue_id, old.jira_issue_id) on conflict do nothing;
  return null;
end $$;
-- Not where it goes with an issue that goes.
create trigger links_remember_removal after delete on links for each row
  when (old.jira_issue_id is not null and pg_trigger_depth() = 0)
  execute function links_remember_removal();

delete from job_schedules where name = 'discovered_links';
