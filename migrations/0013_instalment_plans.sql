-- Instalment plans: an overdue debt that a subscriber pays in monthly parts, as the supplier's operator agreed.

CREATE TABLE instalment_plans (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- who asked for it
    user_id TEXT NOT NULL REFERENCES users (id),
    -- `asked`, `agreed`, `refused`, `withdrawn`, `completed` or `broken`; what is paid follows from the charges and payments
    state TEXT NOT NULL,
    -- the overdue debt in kopecks: on the day of the request, then on the day of the agreement
    total BIGINT NOT NULL,
    -- the number of monthly parts, asked for or agreed
    months BIGINT NOT NULL,
    -- what the person wrote to the operator
    note TEXT,
    asked_at BIGINT NOT NULL,
    decided_at BIGINT,
    operator_id TEXT REFERENCES operators (id),
    -- why it was refused
    reason TEXT,
    -- the newest month of the agreed debt
    through BIGINT
);
-- An account has one open plan.
CREATE UNIQUE INDEX instalment_plans_open ON instalment_plans (account_id) WHERE state IN ('asked', 'agreed');
CREATE INDEX instalment_plans_of_account ON instalment_plans (account_id, asked_at);

-- The agreed parts of a plan.
CREATE TABLE instalments (
    plan_id TEXT NOT NULL REFERENCES instalment_plans (id),
    -- from 1
    number BIGINT NOT NULL,
    sum BIGINT NOT NULL,
    due_on TEXT NOT NULL,
    PRIMARY KEY (plan_id, number)
);
