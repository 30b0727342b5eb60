//! The channels that users have chosen for kinds of notices.

use sqlx::FromRow;

use super::{Connection, Result, StorageError};
use crate::domain::id::UserId;
use crate::domain::notice::{Channels, NoticeKind};

#[derive(FromRow)]
struct Row {
    kind: String,
    channels: String,
}

const OF_USER: &str = "SELECT kind, channels FROM notice_preferences WHERE user_id = $1";

/// The choices of a user. A kind that this version does not know is left out.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn of_user(connection: &mut Connection, user_id: &UserId) -> Result<Vec<(NoticeKind, Channels)>> {
    let rows: Vec<Row> = sqlx::query_as(OF_USER).bind(user_id.as_str()).fetch_all(connection).await?;
    let known = rows.into_iter().filter_map(|row| Some((NoticeKind::parse(&row.kind)?, row.channels)));
    known.map(|(kind, channels)| Ok((kind, stored(&channels)?))).collect()
}

const OF_KIND: &str = "SELECT channels FROM notice_preferences WHERE user_id = $1 AND kind = $2";

/// The choice of a user for a kind; `None` when they have made none.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn of_kind(connection: &mut Connection, user_id: &UserId, kind: NoticeKind) -> Result<Option<Channels>> {
    let bound = sqlx::query_scalar(OF_KIND).bind(user_id.as_str()).bind(kind.as_str());
    let channels: Option<String> = bound.fetch_optional(connection).await?;
    channels.map(|channels| stored(&channels)).transpose()
}

fn stored(channels: &str) -> Result<Channels> {
    Channels::parse(channels).ok_or(StorageError::Corrupt { what: "channels of a notice" })
}

const SET: &str = "INSERT INTO notice_preferences (user_id, kind, channels) VALUES ($1, $2, $3) \
    ON CONFLICT (user_id, kind) DO UPDATE SET channels = excluded.channels";

/// Stores the choice of a user for a kind.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn set(connection: &mut Connection, user_id: &UserId, kind: NoticeKind, channels: Channels) -> Result<()> {
    let bound = sqlx::query(SET).bind(user_id.as_str()).bind(kind.as_str()).bind(channels.to_string());
    bound.execute(connection).await?;
    Ok(())
}
