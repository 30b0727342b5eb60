//! Users: people who sign in as subscribers.

use sqlx::FromRow;

use super::credentials::Credentials;
use super::{Connection, Result, StorageError};
use crate::domain::calendar::Moment;
use crate::domain::id::UserId;
use crate::domain::login::Login;
use crate::domain::user::User;

/// A consent to the processing of personal data (152-ФЗ): time, network address and version of the text.
#[derive(Clone, Eq, PartialEq)]
pub struct Consent {
    /// When the box was ticked.
    pub at: Moment,
    /// The network address it came from.
    pub from: String,
    /// The version of the text.
    pub version: String,
}

crate::opaque_debug!(Consent, at);

#[derive(FromRow)]
struct Row {
    id: String,
    login: String,
    name: Option<String>,
    locked_at: Option<i64>,
}

impl TryFrom<Row> for User {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: UserId::trusted(row.id),
            login: stored_login(&row.login)?,
            name: row.name,
            locked_at: row.locked_at.map(Moment::from_micros),
        })
    }
}

#[derive(FromRow)]
struct CredentialsRow {
    #[sqlx(flatten)]
    user: Row,
    password_hash: String,
}

impl TryFrom<CredentialsRow> for Credentials<User> {
    type Error = StorageError;

    fn try_from(row: CredentialsRow) -> Result<Self> {
        Ok(Self { person: row.user.try_into()?, password_hash: row.password_hash })
    }
}

/// Parses a stored login.
pub(super) fn stored_login(text: &str) -> Result<Login> {
    Login::parse(text).map_err(|_| StorageError::Corrupt { what: "login" })
}

/// A query for users.
macro_rules! users {
    ($rest:literal) => {
        concat!("SELECT id, login, name, locked_at FROM users ", $rest)
    };
}
/// A query for users with their password hashes.
macro_rules! credentials {
    ($rest:literal) => {
        concat!("SELECT id, login, name, locked_at, password_hash FROM users ", $rest)
    };
}

const BY_LOGIN: &str = users!("WHERE login = $1");

/// The user with a login.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn by_login(connection: &mut Connection, login: &Login) -> Result<Option<User>> {
    let row: Option<Row> = sqlx::query_as(BY_LOGIN).bind(login.as_str()).fetch_optional(connection).await?;
    row.map(User::try_from).transpose()
}

const BY_ID: &str = users!("WHERE id = $1");

/// The user with an identifier.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn by_id(connection: &mut Connection, id: &UserId) -> Result<Option<User>> {
    let row: Option<Row> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(connection).await?;
    row.map(User::try_from).transpose()
}

const CREDENTIALS: &str = credentials!("WHERE login = $1");

/// The user with a login, and their password hash.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn credentials(connection: &mut Connection, login: &Login) -> Result<Option<Credentials<User>>> {
    let bound = sqlx::query_as(CREDENTIALS).bind(login.as_str());
    let row: Option<CredentialsRow> = bound.fetch_optional(connection).await?;
    row.map(Credentials::try_from).transpose()
}

const CREDENTIALS_BY_ID: &str = credentials!("WHERE id = $1");

/// The user with an identifier, and their password hash.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn credentials_by_id(connection: &mut Connection, id: &UserId) -> Result<Option<Credentials<User>>> {
    let bound = sqlx::query_as(CREDENTIALS_BY_ID).bind(id.as_str());
    let row: Option<CredentialsRow> = bound.fetch_optional(connection).await?;
    row.map(Credentials::try_from).transpose()
}

const LOCK: &str = "UPDATE users SET password_hash = password_hash WHERE id = $1 \
    RETURNING id, login, name, locked_at, password_hash";

/// The user, locked until the transaction ends: concurrent requests of one user run one after the other on PostgreSQL
/// too, as they always do on SQLite.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn lock(connection: &mut Connection, id: &UserId) -> Result<Option<User>> {
    Ok(lock_credentials(connection, id).await?.map(|credentials| credentials.person))
}

