//! Second factors, and backup codes for a lost phone.

use sqlx::FromRow;

use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::{OperatorId, Owner, SessionId, UserId};

/// The only kind so far; passkeys will be another.
const TOTP: &str = "totp";
/// Most backup codes to read: a person has ten, the demo's operator a few more.
const MAX_CODES: i64 = 100;

/// The second factor of a person.
#[derive(Clone, Eq, PartialEq)]
pub struct SecondFactor {
    /// Random.
    pub id: String,
    /// The secret, sealed with the vault's key.
    pub secret_sealed: String,
    /// The latest accepted time step.
    pub last_step: i64,
    /// Whether the first code was right; until then the factor is not required.
    pub confirmed: bool,
    /// The session that set it up: before confirmation no other session sees the secret.
    pub begun_in: Option<SessionId>,
}

crate::opaque_debug!(SecondFactor, id);

#[derive(FromRow)]
struct Row {
    id: String,
    secret_sealed: String,
    last_step: i64,
    confirmed_at: Option<i64>,
    begun_in: Option<String>,
}

impl From<Row> for SecondFactor {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            secret_sealed: row.secret_sealed,
            last_step: row.last_step,
            confirmed: row.confirmed_at.is_some(),
            begun_in: row.begun_in.map(SessionId::trusted),
        }
    }
}

fn ids(owner: &Owner) -> (Option<&str>, Option<&str>) {
    (owner.user().map(UserId::as_str), owner.operator().map(OperatorId::as_str))
}

const FIND: &str = "SELECT id, secret_sealed, last_step, confirmed_at, begun_in FROM second_factors \
    WHERE (user_id = $1 OR operator_id = $2) AND kind = $3";

/// The second factor of a person, confirmed or not.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn find(connection: &mut Connection, owner: &Owner) -> Result<Option<SecondFactor>> {
    let (user, operator) = ids(owner);
    let row: Option<Row> = sqlx::query_as(FIND).bind(user).bind(operator).bind(TOTP).fetch_optional(connection).await?;
    Ok(row.map(SecondFactor::from))
}

const INSERT: &str = "INSERT INTO second_factors (id, user_id, operator_id, kind, secret_sealed, last_step, begun_in, \
    created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Stores a new factor as unconfirmed; its `confirmed` field is ignored.
///
/// # Errors
/// [`super::StorageError::Conflict`] when the person already has a factor.
pub async fn insert(connection: &mut Connection, factor: &SecondFactor, owner: &Owner, now: Moment) -> Result<()> {
    let (user, operator) = ids(owner);
    sqlx::query(INSERT)
        .bind(&factor.id)
        .bind(user)
        .bind(operator)
        .bind(TOTP)
        .bind(&factor.secret_sealed)
        .bind(factor.last_step)
        .bind(factor.begun_in.as_ref().map(SessionId::as_str))
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(())
}

const DISCARD: &str = "DELETE FROM second_factors WHERE id = $1 AND confirmed_at IS NULL";

/// Removes an unconfirmed factor; a confirmed one is kept.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn discard(connection: &mut Connection, id: &str) -> Result<()> {
    sqlx::query(DISCARD).bind(id).execute(connection).await?;
    Ok(())
}

const CONFIRM: &str = "UPDATE second_factors SET confirmed_at = $2, last_step = $3 \
    WHERE id = $1 AND confirmed_at IS NULL";

/// Confirms a factor, once. `false` when it was confirmed before.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn confirm(connection: &mut Connection, id: &str, step: i64, now: Moment) -> Result<bool> {
    let done = sqlx::query(CONFIRM).bind(id).bind(now.micros()).bind(step).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

const USE_STEP: &str = "UPDATE second_factors SET last_step = $2 WHERE id = $1 AND last_step < $2";

/// Marks a time step as used. `false` when this or a later step was used before.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn use_step(connection: &mut Connection, id: &str, step: i64) -> Result<bool> {
    Ok(sqlx::query(USE_STEP).bind(id).bind(step).execute(connection).await?.rows_affected() > 0)
}

const REMOVE_CODES_OF: &str = "DELETE FROM backup_codes WHERE second_factor_id IN \
    (SELECT id FROM second_factors WHERE user_id = $1 OR operator_id = $2)";
const REMOVE: &str = "DELETE FROM second_factors WHERE user_id = $1 OR operator_id = $2";

/// Removes the factor of a person and its backup codes. `false` when there was none.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn remove(connection: &mut Connection, owner: &Owner) -> Result<bool> {
    let (user, operator) = ids(owner);
    sqlx::query(REMOVE_CODES_OF).bind(user).bind(operator).execute(&mut *connection).await?;
    Ok(sqlx::query(REMOVE).bind(user).bind(operator).execute(connection).await?.rows_affected() > 0)
}

const INSERT_CODE: &str = "INSERT INTO backup_codes (id, second_factor_id, code_mac) VALUES ($1, $2, $3)";

/// Stores a backup code.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn insert_code(connection: &mut Connection, id: &str, factor_id: &str, code_mac: &str) -> Result<()> {
    sqlx::query(INSERT_CODE).bind(id).bind(factor_id).bind(code_mac).execute(connection).await?;
    Ok(())
}

const CODES: &str = "SELECT id, code_mac FROM backup_codes WHERE second_factor_id = $1 AND used_at IS NULL ORDER BY id \
    LIMIT 0 + $2";

/// The unused backup codes of a factor: identifiers and keyed hashes.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn unused_codes(connection: &mut Connection, factor_id: &str) -> Result<Vec<(String, String)>> {
    Ok(sqlx::query_as(CODES).bind(factor_id).bind(MAX_CODES).fetch_all(connection).await?)
}

const USE_CODE: &str = "UPDATE backup_codes SET used_at = $2 WHERE id = $1 AND used_at IS NULL";

/// Marks a backup code as used, once. `false` when it was used before.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn use_code(connection: &mut Connection, id: &str, now: Moment) -> Result<bool> {
    Ok(sqlx::query(USE_CODE).bind(id).bind(now.micros()).execute(connection).await?.rows_affected() > 0)
}

const REMOVE_CODES: &str = "DELETE FROM backup_codes WHERE second_factor_id = $1";

/// Removes every backup code of a factor.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn remove_codes(connection: &mut Connection, factor_id: &str) -> Result<()> {
    sqlx::query(REMOVE_CODES).bind(factor_id).execute(connection).await?;
    Ok(())
}
