//! The audit trail: append-only, who did what, when, from where.

use sqlx::FromRow;

use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::{OperatorId, UserId};

/// Events of one page.
pub const PAGE: i64 = 20;
/// How long events are kept: three years, the time within which a civil claim may be made (Civil Code, article 196).
pub const KEPT_DAYS: i64 = 3 * 365;

/// One event.
#[derive(Clone, Eq, PartialEq)]
pub struct Event {
    /// When.
    pub at: Moment,
    /// Whose account of the portal it concerns.
    pub user_id: Option<UserId>,
    /// The operator who did it, if one did.
    pub operator_id: Option<OperatorId>,
    /// What was done, from the closed list of `service::audit`.
    pub action: String,
    /// On what, by identifier.
    pub subject: Option<String>,
    /// From which network address.
    pub address: String,
}

crate::opaque_debug!(Event, action);

#[derive(FromRow)]
struct Row {
    at: i64,
    user_id: Option<String>,
    operator_id: Option<String>,
    action: String,
    subject: Option<String>,
    address: String,
}

impl From<Row> for Event {
    fn from(row: Row) -> Self {
        Self {
            at: Moment::from_micros(row.at),
            user_id: row.user_id.map(UserId::trusted),
            operator_id: row.operator_id.map(OperatorId::trusted),
            action: row.action,
            subject: row.subject,
            address: row.address,
        }
    }
}

const INSERT: &str = "INSERT INTO audit (id, at, user_id, operator_id, action, subject, address, request_id) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Appends an event. `request_id` joins it with the log; a command has none.
///
/// # Errors
/// [`super::StorageError`].
pub async fn insert(connection: &mut Connection, id: &str, event: &Event, request_id: Option<&str>) -> Result<()> {
    sqlx::query(INSERT)
        .bind(id)
        .bind(event.at.micros())
        .bind(event.user_id.as_ref().map(UserId::as_str))
        .bind(event.operator_id.as_ref().map(OperatorId::as_str))
        .bind(&event.action)
        .bind(event.subject.as_deref())
        .bind(&event.address)
        .bind(request_id)
        .execute(connection)
        .await?;
    Ok(())
}

const OF_USER: &str = "SELECT at, user_id, operator_id, action, subject, address FROM audit \
    WHERE user_id = $1 ORDER BY at DESC, id LIMIT 0 + $2 OFFSET 0 + $3";
const COUNT_OF_USER: &str = "SELECT COUNT(*) FROM audit WHERE user_id = $1";

/// A page of a user's own security events, newest first, and how many there are; `page` counts from 0.
///
/// # Errors
/// [`super::StorageError`].
pub async fn of_user(connection: &mut Connection, user_id: &UserId, page: i64) -> Result<(Vec<Event>, i64)> {
    let count = sqlx::query_scalar(COUNT_OF_USER).bind(user_id.as_str()).fetch_one(&mut *connection).await?;
    let bound = sqlx::query_as(OF_USER).bind(user_id.as_str()).bind(PAGE).bind(page * PAGE);
    let rows: Vec<Row> = bound.fetch_all(connection).await?;
    Ok((rows.into_iter().map(Event::from).collect(), count))
}

const OF_OPERATOR: &str = "SELECT at, user_id, operator_id, action, subject, address FROM audit \
    WHERE operator_id = $1 ORDER BY at DESC, id LIMIT 0 + $2 OFFSET 0 + $3";
const COUNT_OF_OPERATOR: &str = "SELECT COUNT(*) FROM audit WHERE operator_id = $1";

/// A page of what an operator did, newest first, and how many events there are; `page` counts from 0.
///
/// # Errors
/// [`super::StorageError`].
pub async fn of_operator(connection: &mut Connection, id: &OperatorId, page: i64) -> Result<(Vec<Event>, i64)> {
    let count = sqlx::query_scalar(COUNT_OF_OPERATOR).bind(id.as_str()).fetch_one(&mut *connection).await?;
    let bound = sqlx::query_as(OF_OPERATOR).bind(id.as_str()).bind(PAGE).bind(page * PAGE);
    let rows: Vec<Row> = bound.fetch_all(connection).await?;
    Ok((rows.into_iter().map(Event::from).collect(), count))
}

const FORGET: &str = "DELETE FROM audit WHERE at <= $1";

/// Forgets events of before a moment; the database refuses it for any that are younger than [`KEPT_DAYS`].
///
/// # Errors
/// [`super::StorageError`].
pub async fn forget(connection: &mut Connection, before: Moment) -> Result<u64> {
    Ok(sqlx::query(FORGET).bind(before.micros()).execute(connection).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Nature;
    use crate::domain::calendar::Span;
    use crate::storage::testing::{TestDatabase, on_both_engines};

    fn event(at: Moment) -> Event {
        let user_id = Some(UserId::trusted("a".repeat(26)));
        Event { at, user_id, operator_id: None, action: "signed_in".into(), subject: None, address: "::1".into() }
    }

    on_both_engines! {
        async fn an_event_of_the_trail_is_neither_changed_nor_deleted(test: TestDatabase) {
            let now = Nature::system().now();
            let mut tx = test.database.begin().await.unwrap();
            insert(&mut tx, "one", &event(now), Some("request")).await.unwrap();
            crate::storage::Database::commit(tx).await.unwrap();
            for sql in ["UPDATE audit SET address = 'elsewhere'", "UPDATE audit SET at = 1", "DELETE FROM audit"] {
                let mut tx = test.database.begin().await.unwrap();
                let refused = sqlx::raw_sql(sql).execute(&mut *tx).await.unwrap_err().to_string();
                assert!(refused.contains("append-only"), "{sql}: {refused}");
            }
        }

        async fn only_events_older_than_three_years_are_forgotten(test: TestDatabase) {
            let now = Nature::system().now();
            let old = now.minus(Span::days(KEPT_DAYS + 1));
            let mut tx = test.database.begin().await.unwrap();
            insert(&mut tx, "old", &event(old), None).await.unwrap();
            insert(&mut tx, "new", &event(now), None).await.unwrap();
            assert_eq!(forget(&mut tx, now.minus(Span::days(KEPT_DAYS))).await.unwrap(), 1);
            let (events, count) = of_user(&mut tx, &UserId::trusted("a".repeat(26)), 0).await.unwrap();
            assert_eq!((events, count), (vec![event(now)], 1));
        }

        async fn migrating_twice_keeps_the_trail_closed(test: TestDatabase) {
            test.database.migrate().await.unwrap();
            let mut tx = test.database.begin().await.unwrap();
            insert(&mut tx, "one", &event(Nature::system().now()), None).await.unwrap();
            assert!(sqlx::raw_sql("DELETE FROM audit").execute(&mut *tx).await.is_err());
        }
    }
}
