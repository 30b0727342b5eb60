-- The consent to the processing of personal data that a person without an account gave with the question: time, network
-- address and version of the text. Empty for threads of users, who consented at registration, and for questions from
-- before.
ALTER TABLE feedback_threads ADD COLUMN consent_at BIGINT;
ALTER TABLE feedback_threads ADD COLUMN consent_from TEXT;
ALTER TABLE feedback_threads ADD COLUMN consent_version TEXT;
