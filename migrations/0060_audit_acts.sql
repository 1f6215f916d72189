-- What a person does to work under way is a change too: cancelling and retrying jobs, stopping a sync,
-- replaying a delivery, asking for many tickets. What the service itself does to these rows is not:
-- its transactions carry no signature.
create function audit_is_signed() returns boolean language sql stable as $$
  select coalesce(current_setting('issuebridge.actor', true), '') <> ''
$$;

-- audit_act(resource type, columns that tell what was done…)
create function audit_act() returns trigger language plpgsql as $$
declare
  before jsonb := '{}';
  after  jsonb := '{}';
  was    jsonb := to_jsonb(old);
  is_now jsonb := to_jsonb(new);
begin
  for position in 1..tg_nargs - 1 loop
    before := before || jsonb_build_object(tg_argv[position], was -> tg_argv[position]);
    after := after || jsonb_build_object(tg_argv[position], is_now -> tg_argv[position]);
  end loop;
  perform audit_write('updated', tg_argv[0], new.id, before, after);
  return null;
end $$;

create trigger jobs_audit after update on jobs
  for each row when (
    (new.cancel_requested_at is distinct from old.cancel_requested_at
      or (new.state = 'available' and old.state <> 'available'))
    and audit_is_signed())
  execute function audit_act('job', 'state', 'cancel_requested_at');
create trigger sync_runs_cancel_audit after update of cancel_requested on sync_runs
  for each row when (new.cancel_requested and not old.cancel_requested and audit_is_signed())
  execute function audit_act('sync_run', 'status', 'cancel_requested');
create trigger webhook_deliveries_audit after update of state on webhook_deliveries
  for each row when (new.state = 'pending' and old.state <> 'pending' and audit_is_signed())
  execute function audit_act('webhook_delivery', 'state');
create trigger ticket_batches_audit after insert on ticket_batches
  for each row execute function audit_change('ticket_batch');
