//! Addresses and phones that refused a message for ever.

use super::users::stored_login;
use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::UserId;
use crate::domain::login::Login;

const ADD: &str = "INSERT INTO refused_addresses (address, since, reason) VALUES ($1, $2, $3) \
    ON CONFLICT (address) DO NOTHING";

/// Marks an address that refused a message.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn add(connection: &mut Connection, address: &str, now: Moment, reason: &str) -> Result<()> {
    sqlx::query(ADD).bind(address).bind(now.micros()).bind(reason).execute(connection).await?;
    Ok(())
}

const REMOVE: &str = "DELETE FROM refused_addresses WHERE address = $1";

/// Removes the mark: a message has arrived, or the user asked to try again. `false` when there was none.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn remove(connection: &mut Connection, address: &str) -> Result<bool> {
    Ok(sqlx::query(REMOVE).bind(address).execute(connection).await?.rows_affected() > 0)
}

const SINCE: &str = "SELECT since FROM refused_addresses WHERE address = $1";

/// Since when an address refuses messages; `None` when it does not.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn since(connection: &mut Connection, address: &Login) -> Result<Option<Moment>> {
    let since: Option<i64> = sqlx::query_scalar(SINCE).bind(address.as_str()).fetch_optional(connection).await?;
    Ok(since.map(Moment::from_micros))
}

const OF_USER: &str = "SELECT address, since FROM refused_addresses WHERE address IN \
    (SELECT login FROM users WHERE id = $1 UNION ALL SELECT contacts.address FROM contacts WHERE user_id = $1)";

/// Which of a user's login and second contact refuse messages, each with the moment since when.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn of_user(connection: &mut Connection, user_id: &UserId) -> Result<Vec<(Login, Moment)>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(OF_USER).bind(user_id.as_str()).fetch_all(connection).await?;
    rows.into_iter().map(|(address, since)| Ok((stored_login(&address)?, Moment::from_micros(since)))).collect()
}

const COUNT: &str = "SELECT COUNT(*) FROM refused_addresses";

/// The number of such addresses.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn count(connection: &mut Connection) -> Result<i64> {
    Ok(sqlx::query_scalar(COUNT).fetch_one(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::contacts;
    use crate::storage::testing::{TestDatabase, new_user, on_both_engines};

    on_both_engines! {
        async fn an_address_refuses_since_its_first_refusal_until_a_message_arrives(test: TestDatabase) {
            let address = Login::parse("anna@example.ru").unwrap();
            let mut tx = test.database.begin().await.unwrap();
            assert_eq!(since(&mut tx, &address).await.unwrap(), None);
            add(&mut tx, address.as_str(), Moment::from_micros(1), "550").await.unwrap();
            add(&mut tx, address.as_str(), Moment::from_micros(2), "551").await.unwrap();
            assert_eq!(since(&mut tx, &address).await.unwrap(), Some(Moment::from_micros(1)));
            assert_eq!(count(&mut tx).await.unwrap(), 1);
            assert!(remove(&mut tx, address.as_str()).await.unwrap());
            assert!(!remove(&mut tx, address.as_str()).await.unwrap());
        }

        async fn the_login_and_the_second_contact_of_a_user_are_found_and_nobody_elses(test: TestDatabase) {
            let phone = Login::parse("+79021234567").unwrap();
            let mut tx = test.database.begin().await.unwrap();
            let (ivan, anna) = (new_user(&mut tx, 1).await, new_user(&mut tx, 2).await);
            contacts::set(&mut tx, &ivan, &phone, Moment::from_micros(1)).await.unwrap();
            for (address, since) in [("user1@example.ru", 5), (phone.as_str(), 6), ("other@example.ru", 7)] {
                add(&mut tx, address, Moment::from_micros(since), "550").await.unwrap();
            }
            let mut found = of_user(&mut tx, &ivan).await.unwrap();
            found.sort_by_key(|(_, since)| *since);
            let login = Login::parse("user1@example.ru").unwrap();
            assert_eq!(found, [(login, Moment::from_micros(5)), (phone, Moment::from_micros(6))]);
            assert_eq!(of_user(&mut tx, &anna).await.unwrap(), []);
        }
    }
}
