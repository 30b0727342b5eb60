//! The outbox of letters and SMS. A row is written in the transaction of the change that causes it.

use sqlx::FromRow;

use super::{Connection, Result, StorageError};
use crate::domain::calendar::Moment;
use crate::domain::id::MessageId;

/// The delivery channel of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Channel {
    /// By mail.
    Mail,
    /// By SMS.
    Sms,
    /// By a push to a browser.
    Push,
}

/// Which messages are sent first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Priority {
    /// At once: a person waits for a code, or must know of a danger.
    Urgent,
    /// After the urgent ones, and not in quiet hours.
    Notice,
}

impl Priority {
    const fn number(self) -> i64 {
        match self {
            Self::Urgent => 0,
            Self::Notice => 1,
        }
    }
}

impl Channel {
    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::Push => "push",
        }
    }
}

/// A message in the outbox. The body is sealed: letters carry links, codes and PINs.
#[derive(Clone, Eq, PartialEq)]
pub struct OutboxMessage {
    /// Random.
    pub id: MessageId,
    /// The delivery channel.
    pub channel: Channel,
    /// Which messages are sent first.
    pub priority: Priority,
    /// An e-mail address, a phone, or the identifier of a subscribed browser.
    pub recipient: String,
    /// The subject of a letter; empty for SMS.
    pub subject: String,
    /// The text, sealed.
    pub sealed_body: String,
    /// The number of delivery tries, including this one.
    pub tries: i64,
}

const INSERT: &str = "INSERT INTO outbox (id, channel, recipient, subject, body, state, tries, next_try_at, created_at, \
    priority) VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, $6, $7)";

/// Adds a message to the outbox; it is sent from `now` on.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn insert(connection: &mut Connection, message: &OutboxMessage, now: Moment) -> Result<()> {
    sqlx::query(INSERT)
        .bind(message.id.as_str())
        .bind(message.channel.as_str())
        .bind(&message.recipient)
        .bind(&message.subject)
        .bind(&message.sealed_body)
        .bind(now.micros())
        .bind(message.priority.number())
        .execute(connection)
        .await?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    id: String,
    channel: String,
    recipient: String,
    subject: String,
    body: String,
    tries: i64,
    priority: i64,
}

impl TryFrom<Row> for OutboxMessage {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: MessageId::trusted(row.id),
            channel: match row.channel.as_str() {
                "mail" => Channel::Mail,
                "sms" => Channel::Sms,
                "push" => Channel::Push,
                _ => return Err(StorageError::Corrupt { what: "channel of a message" }),
            },
            priority: if row.priority == Priority::Urgent.number() { Priority::Urgent } else { Priority::Notice },
            recipient: row.recipient,
            subject: row.subject,
            sealed_body: row.body,
            tries: row.tries,
        })
    }
}

const LEASE: &str = "UPDATE outbox SET next_try_at = $3, tries = tries + 1 WHERE id IN \
    (SELECT id FROM outbox WHERE state = 'waiting' AND next_try_at <= $1 AND priority <= $4 \
    ORDER BY priority, next_try_at LIMIT 0 + $2) \
    AND state = 'waiting' AND next_try_at <= $1 RETURNING id, channel, recipient, subject, body, tries, priority";

/// Leases due messages, urgent ones first: no other instance takes them before `until`. `last`: the priority of the last
/// ones that may be sent now.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn lease(
    connection: &mut Connection,
    now: Moment,
    until: Moment,
    most: i64,
    last: Priority,
) -> Result<Vec<OutboxMessage>> {
    let bound = sqlx::query_as(LEASE).bind(now.micros()).bind(most).bind(until.micros()).bind(last.number());
    let rows: Vec<Row> = bound.fetch_all(connection).await?;
    rows.into_iter().map(OutboxMessage::try_from).collect()
}

const SENT: &str = "UPDATE outbox SET state = 'sent', sent_at = $2, body = '', last_error = NULL WHERE id = $1";

