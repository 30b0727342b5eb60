//! Registrations and their confirmation (M1, M2).

use sqlx::FromRow;

use super::secrets::StoredSecret;
use super::users::{Consent, stored_login};
use super::{Connection, Result, StorageError};
use crate::domain::calendar::Moment;
use crate::domain::id::{RegistrationId, UserId};
use crate::domain::login::Login;

/// A registration, confirmed or awaiting confirmation (M2).
#[derive(Clone, Eq, PartialEq)]
pub struct Registration {
    /// Random; stored in the browser's session.
    pub id: RegistrationId,
    /// The login of the future user.
    pub login: Login,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// The consent given with the form.
    pub consent: Consent,
    /// The secret sent in the letter or SMS.
    pub secret: StoredSecret,
    /// When the secret expires.
    pub secret_expires_at: Moment,
    /// The number of tries of the code so far.
    pub tries: i64,
    /// When the last letter or SMS was created.
    pub last_sent_at: Moment,
    /// The user created on confirmation.
    pub user_id: Option<UserId>,
}

crate::opaque_debug!(Registration, id);

#[derive(FromRow)]
struct Row {
    id: String,
    login: String,
    password_hash: String,
    consent_at: i64,
    consent_from: String,
    consent_version: String,
    link_hash: Option<String>,
    code_mac: Option<String>,
    secret_expires_at: i64,
    tries: i64,
    last_sent_at: i64,
    user_id: Option<String>,
}

impl TryFrom<Row> for Registration {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: RegistrationId::trusted(row.id),
            login: stored_login(&row.login)?,
            password_hash: row.password_hash,
            consent: Consent {
                at: Moment::from_micros(row.consent_at),
                from: row.consent_from,
                version: row.consent_version,
            },
            secret: StoredSecret::read(row.link_hash, row.code_mac),
            secret_expires_at: Moment::from_micros(row.secret_expires_at),
            tries: row.tries,
            last_sent_at: Moment::from_micros(row.last_sent_at),
            user_id: row.user_id.map(UserId::trusted),
        })
    }
}

const INSERT: &str = "INSERT INTO registrations (id, login, password_hash, consent_at, consent_from, \
    consent_version, link_hash, code_mac, secret_expires_at, tries, last_sent_at, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $10)";

/// Stores a registration.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn insert(connection: &mut Connection, registration: &Registration) -> Result<()> {
    sqlx::query(INSERT)
        .bind(registration.id.as_str())
        .bind(registration.login.as_str())
        .bind(&registration.password_hash)
        .bind(registration.consent.at.micros())
        .bind(&registration.consent.from)
        .bind(&registration.consent.version)
        .bind(registration.secret.link_hash())
        .bind(registration.secret.code_mac())
        .bind(registration.secret_expires_at.micros())
        .bind(registration.last_sent_at.micros())
        .execute(connection)
        .await?;
    Ok(())
}

const LOCK: &str = "UPDATE registrations SET tries = tries WHERE id = $1";

/// Locks a registration until the transaction ends: the second of two concurrent confirmations sees the first's user.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn lock(connection: &mut Connection, id: &RegistrationId) -> Result<()> {
    sqlx::query(LOCK).bind(id.as_str()).execute(connection).await?;
    Ok(())
}

/// A query for registrations.
macro_rules! registrations {
    ($rest:literal) => {
        concat!(
            "SELECT id, login, password_hash, consent_at, consent_from, consent_version, link_hash, code_mac, \
             secret_expires_at, tries, last_sent_at, user_id FROM registrations WHERE ",
            $rest
        )
    };
}

const BY_ID: &str = registrations!("id = $1");

/// The registration with an identifier.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn by_id(connection: &mut Connection, id: &RegistrationId) -> Result<Option<Registration>> {
    let row: Option<Row> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(connection).await?;
    row.map(Registration::try_from).transpose()
}

const BY_LINK: &str = registrations!("link_hash = $1");

