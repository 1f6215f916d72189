-- What health, overview and dashboard read. All of it is kept by statement-level triggers as issues
-- and links change, so that a product's page costs the same for a thousand issues and for a million.

-- Which errors have a ticket.
alter table sentry_issues add column has_ticket boolean not null default false;
-- Which projects a link ties together; its Jira side is there already.
alter table links add column sentry_project_id bigint;

alter table sentry_issue_counts
  add column regressed bigint not null default 0,
  add column users     bigint not null default 0,
  add column ticketed  bigint not null default 0;
comment on column sentry_issue_counts.users is
  'users hit, summed over issues: one user hit by two errors counts twice';
alter table jira_issue_counts add column created_seconds bigint not null default 0;
comment on column jira_issue_counts.created_seconds is
  'the times of creation, as seconds since 1970, summed: their mean gives the mean age';

-- Errors seen for the first time, a day (UTC).
create table sentry_issue_days (
  sentry_project_id bigint not null references sentry_projects (id) on delete cascade,
  day               date not null,
  first_seen        bigint not null,
  primary key (sentry_project_id, day)
);
-- Tickets created a day, and tickets resolved a day by how long that took. A step of the scale is
-- half an octave of hours (step 2n is 2^n hours), fine enough for a median.
create table jira_issue_days (
  jira_project_id bigint not null references jira_projects (id) on delete cascade,
  day             date not null,
  created         bigint not null,
  primary key (jira_project_id, day)
);
create table jira_resolution_days (
  jira_project_id bigint not null references jira_projects (id) on delete cascade,
  day             date not null,
  step            smallint not null,
  resolved        bigint not null,
  primary key (jira_project_id, day, step)
);
create index sentry_issue_days_by_day on sentry_issue_days (day);
create index jira_issue_days_by_day on jira_issue_days (day);
create index jira_resolution_days_by_day on jira_resolution_days (day);
create table link_counts (
  sentry_project_id bigint not null references sentry_projects (id) on delete cascade,
  jira_project_id   bigint not null references jira_projects (id) on delete cascade,
  state             text not null,
  links             bigint not null,
  primary key (sentry_project_id, jira_project_id, state)
);
create index link_counts_by_jira_project on link_counts (jira_project_id);
-- Links made, and links whose error became resolved, a day.
create table link_days (
  day      date primary key,
  made     bigint not null default 0,
  resolved bigint not null default 0
);

-- A product's health as it was, one row a day.
create table product_health_days (
  product_id bigint not null references products (id) on delete cascade,
  day        date not null,
  score      double precision,
  components jsonb not null,
  primary key (product_id, day),
  constraint product_health_days_score_range check (score between 0 and 100),
  constraint product_health_days_components_object check (jsonb_typeof(components) = 'object')
);

-- What counts of an issue, with +1 where it came and -1 where it went.
create type jira_issue_change as (
  jira_project_id bigint, status_category text, created_at timestamptz, resolved_at timestamptz,
  change integer
);
create type sentry_issue_change as (
  sentry_project_id bigint, status text, level text, is_regressed boolean, users bigint,
  has_ticket boolean, first_seen_at timestamptz, change integer
);

create function resolution_step(created_at timestamptz, resolved_at timestamptz)
  returns smallint language sql immutable as $$
  select floor(2 * log(2,
    greatest(1, extract(epoch from resolved_at - created_at) / 3600)::numeric))::smallint
$$;
-- A time as the API writes it, for JSON that is built here.
create function rfc3339(moment timestamptz) returns text language sql stable as $$
  select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
create function utc_day(moment timestamptz) returns date language sql immutable as $$
  select (moment at time zone 'UTC')::date
$$;

-- Projects that are being deleted with their issues are left out: their counts go with them.
create function jira_issue_changes_apply(changes jira_issue_change[]) returns void
  language sql as $$
  insert into jira_issue_counts as kept
    (jira_project_id, status_category, issues, created_seconds)
  select jira_project_id, status_category, sum(change),
    sum(change * extract(epoch from created_at)::bigint)
  from unnest(changes) where exists (select from jira_projects p where p.id = jira_project_id)
  group by 1, 2 having sum(change) <> 0 or sum(change * extract(epoch from created_at)::bigint) <> 0
  order by 1, 2
  on conflict (jira_project_id, status_category) do update set
    issues = kept.issues + excluded.issues,
    created_seconds = kept.created_seconds + excluded.created_seconds;

  insert into jira_issue_days as kept (jira_project_id, day, created)
  select jira_project_id, utc_day(created_at), sum(change)
  from unnest(changes) where exists (select from jira_projects p where p.id = jira_project_id)
  group by 1, 2 having sum(change) <> 0 order by 1, 2
  on conflict (jira_project_id, day) do update set created = kept.created + excluded.created;

  insert into jira_resolution_days as kept (jira_project_id, day, step, resolved)
  select jira_project_id, utc_day(resolved_at), resolution_step(created_at, resolved_at),
    sum(change)
  from unnest(changes)
  where resolved_at is not null
    and exists (select from jira_projects p where p.id = jira_project_id)
  group by 1, 2, 3 having sum(change) <> 0 order by 1, 2, 3
  on conflict (jira_project_id, day, step) do update set
    resolved = kept.resolved + excluded.resolved;
