-- Projects and statuses change without any issue being updated: they are looked at once a day.
alter table sync_memories add column checked_at timestamptz;
comment on column sync_memories.checked_at is
  'when the names and categories of the vendor''s statuses were last compared with ours';
