-- Who changed what, written by triggers in the transaction of the change, so that no way of making
-- one can forget it. The service signs its transactions with the settings issuebridge.actor, .cause,
-- .token_id and .request_id; a change without them is the system's own.
create table audit_events (
  id            bigint generated always as identity primary key,
  occurred_at   timestamptz not null default now(),
  actor         text not null,
  cause         text not null,
  token_id      bigint,
  request_id    text,
  action        text not null,
  resource_type text not null,
  resource_id   bigint not null,
  before        jsonb,
  after         jsonb,
  constraint audit_events_cause_known
    check (cause in ('api', 'console', 'cli', 'webhook', 'schedule', 'job', 'system')),
  constraint audit_events_action_known check (action in ('created', 'updated', 'deleted'))
);
create index audit_events_by_time on audit_events (occurred_at, id);
create index audit_events_by_resource on audit_events (resource_type, resource_id, id);
create index audit_events_by_actor on audit_events (actor, id);

-- Writes one event in the name of the transaction's signature.
create function audit_write(action text, resource_type text, resource_id bigint, before jsonb,
  after jsonb) returns void language sql as $$
  insert into audit_events
    (actor, cause, token_id, request_id, action, resource_type, resource_id, before, after)
  values (
    coalesce(nullif(current_setting('issuebridge.actor', true), ''), 'system'),
    coalesce(nullif(current_setting('issuebridge.cause', true), ''), 'system'),
    nullif(current_setting('issuebridge.token_id', true), '')::bigint,
    nullif(current_setting('issuebridge.request_id', true), ''),
    action, resource_type, resource_id, before, after)
$$;

-- Audits a row: audit_change(resource type, columns that are no one's decision…). Of an update only
-- what differs is kept. Of a secret only whether it is set or was replaced.
create function audit_change() returns trigger language plpgsql as $$
declare
  before  jsonb;
  after   jsonb;
  was     jsonb;
  becomes jsonb;
  column_name text;
  id      bigint;
  action  text := case tg_op when 'INSERT' then 'created' when 'DELETE' then 'deleted'
                  else 'updated' end;
begin
  if tg_op <> 'INSERT' then before := to_jsonb(old) - tg_argv - 'updated_at'; end if;
  if tg_op <> 'DELETE' then after := to_jsonb(new) - tg_argv - 'updated_at'; end if;
  id := coalesce(after, before) ->> 'id';
  if tg_op = 'UPDATE' then
    for column_name in select jsonb_object_keys(before) loop
      if before -> column_name = after -> column_name then
        before := before - column_name;
        after := after - column_name;
      end if;
    end loop;
    if after = '{}' then return null; end if;
    if after ->> 'revoked_at' is not null then action := 'deleted'; end if;
  end if;
  for column_name in
    select key from jsonb_object_keys(coalesce(after, before)) as key where key like '%\_sealed'
  loop
    was := before -> column_name;
    becomes := after -> column_name;
    if before is not null then
      before := before - column_name || jsonb_build_object(
        left(column_name, -7), case when was = 'null' then 'unset' else 'set' end);
    end if;
    if after is not null then
      after := after - column_name || jsonb_build_object(
        left(column_name, -7),
        case when becomes = 'null' then 'unset' when was is null or was = 'null' then 'set'
             else 'replaced' end);
    end if;
  end loop;
  perform audit_write(action, tg_argv[0], id, before, after);
  return null;
end $$;

create trigger products_audit after insert or update or delete on products
  for each row execute function audit_change('product');
create trigger jira_organizations_audit after insert or update or delete on jira_organizations
  for each row execute function audit_change('jira_organization', 'site_url', 'connection_status',
    'connection_checked_at', 'connection_error', 'last_synced_at');
create trigger sentry_organizations_audit after insert or update or delete on sentry_organizations
  for each row execute function audit_change('sentry_organization', 'connection_status',
    'connection_checked_at', 'connection_error', 'last_synced_at');
-- What the vendor says of a project is no change of ours: only these columns are decided here.
create trigger jira_projects_audit
  after update of product_id, sync_enabled, max_issues, default_issue_type, default_priority
  on jira_projects for each row execute function audit_change('jira_project', 'last_synced_at');
create trigger sentry_projects_audit after update of product_id, sync_enabled, max_issues
  on sentry_projects for each row execute function audit_change('sentry_project', 'last_synced_at');
-- What the two sides did to each other stands in link_events.
create trigger links_audit
  after insert or delete or update of sync_sentry_to_jira, sync_jira_to_sentry, creation_notes
  on links for each row execute function audit_change('link');
create trigger api_tokens_audit after insert or delete or update of revoked_at on api_tokens
  for each row execute function audit_change('api_token', 'token_sha256', 'last_used_at');
create trigger sync_runs_audit after insert on sync_runs
  for each row when (new.trigger in ('manual', 'cli')) execute function audit_change('sync_run');
