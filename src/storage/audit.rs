//! The audit trail: append-only, who did what, when, from where.

use sqlx::FromRow;

use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::{OperatorId, UserId};

/// Most events that the page of settings shows.
const LIST_MOST: i64 = 50;

/// One event.
#[derive(Clone, Debug, Eq, PartialEq)]
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

const INSERT: &str = "INSERT INTO audit (id, at, user_id, operator_id, action, subject, address) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Appends an event.
///
/// # Errors
/// [`super::StorageError`].
pub async fn insert(connection: &mut Connection, id: &str, event: &Event) -> Result<()> {
    sqlx::query(INSERT)
        .bind(id)
        .bind(event.at.micros())
        .bind(event.user_id.as_ref().map(UserId::as_str))
        .bind(event.operator_id.as_ref().map(OperatorId::as_str))
        .bind(&event.action)
        .bind(event.subject.as_deref())
        .bind(&event.address)
        .execute(connection)
        .await?;
    Ok(())
}

const OF_USER: &str = "SELECT at, user_id, operator_id, action, subject, address FROM audit \
    WHERE user_id = $1 ORDER BY at DESC LIMIT 0 + $2";

/// A user's own security events, newest first.
///
/// # Errors
/// [`super::StorageError`].
pub async fn of_user(connection: &mut Connection, user_id: &UserId) -> Result<Vec<Event>> {
    let rows: Vec<Row> = sqlx::query_as(OF_USER).bind(user_id.as_str()).bind(LIST_MOST).fetch_all(connection).await?;
    Ok(rows.into_iter().map(Event::from).collect())
}
