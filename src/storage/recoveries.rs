//! Recoveries of passwords under way.

use sqlx::FromRow;

use super::secrets::StoredSecret;
use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::UserId;

/// A recovery of a password under way.
#[derive(Clone, Eq, PartialEq)]
pub struct Recovery {
    /// Random; the browser's session remembers it.
    pub id: String,
    /// Whose; `None` when nobody has that login, which the page does not tell.
    pub user_id: Option<UserId>,
    /// What the letter or the SMS carried.
    pub secret: StoredSecret,
    /// Until when the secret holds.
    pub expires_at: Moment,
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
    used_at: Option<i64>,
}

impl From<Row> for Recovery {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id.map(UserId::trusted),
            secret: StoredSecret::read(row.link_hash, row.code_mac),
            expires_at: Moment::from_micros(row.expires_at),
            used: row.used_at.is_some(),
        }
    }
}

const INSERT: &str = "INSERT INTO recoveries (id, user_id, link_hash, code_mac, expires_at, tries, \
    created_at) VALUES ($1, $2, $3, $4, $5, 0, $6)";

/// Keeps a recovery until it is used.
///
/// # Errors
/// [`super::StorageError`].
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

const BY_ID: &str = "SELECT id, user_id, link_hash, code_mac, expires_at, used_at FROM recoveries WHERE id = $1";

/// The recovery that a browser waits with.
///
/// # Errors
/// [`super::StorageError`].
pub async fn by_id(connection: &mut Connection, id: &str) -> Result<Option<Recovery>> {
    let row: Option<Row> = sqlx::query_as(BY_ID).bind(id).fetch_optional(connection).await?;
    Ok(row.map(Recovery::from))
}

const BY_LINK: &str =
    "SELECT id, user_id, link_hash, code_mac, expires_at, used_at FROM recoveries WHERE link_hash = $1";

/// The recovery whose letter carried a token.
///
/// # Errors
/// [`super::StorageError`].
pub async fn by_link(connection: &mut Connection, hash: &str) -> Result<Option<Recovery>> {
    let row: Option<Row> = sqlx::query_as(BY_LINK).bind(hash).fetch_optional(connection).await?;
    Ok(row.map(Recovery::from))
}

const COUNT_TRY: &str = "UPDATE recoveries SET tries = tries + 1 WHERE id = $1 AND tries < $2 RETURNING tries";

/// Counts a try of the code before it is compared and returns which one it is; `None` when the tries have run out.
///
/// # Errors
/// [`super::StorageError`].
pub async fn count_try(connection: &mut Connection, id: &str, most: i64) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(COUNT_TRY).bind(id).bind(most).fetch_optional(connection).await?)
}

const USE: &str = "UPDATE recoveries SET used_at = $2 WHERE id = $1 AND used_at IS NULL";

/// Uses a recovery up, once. `false` when someone was first.
///
/// # Errors
/// [`super::StorageError`].
pub async fn use_up(connection: &mut Connection, id: &str, now: Moment) -> Result<bool> {
    let done = sqlx::query(USE).bind(id).bind(now.micros()).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

const VOID: &str = "UPDATE recoveries SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL";

/// Uses up every recovery of a user: a new one began, or the password was changed.
///
/// # Errors
/// [`super::StorageError`].
pub async fn void(connection: &mut Connection, user_id: &UserId, now: Moment) -> Result<u64> {
    Ok(sqlx::query(VOID).bind(user_id.as_str()).bind(now.micros()).execute(connection).await?.rows_affected())
}

const FORGET: &str = "DELETE FROM recoveries WHERE expires_at <= $1";

/// Forgets recoveries that ended by a moment, used or not; tells how many.
///
/// # Errors
/// [`super::StorageError`].
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
        Recovery { id: id.into(), user_id: None, secret, expires_at, used: false }
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