/// Marks a message as sent and erases its text.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn mark_sent(connection: &mut Connection, id: &MessageId, now: Moment) -> Result<()> {
    sqlx::query(SENT).bind(id.as_str()).bind(now.micros()).execute(connection).await?;
    Ok(())
}

const RETRY: &str = "UPDATE outbox SET next_try_at = $2, last_error = $3 WHERE id = $1 AND state = 'waiting'";

/// Schedules the next retry.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn retry_at(connection: &mut Connection, id: &MessageId, at: Moment, error: &str) -> Result<()> {
    sqlx::query(RETRY).bind(id.as_str()).bind(at.micros()).bind(error).execute(connection).await?;
    Ok(())
}

const FAILED: &str = "UPDATE outbox SET state = 'failed', body = '', last_error = $2 WHERE id = $1";

/// Marks a message as failed and erases its text.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn mark_failed(connection: &mut Connection, id: &MessageId, error: &str) -> Result<()> {
    sqlx::query(FAILED).bind(id.as_str()).bind(error).execute(connection).await?;
    Ok(())
}

const WAITING: &str = "SELECT COUNT(*) FROM outbox WHERE state = 'waiting' AND priority = $1";

/// The number of waiting messages of a priority, for the administrator's metrics.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn waiting(connection: &mut Connection, priority: Priority) -> Result<i64> {
    Ok(sqlx::query_scalar(WAITING).bind(priority.number()).fetch_one(connection).await?)
}

const FORGET: &str = "DELETE FROM outbox WHERE state <> 'waiting' AND created_at <= $1";

/// Deletes sent and failed messages created up to a moment; returns their number. Waiting messages are kept.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn forget(connection: &mut Connection, written_by: Moment) -> Result<u64> {
    Ok(sqlx::query(FORGET).bind(written_by.micros()).execute(connection).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, on_both_engines};

    const OLD: Moment = Moment::from_micros(10);
    const NEW: Moment = Moment::from_micros(11);

    fn letter(name: char) -> OutboxMessage {
        OutboxMessage {
            id: MessageId::trusted(name.to_string().repeat(26)),
            channel: Channel::Mail,
            priority: Priority::Urgent,
            recipient: "a@example.ru".into(),
            subject: "Тема".into(),
            sealed_body: "v1.".into(),
            tries: 0,
        }
    }

    on_both_engines! {
        async fn old_messages_that_left_or_were_given_up_are_forgotten_and_the_rest_kept(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            for (name, at) in [('a', OLD), ('b', OLD), ('c', OLD), ('d', NEW)] {
                insert(&mut tx, &letter(name), at).await.unwrap();
            }
            mark_sent(&mut tx, &letter('a').id, NEW).await.unwrap();
            mark_failed(&mut tx, &letter('b').id, "no such mailbox").await.unwrap();
            mark_sent(&mut tx, &letter('d').id, NEW).await.unwrap();
            assert_eq!(forget(&mut tx, OLD).await.unwrap(), 2);
            assert_eq!(waiting(&mut tx, Priority::Urgent).await.unwrap(), 1, "an old letter that still waits is kept");
            assert_eq!(forget(&mut tx, NEW).await.unwrap(), 1, "the newer one was there until now");
        }

        async fn a_code_goes_before_notices_that_are_due_longer(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            for name in ['a', 'b'] {
                insert(&mut tx, &OutboxMessage { priority: Priority::Notice, ..letter(name) }, OLD).await.unwrap();
            }
            insert(&mut tx, &letter('c'), NEW).await.unwrap();
            let until = Moment::from_micros(100);
            let first = lease(&mut tx, NEW, until, 1, Priority::Notice).await.unwrap();
            assert_eq!(first.iter().map(|message| message.id.as_str()).collect::<String>(), "c".repeat(26));
            assert!(lease(&mut tx, NEW, until, 9, Priority::Urgent).await.unwrap().is_empty(), "quiet hours");
            assert_eq!(lease(&mut tx, NEW, until, 9, Priority::Notice).await.unwrap().len(), 2);
        }
    }
}
