//! Known devices: browsers that have signed in before. Only the SHA-256 of a device's cookie is stored.

use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::{OperatorId, Owner, UserId};

const KNOWS: &str = "SELECT COUNT(*) FROM devices WHERE token_hash = $1 AND (user_id = $2 OR operator_id = $3) \
    AND expires_at > $4";

/// Whether a browser is a known device of this person.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn knows(connection: &mut Connection, token_hash: &str, owner: &Owner, now: Moment) -> Result<bool> {
    let count: i64 = sqlx::query_scalar(KNOWS)
        .bind(token_hash)
        .bind(owner.user().map(UserId::as_str))
        .bind(owner.operator().map(OperatorId::as_str))
        .bind(now.micros())
        .fetch_one(connection)
        .await?;
    Ok(count > 0)
}

const INSERT: &str = "INSERT INTO devices (token_hash, user_id, operator_id, created_at, seen_at, expires_at) \
    VALUES ($1, $2, $3, $4, $4, $5)";

/// Stores a browser as a known device.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn insert(
    connection: &mut Connection,
    token_hash: &str,
    owner: &Owner,
    now: Moment,
    expires_at: Moment,
) -> Result<()> {
    sqlx::query(INSERT)
        .bind(token_hash)
        .bind(owner.user().map(UserId::as_str))
        .bind(owner.operator().map(OperatorId::as_str))
        .bind(now.micros())
        .bind(expires_at.micros())
        .execute(connection)
        .await?;
    Ok(())
}

const TOUCH: &str = "UPDATE devices SET seen_at = $2, expires_at = $3 WHERE token_hash = $1";

/// Records another sign-in of a browser.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn touch(connection: &mut Connection, token_hash: &str, now: Moment, expires_at: Moment) -> Result<()> {
    sqlx::query(TOUCH).bind(token_hash).bind(now.micros()).bind(expires_at.micros()).execute(connection).await?;
    Ok(())
}

const FORGET_OTHERS: &str = "DELETE FROM devices WHERE (user_id = $1 OR operator_id = $2) AND token_hash <> $3";

/// Deletes every device of a person except one, after a change of password. An empty hash deletes all.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn forget_others(connection: &mut Connection, owner: &Owner, spared_hash: &str) -> Result<()> {
    sqlx::query(FORGET_OTHERS)
        .bind(owner.user().map(UserId::as_str))
        .bind(owner.operator().map(OperatorId::as_str))
        .bind(spared_hash)
        .execute(connection)
        .await?;
    Ok(())
}

const REMOVE_EXPIRED: &str = "DELETE FROM devices WHERE expires_at <= $1";

/// Deletes expired devices; returns their number.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn remove_expired(connection: &mut Connection, ended_by: Moment) -> Result<u64> {
    Ok(sqlx::query(REMOVE_EXPIRED).bind(ended_by.micros()).execute(connection).await?.rows_affected())
}
