-- The drift check walks all links that have a ticket by id.
create index links_to_reconcile on links (id) where state in ('active', 'broken');

-- Never two drift checks at work.
create unique index sync_runs_one_running_for_links on sync_runs (source)
  where status = 'running' and source = 'links';
