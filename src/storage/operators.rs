//! Operators: the provider's staff.

use sqlx::FromRow;

use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::OperatorId;

/// One of the provider's staff.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Operator {
    /// Random.
    pub id: OperatorId,
    /// What they sign in with.
    pub login: String,
    /// How colleagues call them.
    pub name: String,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// When the operator was disabled; `None` for one who may sign in.
    pub disabled_at: Option<Moment>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    login: String,
    name: String,
    password_hash: String,
    disabled_at: Option<i64>,
}

impl From<Row> for Operator {
    fn from(row: Row) -> Self {
        Self {
            id: OperatorId::trusted(row.id),
            login: row.login,
            name: row.name,
            password_hash: row.password_hash,
            disabled_at: row.disabled_at.map(Moment::from_micros),
        }
    }
}

const BY_LOGIN: &str = "SELECT id, login, name, password_hash, disabled_at FROM operators WHERE login = $1";

/// The operator with a login.
///
/// # Errors
/// [`super::StorageError`].
pub async fn by_login(connection: &mut Connection, login: &str) -> Result<Option<Operator>> {
    let row: Option<Row> = sqlx::query_as(BY_LOGIN).bind(login).fetch_optional(connection).await?;
    Ok(row.map(Operator::from))
}

const BY_ID: &str = "SELECT id, login, name, password_hash, disabled_at FROM operators WHERE id = $1";

/// The operator with an identifier.
///
/// # Errors
/// [`super::StorageError`].
pub async fn by_id(connection: &mut Connection, id: &OperatorId) -> Result<Option<Operator>> {
    let row: Option<Row> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(connection).await?;
    Ok(row.map(Operator::from))
}

const LOCK: &str = "UPDATE operators SET password_hash = password_hash WHERE id = $1 \
    RETURNING id, login, name, password_hash, disabled_at";

/// The operator, locked until the transaction ends.
///
/// # Errors
/// [`super::StorageError`].
pub async fn lock(connection: &mut Connection, id: &OperatorId) -> Result<Option<Operator>> {
    let row: Option<Row> = sqlx::query_as(LOCK).bind(id.as_str()).fetch_optional(connection).await?;
    Ok(row.map(Operator::from))
}

const INSERT: &str = "INSERT INTO operators (id, login, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)";

/// Makes an operator.
///
/// # Errors
/// [`super::StorageError::Conflict`] when the login is taken.
pub async fn insert(connection: &mut Connection, operator: &Operator, now: Moment) -> Result<()> {
    sqlx::query(INSERT)
        .bind(operator.id.as_str())
        .bind(&operator.login)
        .bind(&operator.name)
        .bind(&operator.password_hash)
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(())
}
