//! Password recoveries.

use sqlx::FromRow;

use super::secrets::StoredSecret;
use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::UserId;

/// A password recovery.
#[derive(Clone, Eq, PartialEq)]
pub struct Recovery {
    /// Random; stored in the browser's session.
    pub id: String,
    /// The user; `None` when the login does not exist, which the page does not reveal.
    pub user_id: Option<UserId>,
    /// The secret sent in the letter or SMS.
    pub secret: StoredSecret,
    /// When the secret expires.
    pub expires_at: Moment,
    /// The number of tries of the code so far.
    pub tries: i64,
    /// Whether it was used.
    pub used: bool,
}

crate::opaque_debug!(Recovery, id);

#[derive(FromRow)]
struct Row {
    id: String,
    user_id: Option<String>,
    link_hash: Option<String>,
    code_mac: Option<String>,
    expires_at: i64,
    tries: i64,
    used_at: Option<i64>,
}

impl From<Row> for Recovery {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id.map(UserId::trusted),
            secret: StoredSecret::read(row.link_hash, row.code_mac),
            expires_at: Moment::from_micros(row.expires_at),
            tries: row.tries,
            used: row.used_at.is_some(),
        }
    }
}

const INSERT: &str = "INSERT INTO recoveries (id, user_id, link_hash, code_mac, expires_at, tries, \
    created_at) VALUES ($1, $2, $3, $4, $5, 0, $6)";

/// Stores a recovery.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn insert(connection: &mut Connection, recovery: &Recovery, now: Moment) -> Result<()> {
    sqlx::query(INSERT)
        .bind(&recovery.id)
        .bind(recovery.user_id.as_ref().map(UserId::as_str))
        .bind(recovery.secret.link_hash())
        .bind(recovery.secret.code_mac())
        .bind(recovery.expires_at.micros())
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// A query for recoveries.
macro_rules! recoveries {
    ($rest:literal) => {
        concat!("SELECT id, user_id, link_hash, code_mac, expires_at, tries, used_at FROM recoveries WHERE ", $rest)
    };
}

const BY_ID: &str = recoveries!("id = $1");

/// The recovery with an identifier.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn by_id(connection: &mut Connection, id: &str) -> Result<Option<Recovery>> {
    let row: Option<Row> = sqlx::query_as(BY_ID).bind(id).fetch_optional(connection).await?;
    Ok(row.map(Recovery::from))
}

const BY_LINK: &str = recoveries!("link_hash = $1");

/// The recovery with the hash of a link's token.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn by_link(connection: &mut Connection, hash: &str) -> Result<Option<Recovery>> {
    let row: Option<Row> = sqlx::query_as(BY_LINK).bind(hash).fetch_optional(connection).await?;
    Ok(row.map(Recovery::from))
}

const COUNT_TRY: &str = "UPDATE recoveries SET tries = tries + 1 WHERE id = $1 AND tries < $2 RETURNING tries";

/// Counts a try of the code before the comparison and returns the count; `None` when no tries are left.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn count_try(connection: &mut Connection, id: &str, most: i64) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(COUNT_TRY).bind(id).bind(most).fetch_optional(connection).await?)
}

const USE: &str = "UPDATE recoveries SET used_at = $2 WHERE id = $1 AND used_at IS NULL";

/// Marks a recovery as used, once. `false` when it was used before.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn use_up(connection: &mut Connection, id: &str, now: Moment) -> Result<bool> {
    let done = sqlx::query(USE).bind(id).bind(now.micros()).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

const VOID: &str = "UPDATE recoveries SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL";

/// Voids every unused recovery of a user, because a new one was started or the password was changed.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn void(connection: &mut Connection, user_id: &UserId, now: Moment) -> Result<u64> {
    Ok(sqlx::query(VOID).bind(user_id.as_str()).bind(now.micros()).execute(connection).await?.rows_affected())
}

const FORGET: &str = "DELETE FROM recoveries WHERE expires_at <= $1";

/// Deletes recoveries that expired by a moment, used or not; returns their number.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn forget(connection: &mut Connection, ended_by: Moment) -> Result<u64> {
    Ok(sqlx::query(FORGET).bind(ended_by.micros()).execute(connection).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, on_both_engines};

    const OLD: Moment = Moment::from_micros(10);
    const NEW: Moment = Moment::from_micros(11);

    fn recovering(id: &str, expires_at: Moment) -> Recovery {
        let secret = StoredSecret::Link { hash: id.into() };
        Recovery { id: id.into(), user_id: None, secret, expires_at, tries: 0, used: false }
    }

    on_both_engines! {
        async fn recoveries_that_ended_are_forgotten_and_later_ones_kept(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            for recovery in [recovering("a", OLD), recovering("b", NEW)] {
                insert(&mut tx, &recovery, OLD).await.unwrap();
            }
            assert_eq!(forget(&mut tx, OLD).await.unwrap(), 1);
            assert_eq!(by_id(&mut tx, "a").await.unwrap(), None);
            assert_eq!(by_id(&mut tx, "b").await.unwrap(), Some(recovering("b", NEW)));
        }
    }
}
