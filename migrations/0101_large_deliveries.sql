-- A vendor does not repeat a delivery that was refused as too large: doctor has to tell of it.
alter table webhook_refusals
  drop constraint webhook_refusals_reason_known,
  add constraint webhook_refusals_reason_known
    check (reason in ('no_secret', 'unsigned', 'forged', 'too_large'));