$$;

create or replace function jira_issue_counts_keep() returns trigger language plpgsql as $$
declare
  changes jira_issue_change[];
begin
  if tg_op = 'INSERT' then
    select array_agg(
      (jira_project_id, status_category, jira_created_at, resolved_at, 1)::jira_issue_change)
    into changes from new_rows where deleted_at is null;
  elsif tg_op = 'DELETE' then
    select array_agg(
      (jira_project_id, status_category, jira_created_at, resolved_at, -1)::jira_issue_change)
    into changes from old_rows where deleted_at is null;
  else
    select array_agg(change) into changes from (
      select (jira_project_id, status_category, jira_created_at, resolved_at, 1)::jira_issue_change
        as change
      from new_rows where deleted_at is null
      union all
      select (jira_project_id, status_category, jira_created_at, resolved_at, -1)::jira_issue_change
      from old_rows where deleted_at is null
    ) both_sides;
  end if;
  if changes is not null then perform jira_issue_changes_apply(changes); end if;
  return null;
end $$;

create function sentry_issue_changes_apply(changes sentry_issue_change[]) returns void
  language sql as $$
  insert into sentry_issue_counts as kept
    (sentry_project_id, status, level, issues, regressed, users, ticketed)
  select sentry_project_id, status, level, sum(change), sum(change * is_regressed::int),
    sum(change * users), sum(change * has_ticket::int)
  from unnest(changes) where exists (select from sentry_projects p where p.id = sentry_project_id)
  group by 1, 2, 3
  having sum(change) <> 0 or sum(change * is_regressed::int) <> 0 or sum(change * users) <> 0
    or sum(change * has_ticket::int) <> 0
  order by 1, 2, 3
  on conflict (sentry_project_id, status, level) do update set
    issues = kept.issues + excluded.issues, regressed = kept.regressed + excluded.regressed,
    users = kept.users + excluded.users, ticketed = kept.ticketed + excluded.ticketed;

  insert into sentry_issue_days as kept (sentry_project_id, day, first_seen)
  select sentry_project_id, utc_day(first_seen_at), sum(change)
  from unnest(changes) where exists (select from sentry_projects p where p.id = sentry_project_id)
  group by 1, 2 having sum(change) <> 0 order by 1, 2
  on conflict (sentry_project_id, day) do update set
    first_seen = kept.first_seen + excluded.first_seen;
$$;

create or replace function sentry_issue_counts_keep() returns trigger language plpgsql as $$
declare
  changes sentry_issue_change[];
begin
  if tg_op = 'INSERT' then
    select array_agg((sentry_project_id, status, level, coalesce(substatus = 'regressed', false),
      user_count, has_ticket, first_seen_at, 1)::sentry_issue_change)
    into changes from new_rows where deleted_at is null;
  elsif tg_op = 'DELETE' then
    select array_agg((sentry_project_id, status, level, coalesce(substatus = 'regressed', false),
      user_count, has_ticket, first_seen_at, -1)::sentry_issue_change)
    into changes from old_rows where deleted_at is null;
  else
    select array_agg(change) into changes from (
      select (sentry_project_id, status, level, coalesce(substatus = 'regressed', false),
        user_count, has_ticket, first_seen_at, 1)::sentry_issue_change as change
      from new_rows where deleted_at is null
      union all
      select (sentry_project_id, status, level, coalesce(substatus = 'regressed', false),
        user_count, has_ticket, first_seen_at, -1)::sentry_issue_change
      from old_rows where deleted_at is null
    ) both_sides;
  end if;
  if changes is not null then perform sentry_issue_changes_apply(changes); end if;
  return null;
end $$;

-- Links: their Sentry project, their counts, and whether their error has a ticket.
create function links_place() returns trigger language plpgsql as $$
begin
  new.sentry_project_id :=
    (select sentry_project_id from sentry_issues where id = new.sentry_issue_id);
  return new;
end $$;
create trigger links_place before insert or update of sentry_issue_id on links
  for each row execute function links_place();

-- An issue that moves to another project takes its links along.
create function links_follow_sentry_issue() returns trigger language plpgsql as $$
begin
  update links set sentry_project_id = new.sentry_project_id where sentry_issue_id = new.id;
  return null;
end $$;
create trigger sentry_issues_take_links after update of sentry_project_id on sentry_issues
  for each row when (old.sentry_project_id is distinct from new.sentry_project_id)
  execute function links_follow_sentry_issue();
