-- Doors: secrets by kind, devices, second factors, operators' providers, the kind of the installation.

-- A link is found by the SHA-256 of its token. A code is found by its row only and is kept as a keyed hash with the row's
-- identifier in it. Links and codes from before are void.
DROP INDEX registrations_by_secret;
ALTER TABLE registrations DROP COLUMN secret_hash;
ALTER TABLE registrations ADD COLUMN link_hash TEXT;
ALTER TABLE registrations ADD COLUMN code_mac TEXT;
CREATE UNIQUE INDEX registrations_by_link ON registrations (link_hash);
DROP INDEX recoveries_by_secret;
ALTER TABLE recoveries DROP COLUMN secret_hash;
ALTER TABLE recoveries ADD COLUMN link_hash TEXT;
ALTER TABLE recoveries ADD COLUMN code_mac TEXT;
CREATE UNIQUE INDEX recoveries_by_link ON recoveries (link_hash);
CREATE INDEX recoveries_by_user ON recoveries (user_id);

-- Keys of counters are keyed hashes now; counters from before would never be found again.
DELETE FROM limits;

-- An administrator locked the user: no sign-in, no session.
ALTER TABLE users ADD COLUMN locked_at BIGINT;

-- An operator who left; which contact is theirs as a subscriber; whether they see every provider.
ALTER TABLE operators ADD COLUMN disabled_at BIGINT;
ALTER TABLE operators ADD COLUMN contact TEXT;
ALTER TABLE operators ADD COLUMN all_providers BIGINT NOT NULL DEFAULT 1;
CREATE TABLE operator_providers (
    operator_id TEXT NOT NULL REFERENCES operators (id),
    provider_id TEXT NOT NULL REFERENCES providers (id),
    PRIMARY KEY (operator_id, provider_id)
);

-- The second factor of a user or an operator. `kind` leaves room for passkeys.
CREATE TABLE second_factors (
    id TEXT PRIMARY KEY,
    user_id TEXT REFERENCES users (id),
    operator_id TEXT REFERENCES operators (id),
    kind TEXT NOT NULL,
    -- under the vault's key
    secret_sealed TEXT NOT NULL,
    -- the newest time step that was accepted: a code works once
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- set when the first code was right; until then it guards nothing
    confirmed_at BIGINT,
    UNIQUE (user_id, kind),
    UNIQUE (operator_id, kind)
);
-- Ten codes for a lost phone, each works once.
CREATE TABLE backup_codes (
    id TEXT PRIMARY KEY,
    second_factor_id TEXT NOT NULL REFERENCES second_factors (id),
    code_mac TEXT NOT NULL,
    used_at BIGINT
);
CREATE INDEX backup_codes_by_factor ON backup_codes (second_factor_id);

-- A session between the password and the second factor: whose password was right.
ALTER TABLE sessions ADD COLUMN pending_user_id TEXT REFERENCES users (id);
ALTER TABLE sessions ADD COLUMN pending_operator_id TEXT REFERENCES operators (id);
CREATE INDEX sessions_by_operator ON sessions (operator_id);

-- A browser that signed in once keeps its own counters of wrong passwords: a stranger cannot lock its owner out.
CREATE TABLE devices (
    -- SHA-256 of the cookie's 256 random bits
    token_hash TEXT NOT NULL,
    user_id TEXT REFERENCES users (id),
    operator_id TEXT REFERENCES operators (id),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (token_hash, user_id),
    UNIQUE (token_hash, operator_id)
);
CREATE INDEX devices_by_user ON devices (user_id);
CREATE INDEX devices_by_operator ON devices (operator_id);
CREATE INDEX devices_by_expiry ON devices (expires_at);

-- Facts about the installation: `kind` is `demo` or `real`.
CREATE TABLE installation (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO installation (key, value)
    SELECT 'kind', 'demo' WHERE EXISTS (SELECT 1 FROM users WHERE login = 'demo@example.ru');
INSERT INTO installation (key, value)
    SELECT 'kind', 'real' WHERE NOT EXISTS (SELECT 1 FROM installation)
    AND (EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM operators) OR EXISTS (SELECT 1 FROM providers));

-- The request that caused an event: joins the trail with the log.
ALTER TABLE audit ADD COLUMN request_id TEXT;
