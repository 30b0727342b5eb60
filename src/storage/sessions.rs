//! Sessions of users, operators and guests. Only the SHA-256 of a cookie is stored.

use sqlx::FromRow;

use super::users::stored_login;
use super::{Connection, Result, StorageError};
use crate::domain::calendar::Moment;
use crate::domain::id::{OperatorId, Owner, RegistrationId, SessionId, UserId};
use crate::domain::session::{MAX_UNREAD, OpenSession, Session};
use crate::domain::user::User;

/// Most sessions listed on the settings page.
const MAX_LIST: i64 = 50;

#[derive(FromRow)]
struct Row {
    token_hash: String,
    id: String,
    user_id: Option<String>,
    operator_id: Option<String>,
    registration_id: Option<String>,
    recovery_id: Option<String>,
    pending_user_id: Option<String>,
    pending_operator_id: Option<String>,
    flash: Option<String>,
    user_agent: String,
    address: String,
    created_at: i64,
    seen_at: i64,
    expires_at: i64,
}

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        Self {
            token_hash: row.token_hash,
            id: SessionId::trusted(row.id),
            user_id: row.user_id.map(UserId::trusted),
            operator_id: row.operator_id.map(OperatorId::trusted),
            registration_id: row.registration_id.map(RegistrationId::trusted),
            recovery_id: row.recovery_id,
            pending_user_id: row.pending_user_id.map(UserId::trusted),
            pending_operator_id: row.pending_operator_id.map(OperatorId::trusted),
            flash: row.flash,
            user_agent: row.user_agent,
            address: row.address,
            created_at: Moment::from_micros(row.created_at),
            seen_at: Moment::from_micros(row.seen_at),
            expires_at: Moment::from_micros(row.expires_at),
        }
    }
}

#[derive(FromRow)]
struct RowWithUser {
    #[sqlx(flatten)]
    session: Row,
    login: Option<String>,
    name: Option<String>,
    locked_at: Option<i64>,
    unread: i64,
}

impl TryFrom<RowWithUser> for OpenSession {
    type Error = StorageError;

    fn try_from(row: RowWithUser) -> Result<Self> {
        let session = Session::from(row.session);
        let user = match (&session.user_id, row.login) {
            (Some(id), Some(login)) => {
                let locked_at = row.locked_at.map(Moment::from_micros);
                Some(User { id: id.clone(), login: stored_login(&login)?, name: row.name, locked_at })
            }
            _ => None,
        };
        Ok(Self { session, user, unread: u32::try_from(row.unread).unwrap_or(0) })
    }
}

/// A query for sessions.
macro_rules! sessions {
    ($rest:literal) => {
        concat!(
            "SELECT token_hash, sessions.id, user_id, operator_id, registration_id, recovery_id, pending_user_id, \
             pending_operator_id, flash, user_agent, address, sessions.created_at, seen_at, expires_at",
            $rest
        )
    };
}

const FIND_WITH_USER: &str = sessions!(
    ", login, name, locked_at, (SELECT COUNT(*) FROM (SELECT 1 AS one FROM notices \
     WHERE notices.user_id = sessions.user_id AND state = 'shown' AND read_at IS NULL LIMIT 0 + $4) AS counted) AS unread \
     FROM sessions LEFT JOIN users ON users.id = user_id \
     WHERE token_hash = $1 AND expires_at > $2 AND sessions.created_at <= $3"
);

/// The active session of a cookie, its user and the number of their unread notices: every page needs them. A session
/// created after `newest` was created while the clock ran ahead: it is ignored.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn find_with_user(
    connection: &mut Connection,
    token_hash: &str,
    now: Moment,
    newest: Moment,
) -> Result<Option<OpenSession>> {
    let bound = sqlx::query_as(FIND_WITH_USER).bind(token_hash).bind(now.micros()).bind(newest.micros());
    let bound = bound.bind(i64::from(MAX_UNREAD) + 1);
    let row: Option<RowWithUser> = bound.fetch_optional(connection).await?;
    row.map(RowWithUser::try_into).transpose()
}

