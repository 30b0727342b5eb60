-- Columns are BIGINT and TEXT only, one text for SQLite and PostgreSQL: kopecks, thousandths, micro-roubles,
-- UTC microseconds, 0/1; days as YYYY-MM-DD, months as the number YYYYMM.

CREATE TABLE providers (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    region TEXT,
    -- name and region folded in Rust (lower case, ё as е), for search
    folded TEXT NOT NULL,
    inn TEXT,
    kpp TEXT,
    bank_name TEXT,
    bik TEXT,
    settlement_account TEXT,
    correspondent_account TEXT,
    account_length BIGINT NOT NULL,
    support_email TEXT,
    support_phone TEXT,
    site TEXT
);

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    provider_id TEXT NOT NULL REFERENCES providers (id),
    number TEXT NOT NULL,
    address TEXT NOT NULL,
    subscriber TEXT,
    els TEXT,
    area BIGINT,
    heated_area BIGINT,
    residents BIGINT,
    phone TEXT,
    email TEXT,
    -- the PIN under an AEAD key that the database never sees
    pin_sealed TEXT,
    opened_on TEXT,
    closed_on TEXT,
    UNIQUE (provider_id, number)
);

CREATE TABLE charges (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    period BIGINT NOT NULL,
    service TEXT NOT NULL,
    opening BIGINT NOT NULL,
    charged BIGINT NOT NULL,
    recalculated BIGINT NOT NULL,
    benefit BIGINT NOT NULL,
    adjusted BIGINT NOT NULL,
    written_off BIGINT NOT NULL,
    paid BIGINT NOT NULL,
    closing BIGINT NOT NULL,
    volume BIGINT,
    unit TEXT,
    tariff BIGINT,
    method TEXT,
    norm BIGINT,
    recalculation_reason TEXT,
    PRIMARY KEY (account_id, period, service)
);

-- payments as billing lists them, whoever took the money
CREATE TABLE billing_payments (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    operation_id TEXT NOT NULL,
    date TEXT NOT NULL,
    amount BIGINT NOT NULL,
    source TEXT,
    service TEXT,
    PRIMARY KEY (account_id, operation_id)
);

CREATE TABLE meters (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    serial TEXT NOT NULL,
    model TEXT NOT NULL,
    digits BIGINT,
    decimals BIGINT,
    coefficient BIGINT,
    installed_on TEXT,
    verified_until TEXT,
    sealed_on TEXT,
    location TEXT,
    removed_on TEXT,
    UNIQUE (account_id, serial)
);

CREATE TABLE readings (
    meter_id TEXT NOT NULL REFERENCES meters (id),
    date TEXT NOT NULL,
    value BIGINT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (meter_id, date)
);

-- loaded exchange files, by the hash of their content
CREATE TABLE imports (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    file_name TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    warning_count BIGINT NOT NULL,
    loaded_at BIGINT NOT NULL,
    UNIQUE (kind, provider_id, content_hash)
);

