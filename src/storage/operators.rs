//! Operators: the provider's staff.

use sqlx::FromRow;

use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::{OperatorId, ProviderId};
use crate::domain::operator::{Providers, Scope};

/// An operator.
#[derive(Clone, Eq, PartialEq)]
pub struct Operator {
    /// Random.
    pub id: OperatorId,
    /// The login.
    pub login: String,
    /// The name shown to colleagues.
    pub name: String,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// When the operator was disabled; `None` while sign-in is allowed.
    pub disabled_at: Option<Moment>,
    /// The operator's own subscriber login (e-mail address or phone): they must not decide requests about themselves.
    pub contact: Option<String>,
    /// Whether the operator sees every provider.
    pub all_providers: bool,
}

crate::opaque_debug!(Operator, id);

impl Operator {
    /// The scope of the operator's access.
    pub fn scope(&self) -> Scope {
        Scope { operator_id: self.id.clone() }
    }
}

/// A condition on the accounts `a` of a statement: the provider is in the scope of the operator `$1`, who is enabled.
macro_rules! account_in_scope {
    () => {
        "EXISTS (SELECT 1 FROM operators w WHERE w.id = $1 AND w.disabled_at IS NULL AND (w.all_providers = 1 OR EXISTS \
         (SELECT 1 FROM operator_providers o WHERE o.operator_id = w.id AND o.provider_id = a.provider_id)))"
    };
}
pub(super) use account_in_scope;

#[derive(FromRow)]
struct Row {
    id: String,
    login: String,
    name: String,
    password_hash: String,
    disabled_at: Option<i64>,
    contact: Option<String>,
    all_providers: i64,
}

impl From<Row> for Operator {
    fn from(row: Row) -> Self {
        Self {
            id: OperatorId::trusted(row.id),
            login: row.login,
            name: row.name,
            password_hash: row.password_hash,
            disabled_at: row.disabled_at.map(Moment::from_micros),
            contact: row.contact,
            all_providers: row.all_providers != 0,
        }
    }
}

const BY_LOGIN: &str = "SELECT id, login, name, password_hash, disabled_at, contact, \
    all_providers FROM operators WHERE login = $1";

/// The operator with a login.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn by_login(connection: &mut Connection, login: &str) -> Result<Option<Operator>> {
    let row: Option<Row> = sqlx::query_as(BY_LOGIN).bind(login).fetch_optional(connection).await?;
    Ok(row.map(Operator::from))
}

const BY_ID: &str = "SELECT id, login, name, password_hash, disabled_at, contact, \
    all_providers FROM operators WHERE id = $1";

/// The operator with an identifier.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn by_id(connection: &mut Connection, id: &OperatorId) -> Result<Option<Operator>> {
    let row: Option<Row> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(connection).await?;
    Ok(row.map(Operator::from))
}

const LOCK: &str = "UPDATE operators SET password_hash = password_hash WHERE id = $1 \
    RETURNING id, login, name, password_hash, disabled_at, contact, all_providers";

/// The operator, locked until the transaction ends.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn lock(connection: &mut Connection, id: &OperatorId) -> Result<Option<Operator>> {
    let row: Option<Row> = sqlx::query_as(LOCK).bind(id.as_str()).fetch_optional(connection).await?;
    Ok(row.map(Operator::from))
}

const INSERT: &str = "INSERT INTO operators (id, login, name, password_hash, contact, all_providers, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Adds an operator.
///
/// # Errors
/// [`super::StorageError::Conflict`] when the login is taken.
pub async fn insert(connection: &mut Connection, operator: &Operator, now: Moment) -> Result<()> {
    sqlx::query(INSERT)
        .bind(operator.id.as_str())
        .bind(&operator.login)
        .bind(&operator.name)
        .bind(&operator.password_hash)
        .bind(operator.contact.as_deref())
        .bind(i64::from(operator.all_providers))
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// Most operators in a list: more than the staff of a supplier.
const MAX_LIST: i64 = 1_000;
const ALL: &str = "SELECT id, login, name, password_hash, disabled_at, contact, all_providers FROM operators \
    ORDER BY login LIMIT 0 + $1";

/// Every operator, by login.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn all(connection: &mut Connection) -> Result<Vec<Operator>> {
    let rows: Vec<Row> = sqlx::query_as(ALL).bind(MAX_LIST).fetch_all(connection).await?;
    Ok(rows.into_iter().map(Operator::from).collect())
}

const SET_PASSWORD: &str = "UPDATE operators SET password_hash = $2 WHERE id = $1";

/// Replaces the password.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn set_password(connection: &mut Connection, id: &OperatorId, hash: &str) -> Result<()> {
    sqlx::query(SET_PASSWORD).bind(id.as_str()).bind(hash).execute(connection).await?;
    Ok(())
}

const REHASH: &str = "UPDATE operators SET password_hash = $3 WHERE id = $1 AND password_hash = $2";

/// Rehashes the same password with stronger parameters, unless it was changed meanwhile.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn rehash(connection: &mut Connection, id: &OperatorId, old_hash: &str, new_hash: &str) -> Result<()> {
    sqlx::query(REHASH).bind(id.as_str()).bind(old_hash).bind(new_hash).execute(connection).await?;
    Ok(())
}

const SET_DISABLED: &str = "UPDATE operators SET disabled_at = $2 WHERE id = $1";

/// Disables an operator, or enables one with `None`.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn set_disabled(connection: &mut Connection, id: &OperatorId, at: Option<Moment>) -> Result<()> {
    sqlx::query(SET_DISABLED).bind(id.as_str()).bind(at.map(Moment::micros)).execute(connection).await?;
    Ok(())
}

const SET_ALL: &str = "UPDATE operators SET all_providers = $2 WHERE id = $1";
const FORGET_PROVIDERS: &str = "DELETE FROM operator_providers WHERE operator_id = $1";
const ADD_PROVIDER: &str = "INSERT INTO operator_providers (operator_id, provider_id) VALUES ($1, $2)";

/// Replaces the providers of an operator.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn set_providers(
    connection: &mut Connection,
    id: &OperatorId,
    providers: Providers<&[ProviderId]>,
) -> Result<()> {
    let (all, listed) = match providers {
        Providers::All => (1_i64, &[][..]),
        Providers::Only(listed) => (0, listed),
    };
    sqlx::query(SET_ALL).bind(id.as_str()).bind(all).execute(&mut *connection).await?;
    sqlx::query(FORGET_PROVIDERS).bind(id.as_str()).execute(&mut *connection).await?;
    for provider in listed {
        sqlx::query(ADD_PROVIDER).bind(id.as_str()).bind(provider.as_str()).execute(&mut *connection).await?;
    }
    Ok(())
}

const PROVIDERS: &str = "SELECT code FROM operator_providers JOIN providers ON providers.id = provider_id \
    WHERE operator_id = $1 ORDER BY code";

/// The codes of the providers assigned to an operator.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn provider_codes(connection: &mut Connection, id: &OperatorId) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(PROVIDERS).bind(id.as_str()).fetch_all(connection).await?)
}

const LAST_SIGN_IN: &str = "SELECT MAX(at) FROM audit WHERE operator_id = $1 AND action = 'operator_signed_in'";

/// The time of an operator's last sign-in.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn last_sign_in(connection: &mut Connection, id: &OperatorId) -> Result<Option<Moment>> {
    let at: Option<i64> = sqlx::query_scalar(LAST_SIGN_IN).bind(id.as_str()).fetch_one(connection).await?;
    Ok(at.map(Moment::from_micros))
}