const INSERT: &str = "INSERT INTO sessions (token_hash, id, user_id, operator_id, registration_id, recovery_id, \
    pending_user_id, pending_operator_id, flash, user_agent, address, created_at, seen_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

/// Stores a new session.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn insert(connection: &mut Connection, session: &Session) -> Result<()> {
    sqlx::query(INSERT)
        .bind(&session.token_hash)
        .bind(session.id.as_str())
        .bind(session.user_id.as_ref().map(UserId::as_str))
        .bind(session.operator_id.as_ref().map(OperatorId::as_str))
        .bind(session.registration_id.as_ref().map(RegistrationId::as_str))
        .bind(session.recovery_id.as_deref())
        .bind(session.pending_user_id.as_ref().map(UserId::as_str))
        .bind(session.pending_operator_id.as_ref().map(OperatorId::as_str))
        .bind(session.flash.as_deref())
        .bind(&session.user_agent)
        .bind(&session.address)
        .bind(session.created_at.micros())
        .bind(session.seen_at.micros())
        .bind(session.expires_at.micros())
        .execute(connection)
        .await?;
    Ok(())
}

const SET_FLASH: &str = "UPDATE sessions SET flash = $2 WHERE token_hash = $1";

/// Sets or clears the flash message for the next page.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn set_flash(connection: &mut Connection, token_hash: &str, flash: Option<&str>) -> Result<()> {
    sqlx::query(SET_FLASH).bind(token_hash).bind(flash).execute(connection).await?;
    Ok(())
}

const TOUCH: &str = "UPDATE sessions SET seen_at = $2 WHERE token_hash = $1";

/// Records activity of a session.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn touch(connection: &mut Connection, token_hash: &str, now: Moment) -> Result<()> {
    sqlx::query(TOUCH).bind(token_hash).bind(now.micros()).execute(connection).await?;
    Ok(())
}

const REMOVE: &str = "DELETE FROM sessions WHERE token_hash = $1";

/// Deletes a session. `false` when it no longer existed.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn remove(connection: &mut Connection, token_hash: &str) -> Result<bool> {
    Ok(sqlx::query(REMOVE).bind(token_hash).execute(connection).await?.rows_affected() > 0)
}

const END_PENDING: &str = "DELETE FROM sessions WHERE token_hash = $1 AND expires_at > $2 \
    AND (pending_user_id = $3 OR pending_operator_id = $4)";

/// Deletes a session that awaits the second factor. `false` when it had expired or was deleted: sign-in must fail.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn end_pending(connection: &mut Connection, token_hash: &str, owner: &Owner, now: Moment) -> Result<bool> {
    let done = sqlx::query(END_PENDING)
        .bind(token_hash)
        .bind(now.micros())
        .bind(owner.user().map(UserId::as_str))
        .bind(owner.operator().map(OperatorId::as_str))
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

const REMOVE_PENDING: &str = "DELETE FROM sessions WHERE pending_user_id = $1 OR pending_operator_id = $2";

/// Deletes every session of a person that awaits the second factor.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn remove_pending(connection: &mut Connection, owner: &Owner) -> Result<()> {
    let (user, operator) = (owner.user().map(UserId::as_str), owner.operator().map(OperatorId::as_str));
    sqlx::query(REMOVE_PENDING).bind(user).bind(operator).execute(connection).await?;
    Ok(())
}

const COUNT_OF_USER: &str =
    "SELECT COUNT(*) FROM sessions WHERE (user_id = $1 OR pending_user_id = $1) AND expires_at > $2";

/// The number of a user's active sessions, including those that await the second factor.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn count_of_user(connection: &mut Connection, user_id: &UserId, now: Moment) -> Result<i64> {
    Ok(sqlx::query_scalar(COUNT_OF_USER).bind(user_id.as_str()).bind(now.micros()).fetch_one(connection).await?)
}

