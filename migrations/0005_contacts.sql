-- Contacts: a second address of a user, and the changes that wait for a code.

-- The confirmed second contact: the phone of a user whose login is an e-mail address, or the other way round.
CREATE TABLE contacts (
    -- the key keeps it at one for each user under parallel requests
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    address TEXT NOT NULL,
    confirmed_at BIGINT NOT NULL
);
CREATE INDEX contacts_by_address ON contacts (address);

-- A new contact or a new login that its code has not confirmed yet.
CREATE TABLE contact_changes (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    -- `contact` or `login`
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    -- a keyed hash of the code with the row's identifier in it
    code_mac TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    last_sent_at BIGINT NOT NULL,
    -- a newer change of the same kind replaces the one before
    UNIQUE (user_id, kind)
);
CREATE INDEX contact_changes_by_expiry ON contact_changes (expires_at);
