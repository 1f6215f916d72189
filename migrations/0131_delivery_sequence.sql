-- A delivery without an identifier of its vendor's is recognized by its bytes, and the same bytes may be
-- news again: resolved, unresolved, resolved, unresolved. Which one came last is therefore numbered apart
-- from the rows' ids.
create sequence webhook_deliveries_sequence;
alter table webhook_deliveries
  add column sequence bigint not null default nextval('webhook_deliveries_sequence');
alter sequence webhook_deliveries_sequence owned by webhook_deliveries.sequence;
comment on column webhook_deliveries.sequence is
  'the order of receipt; the same bytes received again as news get a new number';
