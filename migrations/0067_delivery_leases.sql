-- Which job has leased a delivery. What a process that died had leased is given to others as soon as its
-- job is known not to run any more, seconds later, rather than when the lease ends.
alter table webhook_deliveries add column leased_by bigint;
comment on column webhook_deliveries.leased_by is 'the job that works on it; null when none does';
