-- Readings that subscribers send through the portal, and the provider's rules for them.

-- `always`, or the first and the last day of a month as in `25-5`; NULL: the portal accepts no readings
ALTER TABLE providers ADD COLUMN readings_window TEXT;
-- largest consumption of one reading, in thousandths
ALTER TABLE providers ADD COLUMN readings_ceiling BIGINT;
-- a meter whose verification has expired: `warn` or `refuse`
ALTER TABLE providers ADD COLUMN readings_expired TEXT;
-- digits before the comma of a meter whose description has none
ALTER TABLE providers ADD COLUMN readings_digits BIGINT;
-- 1: readings are also accepted by account number and serial number, without signing in
ALTER TABLE providers ADD COLUMN readings_open BIGINT;
-- when the support answers, e.g. «пн–пт 8:00–17:00»
ALTER TABLE providers ADD COLUMN support_hours TEXT;

CREATE TABLE sent_readings (
    id TEXT PRIMARY KEY,
    meter_id TEXT NOT NULL REFERENCES meters (id),
    -- the day in the portal's time zone
    date TEXT NOT NULL,
    value BIGINT NOT NULL,
    -- `user` or `guest`
    sender TEXT NOT NULL,
    -- NULL for a guest
    user_id TEXT REFERENCES users (id),
    -- `sent`, `exported`, `accepted` or `rejected`
    state TEXT NOT NULL,
    -- billing's reason of a rejection
    reason TEXT,
    sent_at BIGINT NOT NULL,
    exported_at BIGINT,
    -- a later reading of the day replaces the earlier one
    UNIQUE (meter_id, date)
);
-- the export and the import read only what waits
CREATE INDEX sent_readings_by_state ON sent_readings (state, id);
