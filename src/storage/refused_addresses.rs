//! Addresses and phones that refused a message for ever.

use super::{Connection, Result};
use crate::domain::calendar::Moment;
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
    use crate::storage::testing::{TestDatabase, on_both_engines};

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
    }
}
