//! Threads of feedback (M11).

use sqlx::FromRow;

use super::operators::account_in_scope;
use super::users::Consent;
use super::{Connection, Result, StorageError};
use crate::domain::calendar::Moment;
use crate::domain::feedback::{Author, Thread, ThreadMessage, ThreadOwner};
use crate::domain::id::{OperatorId, ThreadId, UserId};
use crate::domain::login::Login;
use crate::domain::operator::Scope;
use crate::domain::paging::PagePlace;

/// Most threads listed for a user.
const MAX_THREADS: i64 = 100;
/// Most messages of one thread: the page shows all of them.
pub const MAX_MESSAGES: i64 = 200;

#[derive(FromRow)]
struct ThreadRow {
    id: String,
    user_id: Option<String>,
    contact: Option<String>,
    subject: String,
    last_author: String,
    updated_at: i64,
}

fn author(text: &str) -> Result<Author> {
    Author::parse(text).ok_or(StorageError::Corrupt { what: "author of a message" })
}

fn owner(user_id: Option<String>, contact: Option<String>) -> Result<ThreadOwner> {
    match (user_id, contact.map(|contact| Login::parse(&contact))) {
        (Some(id), None) => Ok(ThreadOwner::User(UserId::trusted(id))),
        (None, Some(Ok(contact))) => Ok(ThreadOwner::Guest(contact)),
        _ => Err(StorageError::Corrupt { what: "owner of a thread" }),
    }
}

impl TryFrom<ThreadRow> for Thread {
    type Error = StorageError;

    fn try_from(row: ThreadRow) -> Result<Self> {
        Ok(Self {
            id: ThreadId::trusted(row.id),
            owner: owner(row.user_id, row.contact)?,
            subject: row.subject,
            last_author: author(&row.last_author)?,
            updated_at: Moment::from_micros(row.updated_at),
        })
    }
}

const INSERT: &str = "INSERT INTO feedback_threads \
    (id, user_id, contact, subject, last_author, created_at, updated_at, consent_at, consent_from, consent_version) \
    VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9)";

/// Creates a thread; [`add_message`] adds its first message. A person without an account gives a consent with it; users
/// gave theirs at registration.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn insert(connection: &mut Connection, thread: &Thread, consent: Option<&Consent>) -> Result<()> {
    let (user_id, contact) = match &thread.owner {
        ThreadOwner::User(id) => (Some(id.as_str()), None),
        ThreadOwner::Guest(contact) => (None, Some(contact.as_str())),
    };
    sqlx::query(INSERT)
        .bind(thread.id.as_str())
        .bind(user_id)
        .bind(contact)
        .bind(&thread.subject)
        .bind(thread.last_author.as_str())
        .bind(thread.updated_at.micros())
        .bind(consent.map(|consent| consent.at.micros()))
        .bind(consent.map(|consent| consent.from.as_str()))
        .bind(consent.map(|consent| consent.version.as_str()))
        .execute(connection)
        .await?;
    Ok(())
}

const NEXT_NUMBER: &str = "SELECT COALESCE(MAX(number), 0) + 1 FROM feedback_messages WHERE thread_id = $1";
const ADD: &str = "INSERT INTO feedback_messages (thread_id, number, author, operator_id, body, at) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const BUMP: &str = "UPDATE feedback_threads SET last_author = $2, updated_at = $3 WHERE id = $1";

/// Adds a message to a thread.
///
/// # Errors
/// [`StorageError::Conflict`] when another message was added at the same moment, or the thread is full.
pub async fn add_message(
    connection: &mut Connection,
    thread_id: &ThreadId,
    message: &ThreadMessage,
    operator_id: Option<&OperatorId>,
) -> Result<()> {
    let number: i64 = sqlx::query_scalar(NEXT_NUMBER).bind(thread_id.as_str()).fetch_one(&mut *connection).await?;
    if number > MAX_MESSAGES {
        return Err(StorageError::Conflict);
    }
    sqlx::query(ADD)
        .bind(thread_id.as_str())
        .bind(number)
        .bind(message.author.as_str())
        .bind(operator_id.map(OperatorId::as_str))
        .bind(&message.body)
        .bind(message.at.micros())
        .execute(&mut *connection)
        .await?;
    sqlx::query(BUMP)
        .bind(thread_id.as_str())
        .bind(message.author.as_str())
        .bind(message.at.micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// A query for threads `t`.
macro_rules! threads {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.user_id, t.contact, t.subject, t.last_author, t.updated_at FROM feedback_threads t \
             WHERE ",
            $rest
        )
    };
}

const BY_ID: &str = threads!("t.id = $1");

/// The thread with an identifier.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn by_id(connection: &mut Connection, id: &ThreadId) -> Result<Option<Thread>> {
    let row: Option<ThreadRow> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(connection).await?;
    row.map(Thread::try_from).transpose()
}

const OF_USER: &str = threads!("t.user_id = $1 ORDER BY t.updated_at DESC LIMIT 0 + $2");

/// A user's threads, latest activity first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn of_user(connection: &mut Connection, user_id: &UserId) -> Result<Vec<Thread>> {
    let rows: Vec<ThreadRow> =
        sqlx::query_as(OF_USER).bind(user_id.as_str()).bind(MAX_THREADS).fetch_all(connection).await?;
    rows.into_iter().map(Thread::try_from).collect()
}

const NEWEST_OF_GUEST: &str = threads!("t.contact = $1 ORDER BY t.updated_at DESC LIMIT 1");

