-- When Jira was asked for a link's ticket. A pending link without this time can have no ticket: its
-- process died before it asked, and the creation may begin anew without a doubt.
alter table links add column posted_at timestamptz;
update links set posted_at = created_at;
