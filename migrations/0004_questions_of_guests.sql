-- A thread may be of somebody without an account: the address or phone of the answer takes the place of the user.
-- SQLite cannot make a column nullable, so the column is replaced.
ALTER TABLE feedback_threads ADD COLUMN asker_id TEXT REFERENCES users (id);
UPDATE feedback_threads SET asker_id = user_id;
DROP INDEX feedback_threads_by_user;
ALTER TABLE feedback_threads DROP COLUMN user_id;
ALTER TABLE feedback_threads RENAME COLUMN asker_id TO user_id;
ALTER TABLE feedback_threads ADD COLUMN contact TEXT;
CREATE INDEX feedback_threads_by_user ON feedback_threads (user_id, updated_at);
CREATE INDEX feedback_threads_by_contact ON feedback_threads (contact, updated_at) WHERE contact IS NOT NULL;
