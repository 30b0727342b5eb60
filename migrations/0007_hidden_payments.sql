-- When the payer hid the notice of a payment under way. It changes nothing else: the acquirer has no way to cancel a
-- payment that waits for the payer, so the worker still asks for its state.
ALTER TABLE payments ADD COLUMN hidden_at BIGINT;
