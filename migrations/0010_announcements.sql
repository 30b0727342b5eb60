-- Announcements of providers: outages, planned works, news.
CREATE TABLE announcements (
    id TEXT PRIMARY KEY,
    provider_id TEXT NOT NULL REFERENCES providers (id),
    -- `outage`, `works` or `news`
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    -- a part of Markdown
    body TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- `all`, `street`, `accounts` or `debtors`
    audience TEXT NOT NULL,
    -- as typed, for the audience `street`
    street TEXT,
    -- as typed; NULL: the whole street
    houses TEXT,
    -- kopecks, for the audience `debtors`
    debt_over BIGINT,
    -- `draft`, `scheduled` or `withdrawn`; a scheduled one is published from `starts_at` on
    state TEXT NOT NULL,
    -- NULL: the administrator at the command line
    operator_id TEXT REFERENCES operators (id),
    created_at BIGINT NOT NULL,
    CHECK (ends_at > starts_at)
);
-- a page reads the few current ones of a provider
CREATE INDEX announcements_of_provider ON announcements (provider_id, state, ends_at);

-- the account numbers of the audience `accounts`
CREATE TABLE announcement_accounts (
    announcement_id TEXT NOT NULL REFERENCES announcements (id),
    number TEXT NOT NULL,
    PRIMARY KEY (announcement_id, number)
);
