//! Second contacts of users, and changes of contacts and logins that wait for a code.

use sqlx::FromRow;

use super::users::stored_login;
use super::{Connection, Result, StorageError};
use crate::domain::calendar::Moment;
use crate::domain::id::UserId;
use crate::domain::login::Login;

/// What a change replaces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChangeOf {
    /// The second contact.
    Contact,
    /// The login.
    Login,
}

impl ChangeOf {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Login => "login",
        }
    }
}

/// A new contact or login that waits for its code.
#[derive(Clone, Eq, PartialEq)]
pub struct Change {
    /// Random; a part of the code's keyed hash.
    pub id: String,
    /// The user.
    pub user_id: UserId,
    /// What it replaces.
    pub of: ChangeOf,
    /// The new address.
    pub address: Login,
    /// A keyed hash of the code that was sent to the address.
    pub code_mac: String,
    /// When the code expires.
    pub expires_at: Moment,
    /// Tries of the code so far; a new change has none.
    pub tries: i64,
    /// When the last letter or SMS was created.
    pub last_sent_at: Moment,
}

crate::opaque_debug!(Change, id);

#[derive(FromRow)]
struct Row {
    id: String,
    address: String,
    code_mac: String,
    expires_at: i64,
    tries: i64,
    last_sent_at: i64,
}

const CONTACT: &str = "SELECT address FROM contacts WHERE user_id = $1";

/// The confirmed second contact of a user.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn of_user(connection: &mut Connection, user_id: &UserId) -> Result<Option<Login>> {
    let address: Option<String> = sqlx::query_scalar(CONTACT).bind(user_id.as_str()).fetch_optional(connection).await?;
    address.map(|address| stored_login(&address)).transpose()
}

const SET: &str = "INSERT INTO contacts (user_id, address, confirmed_at) VALUES ($1, $2, $3) \
    ON CONFLICT (user_id) DO UPDATE SET address = excluded.address, confirmed_at = excluded.confirmed_at";

/// Stores the confirmed second contact of a user, in place of the previous one.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn set(connection: &mut Connection, user_id: &UserId, address: &Login, now: Moment) -> Result<()> {
    sqlx::query(SET).bind(user_id.as_str()).bind(address.as_str()).bind(now.micros()).execute(connection).await?;
    Ok(())
}

const REMOVE: &str = "DELETE FROM contacts WHERE user_id = $1";

/// Removes the second contact of a user. `false` when there was none.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn remove(connection: &mut Connection, user_id: &UserId) -> Result<bool> {
    Ok(sqlx::query(REMOVE).bind(user_id.as_str()).execute(connection).await?.rows_affected() > 0)
}

const BEGIN: &str = "INSERT INTO contact_changes (id, user_id, kind, address, code_mac, expires_at, tries, \
    last_sent_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7) ON CONFLICT (user_id, kind) DO UPDATE SET \
    id = excluded.id, address = excluded.address, code_mac = excluded.code_mac, expires_at = excluded.expires_at, \
    tries = 0, last_sent_at = excluded.last_sent_at";

/// Stores a change in place of the user's pending one of the same kind, whose code becomes void.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn begin(connection: &mut Connection, change: &Change) -> Result<()> {
    sqlx::query(BEGIN)
        .bind(&change.id)
        .bind(change.user_id.as_str())
        .bind(change.of.as_str())
        .bind(change.address.as_str())
        .bind(&change.code_mac)
        .bind(change.expires_at.micros())
        .bind(change.last_sent_at.micros())
        .execute(connection)
        .await?;
    Ok(())
}

const PENDING: &str = "SELECT id, address, code_mac, expires_at, tries, last_sent_at FROM contact_changes \
    WHERE user_id = $1 AND kind = $2";

/// The pending change of a user, expired or not.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn pending(connection: &mut Connection, user_id: &UserId, of: ChangeOf) -> Result<Option<Change>> {
    let row: Option<Row> =
        sqlx::query_as(PENDING).bind(user_id.as_str()).bind(of.as_str()).fetch_optional(connection).await?;
    let change = |row: Row| {
        Ok::<_, StorageError>(Change {
            id: row.id,
            user_id: user_id.clone(),
            of,
            address: stored_login(&row.address)?,
            code_mac: row.code_mac,
            expires_at: Moment::from_micros(row.expires_at),
            tries: row.tries,
            last_sent_at: Moment::from_micros(row.last_sent_at),
        })
    };
    row.map(change).transpose()
}

const COUNT_TRY: &str = "UPDATE contact_changes SET tries = tries + 1 WHERE id = $1 AND tries < $2 RETURNING tries";

/// Counts a try of the code before the comparison and returns the count; `None` when no tries are left.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn count_try(connection: &mut Connection, id: &str, most: i64) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(COUNT_TRY).bind(id).bind(most).fetch_optional(connection).await?)
}

const TAKE: &str = "DELETE FROM contact_changes WHERE id = $1";

/// Takes a change whose code was right, once. `false` when it was taken or replaced before.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn take(connection: &mut Connection, id: &str) -> Result<bool> {
    Ok(sqlx::query(TAKE).bind(id).execute(connection).await?.rows_affected() > 0)
}