create function links_follow_jira_issue() returns trigger language plpgsql as $$
begin
  update links set jira_project_id = new.jira_project_id where jira_issue_id = new.id;
  return null;
end $$;
create trigger jira_issues_take_links after update of jira_project_id on jira_issues
  for each row when (old.jira_project_id is distinct from new.jira_project_id)
  execute function links_follow_jira_issue();

create function links_count(was links, becomes links) returns void language sql as $$
  insert into link_counts as kept (sentry_project_id, jira_project_id, state, links)
  select sentry_project_id, jira_project_id, state, sum(change)
  from (
    select becomes.sentry_project_id, becomes.jira_project_id, becomes.state, 1 as change
    where becomes.id is not null
    union all
    select was.sentry_project_id, was.jira_project_id, was.state, -1 where was.id is not null
  ) changes
  where exists (select from sentry_projects p where p.id = sentry_project_id)
    and exists (select from jira_projects p where p.id = jira_project_id)
  group by 1, 2, 3 having sum(change) <> 0 order by 1, 2, 3
  on conflict (sentry_project_id, jira_project_id, state) do update set
    links = kept.links + excluded.links;

  insert into link_days as kept (day, made, resolved)
  select utc_day(now()), (was.id is null)::int,
    (becomes.agreed_sentry_status = 'resolved'
      and was.agreed_sentry_status is distinct from 'resolved' and was.id is not null)::int
  where becomes.id is not null and (was.id is null
    or becomes.agreed_sentry_status = 'resolved'
      and was.agreed_sentry_status is distinct from 'resolved')
  on conflict (day) do update set
    made = kept.made + excluded.made, resolved = kept.resolved + excluded.resolved;

  update sentry_issues issue set has_ticket = found.has_ticket
  from (
    select ids.id, exists (
      select from links l
      where l.sentry_issue_id = ids.id and l.state = 'active' and l.jira_issue_id is not null
    ) as has_ticket
    from (select was.sentry_issue_id as id union select becomes.sentry_issue_id) ids
  ) found
  where issue.id = found.id and issue.has_ticket <> found.has_ticket;
$$;
create function links_keep() returns trigger language plpgsql as $$
begin
  perform links_count(
    case when tg_op = 'INSERT' then null else old end,
    case when tg_op = 'DELETE' then null else new end);
  return null;
end $$;
create trigger links_keep_inserted after insert on links
  for each row execute function links_keep();
create trigger links_keep_updated after update on links
  for each row when (
    (old.state, old.jira_issue_id, old.sentry_project_id, old.jira_project_id,
     old.agreed_sentry_status)
    is distinct from
    (new.state, new.jira_issue_id, new.sentry_project_id, new.jira_project_id,
     new.agreed_sentry_status))
  execute function links_keep();
create trigger links_keep_deleted after delete on links
  for each row execute function links_keep();

create index links_by_sentry_project on links (sentry_project_id, id);

-- What is there already is counted once.
update links l set sentry_project_id = s.sentry_project_id
from sentry_issues s where s.id = l.sentry_issue_id;
alter table links alter column sentry_project_id set not null;
update sentry_issues set has_ticket = true
where id in (select sentry_issue_id from links where state = 'active' and jira_issue_id is not null);
truncate jira_issue_counts, sentry_issue_counts, jira_issue_days, jira_resolution_days,
  sentry_issue_days, link_counts, link_days;
insert into jira_issue_counts (jira_project_id, status_category, issues, created_seconds)
select jira_project_id, status_category, count(*), sum(extract(epoch from jira_created_at)::bigint)
from jira_issues where deleted_at is null group by 1, 2;
insert into jira_issue_days (jira_project_id, day, created)
select jira_project_id, utc_day(jira_created_at), count(*)
from jira_issues where deleted_at is null group by 1, 2;
insert into jira_resolution_days (jira_project_id, day, step, resolved)
select jira_project_id, utc_day(resolved_at), resolution_step(jira_created_at, resolved_at), count(*)
from jira_issues where deleted_at is null and resolved_at is not null group by 1, 2, 3;
insert into sentry_issue_counts
  (sentry_project_id, status, level, issues, regressed, users, ticketed)
select sentry_project_id, status, level, count(*), count(*) filter (where substatus = 'regressed'),
  sum(user_count), count(*) filter (where has_ticket)
from sentry_issues where deleted_at is null group by 1, 2, 3;
insert into sentry_issue_days (sentry_project_id, day, first_seen)
select sentry_project_id, utc_day(first_seen_at), count(*)
from sentry_issues where deleted_at is null group by 1, 2;
insert into link_counts (sentry_project_id, jira_project_id, state, links)
select sentry_project_id, jira_project_id, state, count(*) from links group by 1, 2, 3;
insert into link_days (day, made)
select utc_day(created_at), count(*) from links group by 1;