/// The user and their password hash, locked as [`lock`] does.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn lock_credentials(connection: &mut Connection, id: &UserId) -> Result<Option<Credentials<User>>> {
    let row: Option<CredentialsRow> = sqlx::query_as(LOCK).bind(id.as_str()).fetch_optional(connection).await?;
    row.map(Credentials::try_from).transpose()
}

const INSERT: &str = "INSERT INTO users (id, login, password_hash, name, consent_at, consent_from, consent_version, \
    created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Creates a user.
///
/// # Errors
/// [`StorageError::Conflict`] when the login is taken.
pub async fn insert(
    connection: &mut Connection,
    user: &User,
    password_hash: &str,
    consent: &Consent,
    now: Moment,
) -> Result<()> {
    sqlx::query(INSERT)
        .bind(user.id.as_str())
        .bind(user.login.as_str())
        .bind(password_hash)
        .bind(user.name.as_deref())
        .bind(consent.at.micros())
        .bind(&consent.from)
        .bind(&consent.version)
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(())
}

const SET_PASSWORD: &str = "UPDATE users SET password_hash = $2 WHERE id = $1";

/// Replaces the password.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn set_password(connection: &mut Connection, id: &UserId, hash: &str) -> Result<()> {
    sqlx::query(SET_PASSWORD).bind(id.as_str()).bind(hash).execute(connection).await?;
    Ok(())
}

const REHASH: &str = "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2";

/// Rehashes the same password with stronger parameters, unless it was changed meanwhile.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn rehash(connection: &mut Connection, id: &UserId, old_hash: &str, new_hash: &str) -> Result<()> {
    sqlx::query(REHASH).bind(id.as_str()).bind(old_hash).bind(new_hash).execute(connection).await?;
    Ok(())
}

const SET_NAME: &str = "UPDATE users SET name = $2 WHERE id = $1";

/// Replaces the name; `None` removes it.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn set_name(connection: &mut Connection, id: &UserId, name: Option<&str>) -> Result<()> {
    sqlx::query(SET_NAME).bind(id.as_str()).bind(name).execute(connection).await?;
    Ok(())
}

const SET_LOGIN: &str = "UPDATE users SET login = $2 WHERE id = $1";

/// Replaces the login.
///
/// # Errors
/// [`StorageError::Conflict`] when the login is taken.
pub async fn set_login(connection: &mut Connection, id: &UserId, login: &Login) -> Result<()> {
    sqlx::query(SET_LOGIN).bind(id.as_str()).bind(login.as_str()).execute(connection).await?;
    Ok(())
}

const SET_LOCKED: &str = "UPDATE users SET locked_at = $2 WHERE id = $1";

/// Locks a user, or unlocks one with `None`.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn set_locked(connection: &mut Connection, id: &UserId, at: Option<Moment>) -> Result<()> {
    sqlx::query(SET_LOCKED).bind(id.as_str()).bind(at.map(Moment::micros)).execute(connection).await?;
    Ok(())
}

const CONSENT: &str = "SELECT consent_at, consent_from, consent_version FROM users WHERE id = $1";

/// The consent that a user gave.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or there is no such user.
pub async fn consent(connection: &mut Connection, id: &UserId) -> Result<Consent> {
    let (at, from, version): (i64, String, String) =
        sqlx::query_as(CONSENT).bind(id.as_str()).fetch_one(connection).await?;
    Ok(Consent { at: Moment::from_micros(at), from, version })
}

const CREATED_AT: &str = "SELECT created_at FROM users WHERE id = $1";

/// When a user was created.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn created_at(connection: &mut Connection, id: &UserId) -> Result<Moment> {
    Ok(Moment::from_micros(sqlx::query_scalar(CREATED_AT).bind(id.as_str()).fetch_one(connection).await?))
}
