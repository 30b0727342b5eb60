//! Users, registrations that wait for confirmation, and recoveries of passwords.

use sqlx::FromRow;

use super::{Connection, Result, StorageError};
use crate::domain::calendar::Moment;
use crate::domain::id::{RegistrationId, UserId};
use crate::domain::login::Login;

/// A consent to the processing of personal data (152-ФЗ): when, from which address, to which text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Consent {
    /// When the box was ticked.
    pub at: Moment,
    /// The network address it came from.
    pub from: String,
    /// The version of the text.
    pub version: String,
}

/// One who signs in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct User {
    /// Random.
    pub id: UserId,
    /// What they sign in with.
    pub login: Login,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// How they want to be called.
    pub name: Option<String>,
}

#[derive(FromRow)]
struct UserRow {
    id: String,
    login: String,
    password_hash: String,
    name: Option<String>,
}

impl TryFrom<UserRow> for User {
    type Error = StorageError;

    fn try_from(row: UserRow) -> Result<Self> {
        Ok(Self {
            id: UserId::trusted(row.id),
            login: stored_login(&row.login)?,
            password_hash: row.password_hash,
            name: row.name,
        })
    }
}

/// A stored login.
pub(super) fn stored_login(text: &str) -> Result<Login> {
    Login::parse(text).map_err(|_| StorageError::Corrupt { what: "login" })
}

const BY_LOGIN: &str = "SELECT id, login, password_hash, name FROM users WHERE login = $1";

/// The user with a login.
///
/// # Errors
/// [`StorageError`].
pub async fn by_login(connection: &mut Connection, login: &Login) -> Result<Option<User>> {
    let row: Option<UserRow> = sqlx::query_as(BY_LOGIN).bind(login.as_str()).fetch_optional(connection).await?;
    row.map(User::try_from).transpose()
}

const BY_ID: &str = "SELECT id, login, password_hash, name FROM users WHERE id = $1";

/// The user with an identifier.
///
/// # Errors
/// [`StorageError`].
pub async fn by_id(connection: &mut Connection, id: &UserId) -> Result<Option<User>> {
    let row: Option<UserRow> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(connection).await?;
    row.map(User::try_from).transpose()
}

const LOCK: &str =
    "UPDATE users SET password_hash = password_hash WHERE id = $1 RETURNING id, login, password_hash, name";

/// The user, locked until the transaction ends: what one user does twice at the same moment happens one after the other
/// on PostgreSQL too, as it always does on SQLite.
///
/// # Errors
/// [`StorageError`].
pub async fn lock(connection: &mut Connection, id: &UserId) -> Result<Option<User>> {
    let row: Option<UserRow> = sqlx::query_as(LOCK).bind(id.as_str()).fetch_optional(connection).await?;
    row.map(User::try_from).transpose()
}

const INSERT: &str = "INSERT INTO users (id, login, password_hash, name, consent_at, consent_from, consent_version, \
    created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Makes a user.
///
/// # Errors
/// [`StorageError::Conflict`] when the login is taken.
pub async fn insert(connection: &mut Connection, user: &User, consent: &Consent, now: Moment) -> Result<()> {
    sqlx::query(INSERT)
        .bind(user.id.as_str())
        .bind(user.login.as_str())
        .bind(&user.password_hash)
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
/// [`StorageError`].
pub async fn set_password(connection: &mut Connection, id: &UserId, hash: &str) -> Result<()> {
    sqlx::query(SET_PASSWORD).bind(id.as_str()).bind(hash).execute(connection).await?;
    Ok(())
}

const SET_NAME: &str = "UPDATE users SET name = $2 WHERE id = $1";

/// Replaces the name; `None` forgets it.
///
/// # Errors
/// [`StorageError`].
pub async fn set_name(connection: &mut Connection, id: &UserId, name: Option<&str>) -> Result<()> {
    sqlx::query(SET_NAME).bind(id.as_str()).bind(name).execute(connection).await?;
    Ok(())
}

/// A registration that waits to be confirmed (M2), or was.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Registration {
    /// Random; the browser's session remembers it.
    pub id: RegistrationId,
    /// The login to be.
    pub login: Login,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// The consent given with the form.
    pub consent: Consent,
    /// SHA-256 of the link's token or of the code, in hex.
    pub secret_hash: String,
    /// Until when the secret holds.
    pub secret_expires_at: Moment,
    /// Wrong codes so far.
    pub tries: i64,
    /// When the last letter or SMS was written.
    pub last_sent_at: Moment,
    /// The user made of it, once confirmed.
    pub user_id: Option<UserId>,
}