const OF_USER: &str =
    sessions!(" FROM sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY seen_at DESC LIMIT 0 + $3");

/// The active sessions of a user, latest activity first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn of_user(connection: &mut Connection, user_id: &UserId, now: Moment) -> Result<Vec<Session>> {
    let rows: Vec<Row> =
        sqlx::query_as(OF_USER).bind(user_id.as_str()).bind(now.micros()).bind(MAX_LIST).fetch_all(connection).await?;
    Ok(rows.into_iter().map(Session::from).collect())
}

const REMOVE_ONE: &str = "DELETE FROM sessions WHERE user_id = $1 AND id = $2";

/// Deletes one session of a user. `false` when it is not theirs or no longer exists.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn remove_one(connection: &mut Connection, user_id: &UserId, id: &SessionId) -> Result<bool> {
    let done = sqlx::query(REMOVE_ONE).bind(user_id.as_str()).bind(id.as_str()).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

/// The number of deleted sessions that were still active: expired rows remain until the next clean-up.
fn living(ends: &[i64], now: Moment) -> usize {
    ends.iter().filter(|end| **end > now.micros()).count()
}

const REMOVE_OTHERS_OF_USER: &str = "DELETE FROM sessions WHERE (user_id = $1 OR pending_user_id = $1) \
    AND token_hash <> $2 RETURNING expires_at";
const REMOVE_OTHERS_OF_OPERATOR: &str = "DELETE FROM sessions WHERE (operator_id = $1 OR pending_operator_id = $1) \
    AND token_hash <> $2 RETURNING expires_at";

/// Deletes every session of a person except one; an empty hash deletes all. Returns the number that were active.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn remove_others(
    connection: &mut Connection,
    owner: &Owner,
    spared_hash: &str,
    now: Moment,
) -> Result<usize> {
    let statement = match owner {
        Owner::User(_) => REMOVE_OTHERS_OF_USER,
        Owner::Operator(_) => REMOVE_OTHERS_OF_OPERATOR,
    };
    let ends: Vec<i64> =
        sqlx::query_scalar(statement).bind(owner.as_str()).bind(spared_hash).fetch_all(connection).await?;
    Ok(living(&ends, now))
}

const OF_OPERATOR: &str =
    sessions!(" FROM sessions WHERE operator_id = $1 AND expires_at > $2 ORDER BY seen_at DESC LIMIT 0 + $3");

/// The active sessions of an operator, latest activity first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn of_operator(connection: &mut Connection, id: &OperatorId, now: Moment) -> Result<Vec<Session>> {
    let rows: Vec<Row> =
        sqlx::query_as(OF_OPERATOR).bind(id.as_str()).bind(now.micros()).bind(MAX_LIST).fetch_all(connection).await?;
    Ok(rows.into_iter().map(Session::from).collect())
}

const KEEP_NEWEST: &str = "DELETE FROM sessions WHERE user_id = $1 AND token_hash NOT IN \
    (SELECT token_hash FROM sessions WHERE user_id = $1 ORDER BY seen_at DESC, created_at DESC LIMIT 0 + $2)";

/// Keeps a user's `most` recently active sessions and deletes the rest.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn keep_newest(connection: &mut Connection, user_id: &UserId, most: i64) -> Result<u64> {
    Ok(sqlx::query(KEEP_NEWEST).bind(user_id.as_str()).bind(most).execute(connection).await?.rows_affected())
}

const REMOVE_EXPIRED: &str = "DELETE FROM sessions WHERE expires_at <= $1";

/// Deletes expired sessions.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn remove_expired(connection: &mut Connection, now: Moment) -> Result<u64> {
    Ok(sqlx::query(REMOVE_EXPIRED).bind(now.micros()).execute(connection).await?.rows_affected())
}
