//! Operators: the provider's staff.

use sqlx::FromRow;

use super::credentials::Credentials;
use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::{OperatorId, ProviderId};
use crate::domain::operator::{Operator, Providers};

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
            disabled_at: row.disabled_at.map(Moment::from_micros),
            contact: row.contact,
            all_providers: row.all_providers != 0,
        }
    }
}

#[derive(FromRow)]
struct CredentialsRow {
    #[sqlx(flatten)]
    operator: Row,
    password_hash: String,
}

impl From<CredentialsRow> for Credentials<Operator> {
    fn from(row: CredentialsRow) -> Self {
        Self { person: row.operator.into(), password_hash: row.password_hash }
    }
}

/// A query for operators.
macro_rules! operators {
    ($rest:literal) => {
        concat!("SELECT id, login, name, disabled_at, contact, all_providers FROM operators ", $rest)
    };
}
/// A query for operators with their password hashes.
macro_rules! credentials {
    ($rest:literal) => {
        concat!("SELECT id, login, name, disabled_at, contact, all_providers, password_hash FROM operators ", $rest)
    };
}

const BY_LOGIN: &str = operators!("WHERE login = $1");

/// The operator with a login.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn by_login(connection: &mut Connection, login: &str) -> Result<Option<Operator>> {
    let row: Option<Row> = sqlx::query_as(BY_LOGIN).bind(login).fetch_optional(connection).await?;
    Ok(row.map(Operator::from))
}

const BY_ID: &str = operators!("WHERE id = $1");

/// The operator with an identifier.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn by_id(connection: &mut Connection, id: &OperatorId) -> Result<Option<Operator>> {
    let row: Option<Row> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(connection).await?;
    Ok(row.map(Operator::from))
}

const CREDENTIALS: &str = credentials!("WHERE login = $1");

/// The operator with a login, and their password hash.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn credentials(connection: &mut Connection, login: &str) -> Result<Option<Credentials<Operator>>> {
    let row: Option<CredentialsRow> = sqlx::query_as(CREDENTIALS).bind(login).fetch_optional(connection).await?;
    Ok(row.map(Credentials::from))
}

const CREDENTIALS_BY_ID: &str = credentials!("WHERE id = $1");

/// The operator with an identifier, and their password hash.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn credentials_by_id(connection: &mut Connection, id: &OperatorId) -> Result<Option<Credentials<Operator>>> {
    let bound = sqlx::query_as(CREDENTIALS_BY_ID).bind(id.as_str());
    let row: Option<CredentialsRow> = bound.fetch_optional(connection).await?;
    Ok(row.map(Credentials::from))
}

const LOCK: &str = "UPDATE operators SET password_hash = password_hash WHERE id = $1 \
    RETURNING id, login, name, disabled_at, contact, all_providers, password_hash";

/// The operator, locked until the transaction ends.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn lock(connection: &mut Connection, id: &OperatorId) -> Result<Option<Operator>> {
    Ok(lock_credentials(connection, id).await?.map(|credentials| credentials.person))
}

/// The operator and their password hash, locked as [`lock`] does.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn lock_credentials(connection: &mut Connection, id: &OperatorId) -> Result<Option<Credentials<Operator>>> {
    let row: Option<CredentialsRow> = sqlx::query_as(LOCK).bind(id.as_str()).fetch_optional(connection).await?;
    Ok(row.map(Credentials::from))
}

const INSERT: &str = "INSERT INTO operators (id, login, name, password_hash, contact, all_providers, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Adds an operator.
///
/// # Errors
/// [`super::StorageError::Conflict`] when the login is taken.
pub async fn insert(connection: &mut Connection, operator: &Operator, password_hash: &str, now: Moment) -> Result<()> {
    sqlx::query(INSERT)
        .bind(operator.id.as_str())
        .bind(&operator.login)
        .bind(&operator.name)
        .bind(password_hash)
        .bind(operator.contact.as_deref())
        .bind(i64::from(operator.all_providers))
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// Most operators in a list: more than the staff of a supplier.
const MAX_LIST: i64 = 1_000;
const ALL: &str = operators!("ORDER BY login LIMIT 0 + $1");

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
