-- Letters of the demo as mail programs show them.

-- NULL: plain text only
ALTER TABLE demo_mailbox ADD COLUMN html TEXT;
-- the name of the attached document; NULL: none
ALTER TABLE demo_mailbox ADD COLUMN attachment TEXT;
