//! Secret addresses of accounts' calendars: one for each user and account.

use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::{AccountId, UserId};

const SET: &str = "INSERT INTO calendar_addresses (user_id, account_id, key_hash, created_at) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (user_id, account_id) DO UPDATE SET key_hash = excluded.key_hash, created_at = excluded.created_at";

/// Stores the hash of a new key, in place of the previous one.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn set(
    connection: &mut Connection,
    user_id: &UserId,
    account_id: &AccountId,
    key_hash: &str,
    now: Moment,
) -> Result<()> {
    let bound = sqlx::query(SET).bind(user_id.as_str()).bind(account_id.as_str());
    bound.bind(key_hash).bind(now.micros()).execute(connection).await?;
    Ok(())
}

const CREATED_AT: &str = "SELECT created_at FROM calendar_addresses WHERE user_id = $1 AND account_id = $2";

/// When the address of a user and an account was made; `None` when there is none.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn created_at(
    connection: &mut Connection,
    user_id: &UserId,
    account_id: &AccountId,
) -> Result<Option<Moment>> {
    let bound = sqlx::query_scalar(CREATED_AT).bind(user_id.as_str()).bind(account_id.as_str());
    let created_at: Option<i64> = bound.fetch_optional(connection).await?;
    Ok(created_at.map(Moment::from_micros))
}

const HOLDER: &str = "SELECT calendar_addresses.user_id FROM calendar_addresses \
    JOIN links ON links.user_id = calendar_addresses.user_id AND links.account_id = calendar_addresses.account_id \
    JOIN users ON users.id = calendar_addresses.user_id \
    WHERE key_hash = $1 AND calendar_addresses.account_id = $2 AND access = 'full' AND locked_at IS NULL";

/// The user whose key has a hash, for an account; `None` also when the user has no full access to it now, or is locked.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn holder(connection: &mut Connection, account_id: &AccountId, key_hash: &str) -> Result<Option<UserId>> {
    let bound = sqlx::query_scalar(HOLDER).bind(key_hash).bind(account_id.as_str());
    let user_id: Option<String> = bound.fetch_optional(connection).await?;
    Ok(user_id.map(UserId::trusted))
}

const REMOVE: &str = "DELETE FROM calendar_addresses WHERE user_id = $1 AND account_id = $2";

/// Removes the address of a user and an account. `false` when there was none.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn remove(connection: &mut Connection, user_id: &UserId, account_id: &AccountId) -> Result<bool> {
    let done = sqlx::query(REMOVE).bind(user_id.as_str()).bind(account_id.as_str()).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::login::Login;
    use crate::domain::user::User;
    use crate::storage::links;
    use crate::storage::testing::{TestDatabase, id, meter, on_both_engines};
    use crate::storage::users::{self, Consent};

    const NOW: Moment = Moment::from_micros(10);

    on_both_engines! {
        async fn an_address_opens_its_account_while_the_access_is_full(test: TestDatabase) {
            meter(&test.database).await;
            let (account, other) = (AccountId::trusted(id(1)), AccountId::trusted(id(2)));
            let mut tx = test.database.begin().await.unwrap();
            let login = Login::parse("ivan@example.ru").unwrap();
            let ivan = User { id: UserId::trusted(id(1)), login, name: None, locked_at: None };
            let consent = Consent { at: NOW, from: String::new(), version: String::new() };
            users::insert(&mut tx, &ivan, "", &consent, NOW).await.unwrap();
            links::add(&mut tx, &ivan.id, &account, 1, NOW).await.unwrap();
            set(&mut tx, &ivan.id, &account, "old", NOW).await.unwrap();
            set(&mut tx, &ivan.id, &account, "new", Moment::from_micros(20)).await.unwrap();
            assert_eq!(holder(&mut tx, &account, "new").await.unwrap(), None, "the access is lite");
            links::grant_full(&mut tx, &ivan.id, &account, NOW).await.unwrap();
            assert_eq!(holder(&mut tx, &account, "new").await.unwrap(), Some(ivan.id.clone()));
            assert_eq!(holder(&mut tx, &account, "old").await.unwrap(), None, "it was replaced");
            assert_eq!(holder(&mut tx, &other, "new").await.unwrap(), None, "it is of another account");
            let created_at = created_at(&mut tx, &ivan.id, &account).await.unwrap();
            assert_eq!(created_at, Some(Moment::from_micros(20)));
            assert!(remove(&mut tx, &ivan.id, &account).await.unwrap());
            assert!(!remove(&mut tx, &ivan.id, &account).await.unwrap());
            assert_eq!(holder(&mut tx, &account, "new").await.unwrap(), None);
        }
    }
}