#[derive(FromRow)]
struct RegistrationRow {
    id: String,
    login: String,
    password_hash: String,
    consent_at: i64,
    consent_from: String,
    consent_version: String,
    secret_hash: String,
    secret_expires_at: i64,
    tries: i64,
    last_sent_at: i64,
    user_id: Option<String>,
}

impl TryFrom<RegistrationRow> for Registration {
    type Error = StorageError;

    fn try_from(row: RegistrationRow) -> Result<Self> {
        Ok(Self {
            id: RegistrationId::trusted(row.id),
            login: stored_login(&row.login)?,
            password_hash: row.password_hash,
            consent: Consent {
                at: Moment::from_micros(row.consent_at),
                from: row.consent_from,
                version: row.consent_version,
            },
            secret_hash: row.secret_hash,
            secret_expires_at: Moment::from_micros(row.secret_expires_at),
            tries: row.tries,
            last_sent_at: Moment::from_micros(row.last_sent_at),
            user_id: row.user_id.map(UserId::trusted),
        })
    }
}

const INSERT_REGISTRATION: &str = "INSERT INTO registrations (id, login, password_hash, consent_at, consent_from, \
    consent_version, secret_hash, secret_expires_at, tries, last_sent_at, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $9)";

/// Keeps a registration until it is confirmed.
///
/// # Errors
/// [`StorageError`].
pub async fn insert_registration(connection: &mut Connection, registration: &Registration) -> Result<()> {
    sqlx::query(INSERT_REGISTRATION)
        .bind(registration.id.as_str())
        .bind(registration.login.as_str())
        .bind(&registration.password_hash)
        .bind(registration.consent.at.micros())
        .bind(&registration.consent.from)
        .bind(&registration.consent.version)
        .bind(&registration.secret_hash)
        .bind(registration.secret_expires_at.micros())
        .bind(registration.last_sent_at.micros())
        .execute(connection)
        .await?;
    Ok(())
}

const LOCK_REGISTRATION: &str = "UPDATE registrations SET tries = tries WHERE id = $1";

/// Locks a registration until the transaction ends: of two confirmations at once the second finds the first's user.
///
/// # Errors
/// [`StorageError`].
pub async fn lock_registration(connection: &mut Connection, id: &RegistrationId) -> Result<()> {
    sqlx::query(LOCK_REGISTRATION).bind(id.as_str()).execute(connection).await?;
    Ok(())
}

const REGISTRATION: &str = "SELECT id, login, password_hash, consent_at, consent_from, consent_version, secret_hash, \
    secret_expires_at, tries, last_sent_at, user_id FROM registrations WHERE id = $1";

/// The registration that a browser waits with.
///
/// # Errors
/// [`StorageError`].
pub async fn registration(connection: &mut Connection, id: &RegistrationId) -> Result<Option<Registration>> {
    let row: Option<RegistrationRow> =
        sqlx::query_as(REGISTRATION).bind(id.as_str()).fetch_optional(connection).await?;
    row.map(Registration::try_from).transpose()
}

const REGISTRATION_BY_SECRET: &str = "SELECT id, login, password_hash, consent_at, consent_from, consent_version, \
    secret_hash, secret_expires_at, tries, last_sent_at, user_id FROM registrations WHERE secret_hash = $1";

/// The registration whose letter carried a token.
///
/// # Errors
/// [`StorageError`].
pub async fn registration_by_secret(connection: &mut Connection, hash: &str) -> Result<Option<Registration>> {
    let row: Option<RegistrationRow> =
        sqlx::query_as(REGISTRATION_BY_SECRET).bind(hash).fetch_optional(connection).await?;
    row.map(Registration::try_from).transpose()
}

