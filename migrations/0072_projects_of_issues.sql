-- An issue's reference to its project was looked up row by row, a sixth of what storing a first sync's
-- issue costs. The pages of a sync come from one project: asked once a statement it costs nearly nothing.
-- What the reference promised holds as before: no issue without its project in its organization, also
-- when the project is deleted at the same moment (the lock is the one that references take), and a deleted
-- project takes its issues along, and its days with them.
alter table jira_issues drop constraint jira_issues_project_exists;
alter table jira_projects drop constraint jira_projects_of_organization;
alter table jira_issue_days drop constraint jira_issue_days_jira_project_id_fkey;
alter table jira_resolution_days drop constraint jira_resolution_days_jira_project_id_fkey;

-- The caller's next statement sees what those who held the lock before have done.
create function jira_projects_hold(ids bigint[]) returns void language plpgsql as $$
begin
  perform from jira_projects where id = any(ids) order by id for key share;
end $$;
create function jira_issues_lack(project_id bigint, organization_id bigint) returns void
  language plpgsql as $$
begin
  raise foreign_key_violation using
    message = 'an issue needs a project of its organization',
    detail = format('There is no Jira project %s in the organization %s.', project_id,
      organization_id),
    schema = 'public', table = 'jira_issues', constraint = 'jira_issues_project_exists';
end $$;

create function jira_issues_belong() returns trigger language plpgsql as $$
begin
  perform jira_projects_hold(array(select distinct jira_project_id from new_rows));
  perform jira_issues_lack(jira_project_id, jira_organization_id)
  from (select distinct jira_project_id, jira_organization_id from new_rows) placed
  where not exists (
    select from jira_projects p
    where p.id = jira_project_id and p.jira_organization_id = placed.jira_organization_id);
  return null;
end $$;
-- Triggers fire in the order of their names: this one before the one that counts.
create trigger jira_issues_belong after insert on jira_issues
  referencing new table as new_rows
  for each statement execute function jira_issues_belong();

create function jira_issues_belong_moved() returns trigger language plpgsql as $$
begin
  perform jira_projects_hold(array[new.jira_project_id]);
  if not exists (
    select from jira_projects p
    where p.id = new.jira_project_id and p.jira_organization_id = new.jira_organization_id
  ) then
    perform jira_issues_lack(new.jira_project_id, new.jira_organization_id);
  end if;
  return null;
end $$;
create trigger jira_issues_belong_moved
  after update of jira_project_id, jira_organization_id on jira_issues
  for each row when ((old.jira_project_id, old.jira_organization_id)
    is distinct from (new.jira_project_id, new.jira_organization_id))
  execute function jira_issues_belong_moved();

create function jira_projects_take_issues() returns trigger language plpgsql as $$
begin
  -- Another level would not see, and so not delete, what came since it began.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise invalid_transaction_state using
      message = 'Jira projects can be deleted in transactions of the level read committed only';
  end if;
  delete from jira_issues where jira_project_id in (select id from old_rows);
  delete from jira_issue_days where jira_project_id in (select id from old_rows);
  delete from jira_resolution_days where jira_project_id in (select id from old_rows);
  return null;
end $$;
create trigger jira_projects_take_issues after delete on jira_projects
  referencing old table as old_rows
  for each statement execute function jira_projects_take_issues();

-- Neither an id nor the organization of a project ever changes, which the reference saw to.
create function jira_projects_stay() returns trigger language plpgsql as $$
begin
  raise integrity_constraint_violation using
    message = 'a Jira project keeps its id and its organization', table = 'jira_projects',
    constraint = 'jira_projects_stay';
end $$;
create trigger jira_projects_stay before update of id, jira_organization_id on jira_projects
  for each row when ((old.id, old.jira_organization_id) is distinct from
    (new.id, new.jira_organization_id))
  execute function jira_projects_stay();
