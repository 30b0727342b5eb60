//! Sealed values of every table, for key rotation. Depends on the prefix that names the key, not on the encryption.

use super::{Connection, Result};

/// A table with sealed values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sealed {
    /// PINs of accounts.
    Pins,
    /// Secrets of second factors.
    SecondFactors,
    /// Letters and SMS that are not sent yet.
    Messages,
    /// Photos of meters.
    Photos,
    /// Addresses and keys of browsers.
    PushSubscriptions,
    /// Secrets of the installation itself.
    InstallationSecrets,
}

impl Sealed {
    /// All tables with sealed values.
    pub const ALL: [Self; 6] = [
        Self::Pins,
        Self::SecondFactors,
        Self::Messages,
        Self::Photos,
        Self::PushSubscriptions,
        Self::InstallationSecrets,
    ];

    const fn others(self) -> &'static str {
        match self {
            Self::Pins => "SELECT id, pin_sealed FROM accounts WHERE pin_sealed NOT LIKE $1 LIMIT 0 + $2",
            Self::SecondFactors => {
                "SELECT id, secret_sealed FROM second_factors WHERE secret_sealed NOT LIKE $1 LIMIT 0 + $2"
            }
            Self::Messages => {
                "SELECT id, body FROM outbox WHERE body NOT LIKE $1 AND state = 'waiting' AND body <> '' LIMIT 0 + $2"
            }
            Self::Photos => {
                "SELECT sent_reading_id, sealed FROM reading_photos WHERE sealed_by NOT LIKE $1 LIMIT 0 + $2"
            }
            Self::PushSubscriptions => {
                "SELECT id, sealed FROM push_subscriptions WHERE sealed NOT LIKE $1 LIMIT 0 + $2"
            }
            Self::InstallationSecrets => {
                "SELECT key, sealed FROM installation_secrets WHERE sealed NOT LIKE $1 LIMIT 0 + $2"
            }
        }
    }

    const fn replace(self) -> &'static str {
        match self {
            Self::Pins => "UPDATE accounts SET pin_sealed = $3 WHERE id = $1 AND pin_sealed = $2",
            Self::SecondFactors => "UPDATE second_factors SET secret_sealed = $3 WHERE id = $1 AND secret_sealed = $2",
            Self::Messages => "UPDATE outbox SET body = $3 WHERE id = $1 AND body = $2",
            Self::Photos => {
                "UPDATE reading_photos SET sealed = $3, sealed_by = substr(CAST($3 AS TEXT), 1, 12) \
                 WHERE sent_reading_id = $1 AND sealed = $2"
            }
            Self::PushSubscriptions => "UPDATE push_subscriptions SET sealed = $3 WHERE id = $1 AND sealed = $2",
            Self::InstallationSecrets => "UPDATE installation_secrets SET sealed = $3 WHERE key = $1 AND sealed = $2",
        }
    }

    const fn count(self) -> &'static str {
        match self {
            Self::Pins => "SELECT COUNT(*) FROM accounts WHERE pin_sealed LIKE $1",
            Self::SecondFactors => "SELECT COUNT(*) FROM second_factors WHERE secret_sealed LIKE $1",
            Self::Messages => "SELECT COUNT(*) FROM outbox WHERE body LIKE $1 AND state = 'waiting'",
            Self::Photos => "SELECT COUNT(*) FROM reading_photos WHERE sealed_by LIKE $1",
            Self::PushSubscriptions => "SELECT COUNT(*) FROM push_subscriptions WHERE sealed LIKE $1",
            Self::InstallationSecrets => "SELECT COUNT(*) FROM installation_secrets WHERE sealed LIKE $1",
        }
    }
}

/// Some values without the prefix: identifiers and sealed texts.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn others(
    connection: &mut Connection,
    table: Sealed,
    prefix: &str,
    most: i64,
) -> Result<Vec<(String, String)>> {
    let bound = sqlx::query_as(table.others()).bind(format!("{prefix}%")).bind(most);
    Ok(bound.fetch_all(connection).await?)
}

/// Replaces a sealed value by a resealed one. `false` when it was changed meanwhile.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn replace(connection: &mut Connection, table: Sealed, id: &str, old: &str, new: &str) -> Result<bool> {
    let done = sqlx::query(table.replace()).bind(id).bind(old).bind(new).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

/// The number of values with the prefix.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn count(connection: &mut Connection, table: Sealed, prefix: &str) -> Result<i64> {
    Ok(sqlx::query_scalar(table.count()).bind(format!("{prefix}%")).fetch_one(connection).await?)
}

const BACKUP_CODES: &str = "SELECT COUNT(*) FROM backup_codes WHERE code_mac LIKE $1 AND used_at IS NULL";

/// The number of unused backup codes whose keyed hash has the prefix.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn count_backup_codes(connection: &mut Connection, prefix: &str) -> Result<i64> {
    Ok(sqlx::query_scalar(BACKUP_CODES).bind(format!("{prefix}%")).fetch_one(connection).await?)
}