CREATE TABLE import_warnings (
    import_id TEXT NOT NULL REFERENCES imports (id),
    line BIGINT NOT NULL,
    warning TEXT NOT NULL,
    PRIMARY KEY (import_id, line, warning)
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    name TEXT,
    consent_at BIGINT NOT NULL,
    consent_from TEXT NOT NULL,
    consent_version TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- a user exists only after confirmation; until then the registration waits here
CREATE TABLE registrations (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    consent_at BIGINT NOT NULL,
    consent_from TEXT NOT NULL,
    consent_version TEXT NOT NULL,
    -- SHA-256 of the link's token or of the SMS code
    secret_hash TEXT NOT NULL,
    secret_expires_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    last_sent_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- the user made of it, once confirmed
    user_id TEXT
);
CREATE INDEX registrations_by_secret ON registrations (secret_hash);

-- password recovery: the same shape of secret, for a user that exists (or does not: then user_id is empty)
CREATE TABLE recoveries (
    id TEXT PRIMARY KEY,
    user_id TEXT,
    secret_hash TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX recoveries_by_secret ON recoveries (secret_hash);

CREATE TABLE operators (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    -- SHA-256 of the cookie's 256 random bits
    token_hash TEXT PRIMARY KEY,
    -- how the list of sessions names it
    id TEXT NOT NULL UNIQUE,
    user_id TEXT REFERENCES users (id),
    operator_id TEXT REFERENCES operators (id),
    registration_id TEXT,
    recovery_id TEXT,
    flash TEXT,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE links (
    user_id TEXT NOT NULL REFERENCES users (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- 1..3: the unique key is what holds the limit under parallel requests
    slot BIGINT NOT NULL CHECK (slot BETWEEN 1 AND 3),
    access TEXT NOT NULL,
    linked_at BIGINT NOT NULL,
    full_at BIGINT,
    PRIMARY KEY (user_id, account_id),
    UNIQUE (user_id, slot)
);
CREATE INDEX links_by_account ON links (account_id);

CREATE TABLE pin_requests (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    applicant_name TEXT NOT NULL,
    applicant_address TEXT NOT NULL,
    contact TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    created_at BIGINT NOT NULL,
    decided_at BIGINT,
    operator_id TEXT
);
CREATE INDEX pin_requests_by_state ON pin_requests (state, created_at);
CREATE INDEX pin_requests_by_user ON pin_requests (user_id, account_id);

-- counters that guard secrets: they outlive a restart and are counted in one statement
CREATE TABLE limits (
    key TEXT PRIMARY KEY,
    hits BIGINT NOT NULL,
    resets_at BIGINT NOT NULL
);
CREATE INDEX limits_by_reset ON limits (resets_at);

CREATE TABLE payments (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    amount BIGINT NOT NULL,
    state TEXT NOT NULL,
    cancel_reason TEXT,
    idempotency_key TEXT NOT NULL UNIQUE,
    -- the form's own key: a second click finds the first payment
    form_key TEXT NOT NULL UNIQUE,
    acquirer_payment_id TEXT UNIQUE,
    confirmation_url TEXT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    paid_at BIGINT,
    -- when the acquirer is asked next; empty once it has nothing more to tell
    poll_at BIGINT,
    polls BIGINT NOT NULL,
    -- the operation id under which billing brought it back
    billing_operation_id TEXT
);
CREATE INDEX payments_by_poll ON payments (poll_at);
CREATE INDEX payments_by_account ON payments (account_id, created_at);
CREATE INDEX payments_by_user ON payments (user_id, created_at);

CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL,
    next_try_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    last_error TEXT
);
CREATE INDEX outbox_by_next_try ON outbox (state, next_try_at);

-- demo mode: what the letters and SMS would have been
CREATE TABLE demo_mailbox (
    id TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at BIGINT NOT NULL
);
CREATE INDEX demo_mailbox_by_time ON demo_mailbox (received_at);

CREATE TABLE feedback_threads (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    subject TEXT NOT NULL,
    last_author TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX feedback_threads_by_user ON feedback_threads (user_id, updated_at);
CREATE INDEX feedback_threads_by_author ON feedback_threads (last_author, updated_at);

CREATE TABLE feedback_messages (
    thread_id TEXT NOT NULL REFERENCES feedback_threads (id),
    number BIGINT NOT NULL,
    author TEXT NOT NULL,
    operator_id TEXT,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (thread_id, number)
);

-- append-only: who did what, when, from where
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    user_id TEXT,
    operator_id TEXT,
    action TEXT NOT NULL,
    subject TEXT,
    address TEXT NOT NULL
);
CREATE INDEX audit_by_user ON audit (user_id, at);
CREATE INDEX audit_by_operator ON audit (operator_id, at);

-- demo mode: what the test bank knows; the portal speaks to it over HTTP only
CREATE TABLE test_bank_payments (
    id TEXT PRIMARY KEY,
    idempotency_key TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
