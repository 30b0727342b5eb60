-- Notices to subscribers: what is planned, what was shown and sent, by which channels, and where it does not arrive.

-- What a user is told, once for each user, kind and subject.
CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    -- `domain::notice::NoticeKind`
    kind TEXT NOT NULL,
    -- what it is about: an account and a month, a payment, an announcement
    subject TEXT NOT NULL,
    -- NULL: about the user, not about an account
    account_id TEXT REFERENCES accounts (id),
    -- `planned`, `shown` or `dropped`
    state TEXT NOT NULL,
    -- a planned one is composed from then on; also the lease of the worker that composes it
    due_at BIGINT NOT NULL,
    -- the text in the portal, empty until it is composed
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    -- a page of the portal
    link TEXT NOT NULL,
    shown_at BIGINT,
    read_at BIGINT,
    UNIQUE (user_id, kind, subject)
);
CREATE INDEX notices_planned ON notices (due_at) WHERE state = 'planned';
CREATE INDEX notices_unread ON notices (user_id) WHERE state = 'shown' AND read_at IS NULL;
CREATE INDEX notices_of_user ON notices (user_id, shown_at);
CREATE INDEX notices_by_age ON notices (shown_at);
CREATE INDEX notices_dropped ON notices (due_at) WHERE state = 'dropped';

-- A plan for all subscribers of a provider, worked through account by account.
CREATE TABLE notice_plans (
    id TEXT PRIMARY KEY,
    provider_id TEXT NOT NULL REFERENCES providers (id),
    kind TEXT NOT NULL,
    -- the occasion: a month, a day, an announcement; each is planned once
    occasion TEXT NOT NULL,
    -- the last link that was planned: its account and its user; empty: none yet
    after_account TEXT NOT NULL,
    after_user TEXT NOT NULL,
    planned BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    UNIQUE (provider_id, kind, occasion)
);
CREATE INDEX notice_plans_open ON notice_plans (created_at) WHERE finished_at IS NULL;
-- a plan reads the links of all accounts in this order
DROP INDEX links_by_account;
CREATE INDEX links_by_account ON links (account_id, user_id);

-- When each channel has room for the next notice: letters and SMS are spread over time.
CREATE TABLE notice_pace (
    -- `mail`, `sms` or `push`
    channel TEXT PRIMARY KEY,
    free_from BIGINT NOT NULL
);

-- The channels that a user has chosen for a kind, such as `mail push`; no row: the kind's own.
CREATE TABLE notice_preferences (
    user_id TEXT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    channels TEXT NOT NULL,
    PRIMARY KEY (user_id, kind)
);

-- Addresses and phones that refused a message for ever; a message that arrives removes the row.
CREATE TABLE refused_addresses (
    address TEXT PRIMARY KEY,
    since BIGINT NOT NULL,
    -- the answer of the server or the gateway, without the address
    reason TEXT NOT NULL
);

-- Browsers that show notices by themselves (RFC 8030).
CREATE TABLE push_subscriptions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    -- SHA-256 of the endpoint: a browser subscribes once
    endpoint_hash TEXT NOT NULL UNIQUE,
    -- endpoint and keys, sealed
    sealed TEXT NOT NULL,
    -- the browser, as in the list of sessions
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX push_subscriptions_of_user ON push_subscriptions (user_id);

-- Secrets of the installation itself, sealed, such as the key that signs pushes (RFC 8292).
CREATE TABLE installation_secrets (
    key TEXT PRIMARY KEY,
    sealed TEXT NOT NULL
);

-- The consent to receive the receipts of an account by e-mail instead of on paper; a withdrawn one stays.
CREATE TABLE paperless_consents (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    text_version TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    given_from TEXT NOT NULL,
    withdrawn_at BIGINT,
    -- the moment of the newest export that had its present state
    exported_at BIGINT
);
CREATE UNIQUE INDEX paperless_consents_current ON paperless_consents (account_id, user_id) WHERE withdrawn_at IS NULL;
CREATE INDEX paperless_consents_of_user ON paperless_consents (user_id);

-- The secret address of an account's calendar; a new one replaces it.
CREATE TABLE calendar_addresses (
    user_id TEXT NOT NULL REFERENCES users (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- SHA-256 of the key in the address
    key_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, account_id)
);

-- Codes and links go before notices; a notice that is sent knows which one it was.
ALTER TABLE outbox ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
DROP INDEX outbox_by_next_try;
CREATE INDEX outbox_by_next_try ON outbox (priority, next_try_at) WHERE state = 'waiting';
CREATE INDEX outbox_left ON outbox (created_at) WHERE state <> 'waiting';