const COUNT_TRY: &str = "UPDATE registrations SET tries = tries + 1 WHERE id = $1 AND tries < $2 RETURNING tries";

/// Counts a try of the code before it is compared and tells which one it is; `None` when the tries have run out.
///
/// # Errors
/// [`StorageError`].
pub async fn count_registration_try(
    connection: &mut Connection,
    id: &RegistrationId,
    most: i64,
) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(COUNT_TRY).bind(id.as_str()).bind(most).fetch_optional(connection).await?)
}

const RENEW: &str = "UPDATE registrations SET secret_hash = $2, secret_expires_at = $3, tries = 0, last_sent_at = $4 \
    WHERE id = $1 AND user_id IS NULL";

/// Gives a registration a new secret, because the old one was asked for again.
///
/// # Errors
/// [`StorageError`].
pub async fn renew_registration(
    connection: &mut Connection,
    id: &RegistrationId,
    secret_hash: &str,
    expires_at: Moment,
    now: Moment,
) -> Result<()> {
    sqlx::query(RENEW)
        .bind(id.as_str())
        .bind(secret_hash)
        .bind(expires_at.micros())
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(())
}

const CONFIRM: &str = "UPDATE registrations SET user_id = $2 WHERE id = $1 AND user_id IS NULL";

/// Marks a registration as confirmed, once. `false` when someone was first.
///
/// # Errors
/// [`StorageError`].
pub async fn confirm_registration(connection: &mut Connection, id: &RegistrationId, user_id: &UserId) -> Result<bool> {
    let done = sqlx::query(CONFIRM).bind(id.as_str()).bind(user_id.as_str()).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

const FORGET_REGISTRATIONS: &str = "DELETE FROM registrations WHERE secret_expires_at <= $1";

/// Forgets registrations whose secret ended by a moment, confirmed or not; tells how many.
///
/// # Errors
/// [`StorageError`].
pub async fn forget_registrations(connection: &mut Connection, ended_by: Moment) -> Result<u64> {
    Ok(sqlx::query(FORGET_REGISTRATIONS).bind(ended_by.micros()).execute(connection).await?.rows_affected())
}

/// A recovery of a password under way.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recovery {
    /// Random; the browser's session remembers it.
    pub id: String,
    /// Whose; `None` when nobody has that login, which the page does not tell.
    pub user_id: Option<UserId>,
    /// SHA-256 of the link's token or of the code, in hex.
    pub secret_hash: String,
    /// Until when the secret holds.
    pub expires_at: Moment,
    /// Whether it was used.
    pub used: bool,
}

#[derive(FromRow)]
struct RecoveryRow {
    id: String,
    user_id: Option<String>,
    secret_hash: String,
    expires_at: i64,
    used_at: Option<i64>,
}

impl From<RecoveryRow> for Recovery {
    fn from(row: RecoveryRow) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id.map(UserId::trusted),
            secret_hash: row.secret_hash,
            expires_at: Moment::from_micros(row.expires_at),
            used: row.used_at.is_some(),
        }
    }
}

const INSERT_RECOVERY: &str = "INSERT INTO recoveries (id, user_id, secret_hash, expires_at, tries, created_at) \
    VALUES ($1, $2, $3, $4, 0, $5)";

/// Keeps a recovery until it is used.
///
/// # Errors
/// [`StorageError`].
pub async fn insert_recovery(connection: &mut Connection, recovery: &Recovery, now: Moment) -> Result<()> {
    sqlx::query(INSERT_RECOVERY)
        .bind(&recovery.id)
        .bind(recovery.user_id.as_ref().map(UserId::as_str))
        .bind(&recovery.secret_hash)
        .bind(recovery.expires_at.micros())
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(())
}

const RECOVERY: &str = "SELECT id, user_id, secret_hash, expires_at, used_at FROM recoveries WHERE id = $1";

/// The recovery that a browser waits with.
///
/// # Errors
/// [`StorageError`].
pub async fn recovery(connection: &mut Connection, id: &str) -> Result<Option<Recovery>> {
    let row: Option<RecoveryRow> = sqlx::query_as(RECOVERY).bind(id).fetch_optional(connection).await?;
    Ok(row.map(Recovery::from))
}

