//! Demo mode: stores letters and SMS instead of sending them.

use super::{Connection, Result, StorageError};
use crate::domain::calendar::{Moment, Span};

/// Messages on one page, newest first.
const PAGE: i64 = 100;
/// Retention of demo messages: older ones are of no use, and the table must not grow without bound.
const KEPT_FOR: Span = Span::days(7);

/// The channel that would have carried a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DemoChannel {
    /// By mail.
    Letter,
    /// By SMS.
    Sms,
}

impl DemoChannel {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Letter => "mail",
            Self::Sms => "sms",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Letter, Self::Sms].into_iter().find(|channel| channel.as_str() == text)
    }
}

/// A letter or an SMS of the demo. Has no `Debug`: it carries links and PINs.
#[derive(Clone, Eq, PartialEq)]
pub struct DemoMessage {
    /// Random, used in addresses.
    pub id: String,
    /// The channel that would have carried it.
    pub channel: DemoChannel,
    /// The e-mail address, or the phone as `+7XXXXXXXXXX`.
    pub recipient: String,
    /// The subject; empty for SMS.
    pub subject: String,
    /// The text.
    pub body: String,
    /// When the sender handed it over.
    pub received_at: Moment,
    /// Whether it is HTML too: [`html_of`].
    pub has_html: bool,
    /// The name of the attached document, which itself is not stored.
    pub attachment: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    channel: String,
    recipient: String,
    subject: String,
    body: String,
    received_at: i64,
    has_html: i64,
    attachment: Option<String>,
}

impl TryFrom<Row> for DemoMessage {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            channel: DemoChannel::parse(&row.channel).ok_or(StorageError::Corrupt { what: "channel of a message" })?,
            recipient: row.recipient,
            subject: row.subject,
            body: row.body,
            received_at: Moment::from_micros(row.received_at),
            has_html: row.has_html != 0,
            attachment: row.attachment,
        })
    }
}

const INSERT: &str = "INSERT INTO demo_mailbox \
     (id, channel, recipient, subject, body, received_at, html, attachment) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const FORGET: &str = "DELETE FROM demo_mailbox WHERE received_at < $1";

/// Stores a message, as HTML too where `html` is some, and deletes those older than a week.
///
/// # Errors
/// [`StorageError::Database`] when the database refuses or does not answer.
pub async fn insert(connection: &mut Connection, message: &DemoMessage, html: Option<&str>) -> Result<()> {
    sqlx::query(INSERT)
        .bind(&message.id)
        .bind(message.channel.as_str())
        .bind(&message.recipient)
        .bind(&message.subject)
        .bind(&message.body)
        .bind(message.received_at.micros())
        .bind(html)
        .bind(message.attachment.as_deref())
        .execute(&mut *connection)
        .await?;
    sqlx::query(FORGET).bind(message.received_at.minus(KEPT_FOR).micros()).execute(connection).await?;
    Ok(())
}

/// A query for messages.
macro_rules! messages {
    ($rest:literal) => {
        concat!(
            "SELECT id, channel, recipient, subject, body, received_at, \
             CAST(CASE WHEN html IS NULL THEN 0 ELSE 1 END AS BIGINT) AS has_html, attachment FROM demo_mailbox ",
            $rest
        )
    };
}

const NEWEST: &str = messages!("ORDER BY received_at DESC, id LIMIT 0 + $1");
const NEWEST_TO: &str = messages!("WHERE recipient = $2 ORDER BY received_at DESC, id LIMIT 0 + $1");

/// The newest hundred messages, newest first; of one recipient, or of all.
///
/// # Errors
/// [`StorageError::Database`] when the database refuses or does not answer; [`StorageError::Corrupt`] when a stored
/// channel is unknown.
pub async fn newest(connection: &mut Connection, recipient: Option<&str>) -> Result<Vec<DemoMessage>> {
    let query = match recipient {
        None => sqlx::query_as(NEWEST).bind(PAGE),
        Some(recipient) => sqlx::query_as(NEWEST_TO).bind(PAGE).bind(recipient.to_owned()),
    };
    let rows: Vec<Row> = query.fetch_all(connection).await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

const FIND: &str = messages!("WHERE id = $1");

/// One message.
///
/// # Errors
/// As [`newest`].
pub async fn find(connection: &mut Connection, id: &str) -> Result<Option<DemoMessage>> {
    let row: Option<Row> = sqlx::query_as(FIND).bind(id).fetch_optional(connection).await?;
    row.map(TryInto::try_into).transpose()
}

const HTML_OF: &str = "SELECT html FROM demo_mailbox WHERE id = $1 AND html IS NOT NULL";

/// The HTML of a letter; `None` for an unknown message and one in plain text only.
///
/// # Errors
/// [`StorageError::Database`] when the database refuses or does not answer.
pub async fn html_of(connection: &mut Connection, id: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(HTML_OF).bind(id).fetch_optional(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, on_both_engines};

    fn message(number: i64, recipient: &str) -> DemoMessage {
        DemoMessage {
            id: format!("m{number}"),
            channel: DemoChannel::Letter,
            recipient: recipient.into(),
            subject: "Тема".into(),
            body: "Текст".into(),
            received_at: Moment::from_micros(number),
            has_html: false,
            attachment: None,
        }
    }

    on_both_engines! {
        async fn the_newest_hundred_come_first_and_may_be_of_one_recipient(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            for number in 0..105 {
                let recipient = if number % 2 == 0 { "a@example.ru" } else { "+79021234567" };
                insert(&mut tx, &message(number, recipient), None).await.unwrap();
            }
            let all = newest(&mut tx, None).await.unwrap();
            assert_eq!((all.len(), all[0].id.as_str(), all[99].id.as_str()), (100, "m104", "m5"));
            let some = newest(&mut tx, Some("+79021234567")).await.unwrap();
            assert_eq!((some.len(), some[0].id.as_str()), (52, "m103"));
        }

        async fn a_message_is_read_back_as_it_was_kept(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            insert(&mut tx, &message(7, "+79021234567"), None).await.unwrap();
            assert!(find(&mut tx, "m7").await.unwrap() == Some(message(7, "+79021234567")));
            assert!(find(&mut tx, "nobody").await.unwrap().is_none());
        }

        async fn a_letter_in_html_keeps_it_beside_its_text(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let attachment = Some("Квитанция.pdf".to_owned());
            let letter = DemoMessage { has_html: true, attachment, ..message(8, "a@example.ru") };
            insert(&mut tx, &letter, Some("<p>Текст</p>")).await.unwrap();
            insert(&mut tx, &message(9, "a@example.ru"), None).await.unwrap();
            assert!(find(&mut tx, "m8").await.unwrap() == Some(letter));
            assert_eq!(html_of(&mut tx, "m8").await.unwrap().as_deref(), Some("<p>Текст</p>"));
            for none in ["m9", "nobody"] {
                assert_eq!(html_of(&mut tx, none).await.unwrap(), None);
            }
        }

        async fn messages_older_than_a_week_are_forgotten(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            for number in [1, 2, 3] {
                insert(&mut tx, &message(number, "a@example.ru"), None).await.unwrap();
            }
            let received_at = Moment::from_micros(2).plus(KEPT_FOR);
            insert(&mut tx, &DemoMessage { received_at, ..message(4, "a@example.ru") }, None).await.unwrap();
            let left: Vec<String> = newest(&mut tx, None).await.unwrap().into_iter().map(|m| m.id).collect();
            assert_eq!(left, ["m4", "m3", "m2"]);
        }
    }
}
