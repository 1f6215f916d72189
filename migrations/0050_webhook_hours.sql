-- How many deliveries came in each hour, kept as they come: the dashboard's plot costs the same on a
-- quiet day and on a busy one.
create table webhook_hours (
  hour       timestamptz not null,
  source     text not null,
  deliveries bigint not null,
  primary key (hour, source),
  constraint webhook_hours_source_known check (source in ('jira', 'sentry'))
);

-- In the order of the key, so that two statements never wait for each other in a circle.
create function webhook_hours_keep() returns trigger language plpgsql as $$
begin
  insert into webhook_hours as kept (hour, source, deliveries)
  select date_trunc('hour', received_at, 'UTC') as hour, source, count(*)
  from received group by 1, 2 order by 1, 2
  on conflict (hour, source) do update set deliveries = kept.deliveries + excluded.deliveries;
  return null;
end $$;
create trigger webhook_deliveries_keep_hours after insert on webhook_deliveries
  referencing new table as received
  for each statement execute function webhook_hours_keep();

insert into webhook_hours (hour, source, deliveries)
select date_trunc('hour', received_at, 'UTC'), source, count(*) from webhook_deliveries group by 1, 2;
