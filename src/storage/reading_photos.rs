//! Photos of meters, each the proof of a sent reading. The storage sees sealed texts only.

use sqlx::FromRow;

use super::operators::account_in_scope;
use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::{AccountId, SentReadingId, UserId};
use crate::domain::operator::Scope;

/// The first 12 characters of a sealed text name its key: the version, eight digits, and a point after each.
const PUT: &str = "INSERT INTO reading_photos (sent_reading_id, sealed_by, attached_at, sealed) \
    VALUES ($1, substr(CAST($2 AS TEXT), 1, 12), $3, $2) ON CONFLICT (sent_reading_id) DO UPDATE \
    SET sealed_by = excluded.sealed_by, attached_at = excluded.attached_at, sealed = excluded.sealed";

/// Stores the photo of a sent reading in place of an earlier one.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn put(connection: &mut Connection, id: &SentReadingId, sealed: &str, now: Moment) -> Result<()> {
    sqlx::query(PUT).bind(id.as_str()).bind(sealed).bind(now.micros()).execute(connection).await?;
    Ok(())
}

const OF_ACCOUNT: &str = "SELECT sent_reading_id FROM reading_photos \
    JOIN sent_readings ON sent_readings.id = sent_reading_id JOIN meters ON meters.id = meter_id \
    WHERE account_id = $1";

/// The sent readings of an account's meters that have a photo.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn of_account(connection: &mut Connection, account_id: &AccountId) -> Result<Vec<SentReadingId>> {
    let ids: Vec<String> = sqlx::query_scalar(OF_ACCOUNT).bind(account_id.as_str()).fetch_all(connection).await?;
    Ok(ids.into_iter().map(SentReadingId::trusted).collect())
}

const SEALED: &str = "SELECT sealed FROM reading_photos \
    JOIN sent_readings ON sent_readings.id = sent_reading_id JOIN meters ON meters.id = meter_id \
    WHERE sent_reading_id = $1 AND account_id = $2";

/// The sealed photo of a sent reading of an account's meter.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn sealed(connection: &mut Connection, account_id: &AccountId, id: &SentReadingId) -> Result<Option<String>> {
    let bound = sqlx::query_scalar(SEALED).bind(id.as_str()).bind(account_id.as_str());
    Ok(bound.fetch_optional(connection).await?)
}

/// A photo as an operator gets it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InScope {
    /// The account of the meter.
    pub account_id: AccountId,
    /// The user who sent the reading; `None` for a guest.
    pub user_id: Option<UserId>,
    /// The sealed photo.
    pub sealed: String,
}

#[derive(FromRow)]
struct InScopeRow {
    account_id: String,
    user_id: Option<String>,
    sealed: String,
}

impl From<InScopeRow> for InScope {
    fn from(row: InScopeRow) -> Self {
        Self {
            account_id: AccountId::trusted(row.account_id),
            user_id: row.user_id.map(UserId::trusted),
            sealed: row.sealed,
        }
    }
}

const IN_SCOPE: &str = concat!(
    "SELECT m.account_id, s.user_id, p.sealed FROM reading_photos p JOIN sent_readings s ON s.id = p.sent_reading_id \
     JOIN meters m ON m.id = s.meter_id JOIN accounts a ON a.id = m.account_id WHERE p.sent_reading_id = $2 AND ",
    account_in_scope!()
);

/// The photo of a sent reading in the operator's scope; `None` outside it.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn in_scope(connection: &mut Connection, scope: &Scope, id: &SentReadingId) -> Result<Option<InScope>> {
    let bound = sqlx::query_as(IN_SCOPE).bind(scope.operator_id.as_str()).bind(id.as_str());
    let row: Option<InScopeRow> = bound.fetch_optional(connection).await?;
    Ok(row.map(InScope::from))
}

const REMOVE: &str = "DELETE FROM reading_photos WHERE sent_reading_id = $1";

/// Deletes the photo of a sent reading, if it has one.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn remove(connection: &mut Connection, id: &SentReadingId) -> Result<()> {
    sqlx::query(REMOVE).bind(id.as_str()).execute(connection).await?;
    Ok(())
}

const FORGET: &str = "DELETE FROM reading_photos WHERE attached_at < $1";

/// Deletes the photos that were attached before a moment.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn forget(connection: &mut Connection, before: Moment) -> Result<()> {
    sqlx::query(FORGET).bind(before.micros()).execute(connection).await?;
    Ok(())
}