/// The registration with the hash of a link's token.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn by_link(connection: &mut Connection, hash: &str) -> Result<Option<Registration>> {
    let row: Option<Row> = sqlx::query_as(BY_LINK).bind(hash).fetch_optional(connection).await?;
    row.map(Registration::try_from).transpose()
}

const COUNT_TRY: &str = "UPDATE registrations SET tries = tries + 1 WHERE id = $1 AND tries < $2 RETURNING tries";

/// Counts a try of the code before the comparison and returns the count; `None` when no tries are left.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn count_try(connection: &mut Connection, id: &RegistrationId, most: i64) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(COUNT_TRY).bind(id.as_str()).bind(most).fetch_optional(connection).await?)
}

const RENEW: &str = "UPDATE registrations SET link_hash = $2, code_mac = $3, secret_expires_at = $4, tries = 0, last_sent_at = $5 \
    WHERE id = $1 AND user_id IS NULL";

/// Replaces the secret of a registration when the user asks to send it again.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn renew(
    connection: &mut Connection,
    id: &RegistrationId,
    secret: &StoredSecret,
    expires_at: Moment,
    now: Moment,
) -> Result<()> {
    sqlx::query(RENEW)
        .bind(id.as_str())
        .bind(secret.link_hash())
        .bind(secret.code_mac())
        .bind(expires_at.micros())
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(())
}

const CONFIRM: &str = "UPDATE registrations SET user_id = $2 WHERE id = $1 AND user_id IS NULL";

/// Marks a registration as confirmed, once. `false` when it was confirmed before.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn confirm(connection: &mut Connection, id: &RegistrationId, user_id: &UserId) -> Result<bool> {
    let done = sqlx::query(CONFIRM).bind(id.as_str()).bind(user_id.as_str()).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

const FORGET: &str = "DELETE FROM registrations WHERE secret_expires_at <= $1";

/// Deletes registrations whose secret expired by a moment, confirmed or not; returns their number.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn forget(connection: &mut Connection, ended_by: Moment) -> Result<u64> {
    Ok(sqlx::query(FORGET).bind(ended_by.micros()).execute(connection).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, on_both_engines};

    const OLD: Moment = Moment::from_micros(10);
    const NEW: Moment = Moment::from_micros(11);

    fn waiting(name: char, secret: StoredSecret, secret_expires_at: Moment) -> Registration {
        Registration {
            id: RegistrationId::trusted(name.to_string().repeat(26)),
            login: Login::parse("a@example.ru").unwrap(),
            password_hash: "hash".into(),
            consent: Consent { at: OLD, from: "192.0.2.1".into(), version: "1".into() },
            secret,
            secret_expires_at,
            tries: 0,
            last_sent_at: OLD,
            user_id: None,
        }
    }

    on_both_engines! {
        async fn registrations_that_ended_are_forgotten_and_later_ones_kept(test: TestDatabase) {
            let old = waiting('a', StoredSecret::Link { hash: "a".into() }, OLD);
            let new = waiting('b', StoredSecret::Code { mac: "b".into() }, NEW);
            let mut tx = test.database.begin().await.unwrap();
            for registration in [&old, &new] {
                insert(&mut tx, registration).await.unwrap();
            }
            assert_eq!(forget(&mut tx, OLD).await.unwrap(), 1);
            assert_eq!(by_id(&mut tx, &old.id).await.unwrap(), None);
            assert_eq!(by_id(&mut tx, &new.id).await.unwrap(), Some(new));
        }

        async fn a_registration_by_code_is_never_found_as_one_by_link(test: TestDatabase) {
            let by_code = waiting('a', StoredSecret::Code { mac: "secret".into() }, NEW);
            let mut tx = test.database.begin().await.unwrap();
            insert(&mut tx, &by_code).await.unwrap();
            assert_eq!(by_link(&mut tx, "secret").await.unwrap(), None);
        }
    }
}