const RECOVERY_BY_SECRET: &str =
    "SELECT id, user_id, secret_hash, expires_at, used_at FROM recoveries WHERE secret_hash = $1";

/// The recovery whose letter carried a token.
///
/// # Errors
/// [`StorageError`].
pub async fn recovery_by_secret(connection: &mut Connection, hash: &str) -> Result<Option<Recovery>> {
    let row: Option<RecoveryRow> = sqlx::query_as(RECOVERY_BY_SECRET).bind(hash).fetch_optional(connection).await?;
    Ok(row.map(Recovery::from))
}

const COUNT_RECOVERY_TRY: &str = "UPDATE recoveries SET tries = tries + 1 WHERE id = $1 AND tries < $2 RETURNING tries";

/// Counts a try of the code before it is compared. `false` when the tries have run out.
///
/// # Errors
/// [`StorageError`].
pub async fn count_recovery_try(connection: &mut Connection, id: &str, most: i64) -> Result<bool> {
    let tries: Option<i64> =
        sqlx::query_scalar(COUNT_RECOVERY_TRY).bind(id).bind(most).fetch_optional(connection).await?;
    Ok(tries.is_some())
}

const USE_RECOVERY: &str = "UPDATE recoveries SET used_at = $2 WHERE id = $1 AND used_at IS NULL";

/// Uses a recovery up, once. `false` when someone was first.
///
/// # Errors
/// [`StorageError`].
pub async fn use_recovery(connection: &mut Connection, id: &str, now: Moment) -> Result<bool> {
    let done = sqlx::query(USE_RECOVERY).bind(id).bind(now.micros()).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

const FORGET_RECOVERIES: &str = "DELETE FROM recoveries WHERE expires_at <= $1";

/// Forgets recoveries that ended by a moment, used or not; tells how many.
///
/// # Errors
/// [`StorageError`].
pub async fn forget_recoveries(connection: &mut Connection, ended_by: Moment) -> Result<u64> {
    Ok(sqlx::query(FORGET_RECOVERIES).bind(ended_by.micros()).execute(connection).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, on_both_engines};

    const OLD: Moment = Moment::from_micros(10);
    const NEW: Moment = Moment::from_micros(11);

    fn waiting(name: char, secret_expires_at: Moment) -> Registration {
        let consent = Consent { at: OLD, from: "192.0.2.1".into(), version: "1".into() };
        Registration {
            id: RegistrationId::trusted(name.to_string().repeat(26)),
            login: Login::parse("a@example.ru").unwrap(),
            password_hash: "hash".into(),
            consent,
            secret_hash: name.to_string(),
            secret_expires_at,
            tries: 0,
            last_sent_at: OLD,
            user_id: None,
        }
    }

    fn recovering(name: &str, expires_at: Moment) -> Recovery {
        Recovery { id: name.into(), user_id: None, secret_hash: name.into(), expires_at, used: false }
    }

    on_both_engines! {
        async fn registrations_and_recoveries_that_ended_are_forgotten_and_later_ones_kept(test: TestDatabase) {
            let (old, new) = (waiting('a', OLD), waiting('b', NEW));
            let mut tx = test.database.begin().await.unwrap();
            for registration in [&old, &new] {
                insert_registration(&mut tx, registration).await.unwrap();
            }
            for recovery in [recovering("a", OLD), recovering("b", NEW)] {
                insert_recovery(&mut tx, &recovery, OLD).await.unwrap();
            }
            assert_eq!(forget_registrations(&mut tx, OLD).await.unwrap(), 1);
            assert_eq!(forget_recoveries(&mut tx, OLD).await.unwrap(), 1);
            assert_eq!(registration(&mut tx, &old.id).await.unwrap(), None);
            assert_eq!(registration(&mut tx, &new.id).await.unwrap(), Some(waiting('b', NEW)));
            assert_eq!(recovery(&mut tx, "a").await.unwrap(), None);
            assert_eq!(recovery(&mut tx, "b").await.unwrap(), Some(recovering("b", NEW)));
        }
    }
}