/// The newest thread of a person without an account.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn newest_of_guest(connection: &mut Connection, contact: &Login) -> Result<Option<Thread>> {
    let row: Option<ThreadRow> =
        sqlx::query_as(NEWEST_OF_GUEST).bind(contact.as_str()).fetch_optional(connection).await?;
    row.map(Thread::try_from).transpose()
}

const FORGET_MESSAGES_OF_GUESTS: &str = "DELETE FROM feedback_messages WHERE thread_id IN \
    (SELECT id FROM feedback_threads WHERE contact IS NOT NULL AND updated_at < $1)";
const FORGET_GUESTS: &str = "DELETE FROM feedback_threads WHERE contact IS NOT NULL AND updated_at < $1";

/// Deletes the threads of people without an account whose last message is older than a moment.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn forget_guests(connection: &mut Connection, before: Moment) -> Result<()> {
    for statement in [FORGET_MESSAGES_OF_GUESTS, FORGET_GUESTS] {
        sqlx::query(statement).bind(before.micros()).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Threads per page of the operators' list.
pub const QUEUE_PAGE: u32 = 50;

/// A condition on threads: the user has linked an account of one of the operator `$1`'s providers, or the operator has
/// all providers.
macro_rules! in_scope {
    () => {
        concat!(
            "(EXISTS (SELECT 1 FROM operators w WHERE w.id = $1 AND w.disabled_at IS NULL AND w.all_providers = 1) \
             OR EXISTS (SELECT 1 FROM links l JOIN accounts a ON a.id = l.account_id WHERE l.user_id = t.user_id AND ",
            account_in_scope!(),
            "))"
        )
    };
}

const QUEUE: &str = concat!(
    threads!(""),
    in_scope!(),
    " ORDER BY CASE WHEN t.last_author = 'user' THEN 0 ELSE 1 END, t.updated_at, t.id LIMIT 0 + $2 OFFSET 0 + $3"
);

/// A page of the threads in the operator's scope: unanswered threads first, each group oldest first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn queue(connection: &mut Connection, scope: &Scope, place: PagePlace) -> Result<Vec<Thread>> {
    let rows: Vec<ThreadRow> = sqlx::query_as(QUEUE)
        .bind(scope.operator_id.as_str())
        .bind(place.size())
        .bind(place.offset())
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(Thread::try_from).collect()
}

const COUNT: &str = concat!(
    "SELECT COUNT(*), COALESCE(SUM(CASE WHEN t.last_author = 'user' THEN 1 ELSE 0 END), 0) \
     FROM feedback_threads t WHERE ",
    in_scope!()
);

/// The number of threads in the operator's scope, and of unanswered ones among them.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn count(connection: &mut Connection, scope: &Scope) -> Result<(i64, i64)> {
    let bound = sqlx::query_as(COUNT).bind(scope.operator_id.as_str());
    Ok(bound.fetch_one(connection).await?)
}

const IN_SCOPE: &str = concat!("SELECT COUNT(*) FROM feedback_threads t WHERE t.id = $2 AND ", in_scope!());

/// Whether a thread is in the operator's scope.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn is_in_scope(connection: &mut Connection, scope: &Scope, id: &ThreadId) -> Result<bool> {
    let count: i64 =
        sqlx::query_scalar(IN_SCOPE).bind(scope.operator_id.as_str()).bind(id.as_str()).fetch_one(connection).await?;
    Ok(count > 0)
}

#[derive(FromRow)]
struct MessageRow {
    author: String,
    body: String,
    at: i64,
}

const MESSAGES: &str =
    "SELECT author, body, at FROM feedback_messages WHERE thread_id = $1 ORDER BY number LIMIT 0 + $2";

/// The messages of a thread, in order.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn messages(connection: &mut Connection, thread_id: &ThreadId) -> Result<Vec<ThreadMessage>> {
    let rows: Vec<MessageRow> =
        sqlx::query_as(MESSAGES).bind(thread_id.as_str()).bind(MAX_MESSAGES).fetch_all(connection).await?;
    rows.into_iter()
        .map(|row| Ok(ThreadMessage { author: author(&row.author)?, body: row.body, at: Moment::from_micros(row.at) }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Database;
    use crate::storage::testing::{TestDatabase, dump, on_both_engines};

    fn question(name: char, contact: &str) -> Thread {
        Thread {
            id: ThreadId::trusted(name.to_string().repeat(26)),
            owner: ThreadOwner::Guest(Login::parse(contact).unwrap()),
            subject: "Вход".into(),
            last_author: Author::User,
            updated_at: Moment::from_micros(10),
        }
    }

    on_both_engines! {
        async fn the_consent_of_a_guest_is_stored_with_the_thread_and_forgotten_with_it(test: TestDatabase) {
            let consent = Consent { at: Moment::from_micros(9), from: "192.0.2.1".into(), version: "2026-11-01".into() };
            let mut tx = test.database.begin().await.unwrap();
            insert(&mut tx, &question('a', "a@example.ru"), Some(&consent)).await.unwrap();
            insert(&mut tx, &question('b', "b@example.ru"), None).await.unwrap();
            Database::commit(tx).await.unwrap();
            let rows = dump(&test.database, "feedback_threads").await;
            let rows: Vec<&str> = rows.lines().collect();
            assert_eq!(rows.len(), 2);
            assert!(rows.iter().any(|row| row.contains("a@example.ru") && row.ends_with("|9|192.0.2.1|2026-11-01")));
            assert!(rows.iter().any(|row| row.contains("b@example.ru") && row.ends_with("|||")));
            let mut tx = test.database.begin().await.unwrap();
            forget_guests(&mut tx, Moment::from_micros(11)).await.unwrap();
            Database::commit(tx).await.unwrap();
            assert_eq!(dump(&test.database, "feedback_threads").await, "");
        }
    }
}
