-- All history is pruned by one periodic job, prune_history; the one for deliveries alone is no more.
delete from job_schedules where name = 'prune_deliveries';
delete from jobs
where kind = 'prune_deliveries' and state in ('available', 'scheduled', 'retryable');