const VOID: &str = "DELETE FROM contact_changes WHERE user_id = $1";

/// Voids the pending changes of a user, because the password or the login was changed.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn void(connection: &mut Connection, user_id: &UserId) -> Result<()> {
    sqlx::query(VOID).bind(user_id.as_str()).execute(connection).await?;
    Ok(())
}

const FORGET: &str = "DELETE FROM contact_changes WHERE expires_at <= $1";

/// Deletes changes whose code expired by a moment; returns their number.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn forget(connection: &mut Connection, ended_by: Moment) -> Result<u64> {
    Ok(sqlx::query(FORGET).bind(ended_by.micros()).execute(connection).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::user::User;
    use crate::storage::testing::{TestDatabase, id, on_both_engines};
    use crate::storage::users::{self, Consent};

    const OLD: Moment = Moment::from_micros(10);
    const NEW: Moment = Moment::from_micros(11);
    /// More tries than these tests make.
    const MANY: i64 = 100;

    fn login(text: &str) -> Login {
        Login::parse(text).unwrap()
    }

    /// Stores a user and returns the identifier.
    async fn user(connection: &mut Connection, number: usize) -> UserId {
        let user = User {
            id: UserId::trusted(id(number)),
            login: login(&format!("user{number}@example.ru")),
            name: None,
            locked_at: None,
        };
        let consent = Consent { at: OLD, from: "192.0.2.1".into(), version: "1".into() };
        users::insert(connection, &user, "hash", &consent, OLD).await.unwrap();
        user.id
    }

    fn change(number: usize, user_id: &UserId, of: ChangeOf, expires_at: Moment) -> Change {
        Change {
            id: id(number),
            user_id: user_id.clone(),
            of,
            address: login("+79021234567"),
            code_mac: format!("mac {number}"),
            expires_at,
            tries: 0,
            last_sent_at: OLD,
        }
    }

    on_both_engines! {
        async fn a_user_has_one_contact_and_a_newer_one_replaces_it(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let ivan = user(&mut tx, 1).await;
            assert_eq!(of_user(&mut tx, &ivan).await.unwrap(), None);
            for phone in ["+79021234567", "+79021234568"] {
                set(&mut tx, &ivan, &login(phone), OLD).await.unwrap();
                assert_eq!(of_user(&mut tx, &ivan).await.unwrap(), Some(login(phone)));
            }
            assert!(remove(&mut tx, &ivan).await.unwrap());
            assert!(!remove(&mut tx, &ivan).await.unwrap());
            assert_eq!(of_user(&mut tx, &ivan).await.unwrap(), None);
        }

        async fn two_users_may_share_a_contact(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            for number in [1, 2] {
                let user = user(&mut tx, number).await;
                set(&mut tx, &user, &login("+79021234567"), OLD).await.unwrap();
            }
        }

        async fn a_newer_change_replaces_the_one_of_its_kind_with_its_tries(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let ivan = user(&mut tx, 1).await;
            let of_login = change(3, &ivan, ChangeOf::Login, NEW);
            begin(&mut tx, &of_login).await.unwrap();
            for number in [4, 5] {
                let newer = change(number, &ivan, ChangeOf::Contact, NEW);
                begin(&mut tx, &newer).await.unwrap();
                assert_eq!(count_try(&mut tx, &newer.id, MANY).await.unwrap(), Some(1));
                let tried = Change { tries: 1, ..newer };
                assert_eq!(pending(&mut tx, &ivan, ChangeOf::Contact).await.unwrap(), Some(tried));
            }
            assert_eq!(pending(&mut tx, &ivan, ChangeOf::Login).await.unwrap(), Some(of_login));
        }

        async fn tries_end_and_a_change_is_taken_once(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let ivan = user(&mut tx, 1).await;
            let begun = change(3, &ivan, ChangeOf::Contact, NEW);
            begin(&mut tx, &begun).await.unwrap();
            for tries in [Some(1), Some(2), None] {
                assert_eq!(count_try(&mut tx, &begun.id, 2).await.unwrap(), tries);
            }
            assert!(take(&mut tx, &begun.id).await.unwrap());
            assert!(!take(&mut tx, &begun.id).await.unwrap());
        }

        async fn changes_are_voided_for_one_user_and_forgotten_when_they_ended(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let (ivan, anna) = (user(&mut tx, 1).await, user(&mut tx, 2).await);
            begin(&mut tx, &change(3, &ivan, ChangeOf::Contact, NEW)).await.unwrap();
            begin(&mut tx, &change(4, &anna, ChangeOf::Contact, OLD)).await.unwrap();
            begin(&mut tx, &change(5, &anna, ChangeOf::Login, NEW)).await.unwrap();
            void(&mut tx, &ivan).await.unwrap();
            assert_eq!(pending(&mut tx, &ivan, ChangeOf::Contact).await.unwrap(), None);
            assert_eq!(forget(&mut tx, OLD).await.unwrap(), 1);
            assert_eq!(pending(&mut tx, &anna, ChangeOf::Contact).await.unwrap(), None);
            assert!(pending(&mut tx, &anna, ChangeOf::Login).await.unwrap().is_some());
        }
    }
}
