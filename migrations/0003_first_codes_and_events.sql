-- The session that set a second factor up, by its id: until the first code no other session sees the secret.
ALTER TABLE second_factors ADD COLUMN begun_in TEXT;

-- Backup codes are stretched by argon2id from now on: the ones before compare with nothing.
DELETE FROM backup_codes;

-- A person's events without those that a stranger can cause: a flood of wrong passwords is not read through to find them.
-- The list is that of `storage::audit`, in its order.
CREATE INDEX audit_important_by_user ON audit (user_id, at)
    WHERE action NOT IN ('sign_in_failed', 'sign_in_refused', 'recovery_begun', 'code_wrong', 'operator_sign_in_failed');
CREATE INDEX audit_important_by_operator ON audit (operator_id, at)
    WHERE action NOT IN ('sign_in_failed', 'sign_in_refused', 'recovery_begun', 'code_wrong', 'operator_sign_in_failed');
