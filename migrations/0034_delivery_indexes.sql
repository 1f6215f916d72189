-- Deliveries come by the hundred a second: an index that nothing needs is a cost on each. Old ones
-- are found by id, which grows with the time of receipt.
drop index webhook_deliveries_by_received;
