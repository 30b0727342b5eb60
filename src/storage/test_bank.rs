//! The test bank's payments, stored as JSON that only the test bank reads.

use super::{Connection, Result};
use crate::domain::calendar::Moment;

/// A payment of the test bank.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredPayment {
    /// The bank's identifier.
    pub id: String,
    /// The idempotency key of its registration.
    pub idempotency_key: String,
    /// The other fields, as JSON of the test bank.
    pub body: String,
    /// When it was registered.
    pub created_at: Moment,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    idempotency_key: String,
    body: String,
    created_at: i64,
}

impl From<Row> for StoredPayment {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            idempotency_key: row.idempotency_key,
            body: row.body,
            created_at: Moment::from_micros(row.created_at),
        }
    }
}

const INSERT: &str = "INSERT INTO test_bank_payments (id, idempotency_key, body, created_at) VALUES ($1, $2, $3, $4)";

/// Stores a new payment.
///
/// # Errors
/// [`StorageError::Conflict`](super::StorageError::Conflict) when its idempotency key is already used.
pub async fn insert(connection: &mut Connection, payment: &StoredPayment) -> Result<()> {
    sqlx::query(INSERT)
        .bind(&payment.id)
        .bind(&payment.idempotency_key)
        .bind(&payment.body)
        .bind(payment.created_at.micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// A query for payments.
macro_rules! payments {
    ($rest:literal) => {
        concat!("SELECT id, idempotency_key, body, created_at FROM test_bank_payments WHERE ", $rest)
    };
}

const FIND: &str = payments!("id = $1");

/// The payment with an identifier.
///
/// # Errors
/// [`StorageError::Database`](super::StorageError::Database) when the database refuses or does not answer.
pub async fn find(connection: &mut Connection, id: &str) -> Result<Option<StoredPayment>> {
    let row: Option<Row> = sqlx::query_as(FIND).bind(id).fetch_optional(connection).await?;
    Ok(row.map(Into::into))
}

const FIND_BY_KEY: &str = payments!("idempotency_key = $1");

/// The payment registered under an idempotency key.
///
/// # Errors
/// [`StorageError::Database`](super::StorageError::Database) when the database refuses or does not answer.
pub async fn find_by_key(connection: &mut Connection, key: &str) -> Result<Option<StoredPayment>> {
    let row: Option<Row> = sqlx::query_as(FIND_BY_KEY).bind(key).fetch_optional(connection).await?;
    Ok(row.map(Into::into))
}

const REPLACE: &str = "UPDATE test_bank_payments SET body = $1 WHERE id = $2 AND body = $3";

/// Replaces the JSON of a payment. `false` when another request changed it first.
///
/// # Errors
/// [`StorageError::Database`](super::StorageError::Database) when the database refuses or does not answer.
pub async fn replace(connection: &mut Connection, known: &StoredPayment, body: &str) -> Result<bool> {
    let done = sqlx::query(REPLACE).bind(body).bind(&known.id).bind(&known.body).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::StorageError;
    use crate::storage::testing::{TestDatabase, on_both_engines};

    fn payment(id: &str, key: &str) -> StoredPayment {
        StoredPayment {
            id: id.into(),
            idempotency_key: key.into(),
            body: "first".into(),
            created_at: Moment::from_micros(1),
        }
    }

    on_both_engines! {
        async fn a_payment_is_found_by_its_identifier_and_its_key(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            insert(&mut tx, &payment("p1", "k1")).await.unwrap();
            assert_eq!(find(&mut tx, "p1").await.unwrap(), Some(payment("p1", "k1")));
            assert_eq!(find_by_key(&mut tx, "k1").await.unwrap(), Some(payment("p1", "k1")));
            assert_eq!(find(&mut tx, "k1").await.unwrap(), None);
        }

        async fn a_key_is_taken_once(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            insert(&mut tx, &payment("p1", "k1")).await.unwrap();
            assert!(matches!(insert(&mut tx, &payment("p2", "k1")).await, Err(StorageError::Conflict)));
        }

        async fn of_two_changes_to_the_same_payment_the_first_counts(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let known = payment("p1", "k1");
            insert(&mut tx, &known).await.unwrap();
            assert!(replace(&mut tx, &known, "second").await.unwrap());
            assert!(!replace(&mut tx, &known, "third").await.unwrap());
            assert_eq!(find(&mut tx, "p1").await.unwrap().unwrap().body, "second");
        }
    }
}
