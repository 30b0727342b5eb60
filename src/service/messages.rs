//! Letters, SMS and pushes: how they get into the outbox, and how the worker sends them. `texts` has what letters and SMS
//! say that are no notices.

mod body;
mod texts;

use futures::future::join_all;

pub(super) use body::{AttachedReceipt, Body};

use super::{Fault, Services, notices, push, receipts};
use crate::domain::calendar::{Moment, Span};
use crate::domain::id::{MessageId, PushSubscriptionId, UserId};
use crate::domain::login::Login;
use crate::gateway::mail::{Attachment, Letter, SendError};
use crate::gateway::sms::Sms;
use crate::storage::outbox::{Channel, OutboxMessage, Priority};
use crate::storage::{Connection, Database, contacts, outbox, refused_addresses};
use crate::telemetry::chain;

/// How long a worker's lease on its batch lasts. Messages are sent in parallel, each within a gateway's timeout of at
/// most a minute, so a batch ends before another worker can lease it.
const LEASE: Span = Span::minutes(2);
/// Messages per batch: as many as there are connections to the mail server.
const BATCH: i64 = 10;
/// Tries before a message is marked as failed: with the back-off below about a day and a half.
const MAX_TRIES: i64 = 12;
/// The purpose of bodies that were sealed before each was bound to its message.
const OLDER_PURPOSE: &str = "outbox";

/// The purposes of a sealed body: bound to its message, it cannot be moved to another recipient. The older purpose
/// comes second.
pub(super) fn outbox_purposes(message_id: &str) -> [String; 2] {
    [format!("outbox:{message_id}"), OLDER_PURPOSE.to_owned()]
}

/// The texts of a message, by channel.
#[derive(Clone)]
pub(super) struct Text {
    pub subject: &'static str,
    pub letter: String,
    pub sms: String,
}

/// A message to be put into the outbox.
pub(super) struct Outgoing<'a> {
    pub channel: Channel,
    /// An e-mail address, a phone, or the identifier of a subscribed browser.
    pub to: &'a str,
    /// The subject of a letter; empty for others.
    pub subject: &'a str,
    pub body: Body,
    pub priority: Priority,
    /// When it is sent, at the earliest.
    pub at: Moment,
}

impl Services {
    /// Writes a message into the outbox, in the transaction of the change that causes it.
    pub(super) async fn put_out(&self, connection: &mut Connection, outgoing: Outgoing<'_>) -> Result<(), Fault> {
        let id = MessageId::trusted(self.nature().id());
        let [purpose, _] = outbox_purposes(id.as_str());
        let message = OutboxMessage {
            sealed_body: self.vault().seal(&purpose, &outgoing.body.written()),
            id,
            channel: outgoing.channel,
            priority: outgoing.priority,
            recipient: outgoing.to.to_owned(),
            subject: outgoing.subject.to_owned(),
            tries: 0,
        };
        Ok(outbox::insert(connection, &message, outgoing.at).await?)
    }

    /// Writes a letter or an SMS that is sent at once.
    pub(super) async fn send(&self, connection: &mut Connection, to: &Login, text: Text) -> Result<(), Fault> {
        let (channel, subject, body) = match to {
            Login::Email(_) => (Channel::Mail, text.subject, text.letter),
            Login::Phone(_) => (Channel::Sms, "", text.sms),
        };
        let (to, body, at) = (to.as_str(), Body::plain(body), self.now());
        self.put_out(connection, Outgoing { channel, to, subject, body, priority: Priority::Urgent, at }).await
    }

    /// Writes a security event to the login and the second contact of a user, to their browsers and into the portal: a
    /// lost mailbox or phone must not hide it.
    pub(super) async fn alert(
        &self,
        connection: &mut Connection,
        user_id: &UserId,
        login: &Login,
        text: Text,
    ) -> Result<(), Fault> {
        notices::show_alert(self, connection, user_id, &text).await?;
        let contact = contacts::of_user(connection, user_id).await?;
        for address in std::iter::once(login).chain(&contact) {
            self.send(connection, address, text.clone()).await?;
        }
        Ok(())
    }
}

/// Sends a batch of due messages. Returns the size of the batch; call again until it is 0.
///
/// # Errors
/// [`Fault`] when the outbox itself cannot be read or written.
pub async fn deliver(services: &Services) -> Result<usize, Fault> {
    let now = services.now();
    let mut tx = services.db().begin().await?;
    let last = if is_quiet(services, now) { Priority::Urgent } else { Priority::Notice };
    let batch = outbox::lease(&mut tx, now, now.plus(LEASE), BATCH, last).await?;
    Database::commit(tx).await?;
    let delivered = join_all(batch.iter().map(|message| deliver_one(services, message))).await;
    delivered.into_iter().collect::<Result<(), Fault>>()?;
    Ok(batch.len())
}

/// Whether no notice may be sent now.
fn is_quiet(services: &Services, now: Moment) -> bool {
    let settings = services.settings();
    settings.notices.quiet.after(now, settings.utc_offset_hours) > now
}

async fn deliver_one(services: &Services, message: &OutboxMessage) -> Result<(), Fault> {
    let [purpose, older] = outbox_purposes(message.id.as_str());
    let vault = services.vault();
    let opened = vault.unseal(&purpose, &message.sealed_body).or_else(|_| vault.unseal(&older, &message.sealed_body));
    let sent = match opened {
        Ok(opened) => hand_over(services, message, Body::read(opened)).await,
        Err(_) => Err(SendError::Permanent("the text was sealed with another key".to_owned())),
    };
    let mut tx = services.db().begin().await?;
    note_outcome(services, &mut tx, message, sent).await?;
    Ok(Database::commit(tx).await?)
}

async fn note_outcome(
    services: &Services,
    connection: &mut Connection,
    message: &OutboxMessage,
    sent: Result<(), SendError>,
) -> Result<(), Fault> {
    let now = services.now();
    match sent {
        Ok(()) => {
            outbox::mark_sent(connection, &message.id, now).await?;
            refused_addresses::remove(connection, &message.recipient).await?;
        }
        Err(SendError::Temporary(error)) if message.tries < MAX_TRIES => {
            tracing::warn!(message.id = %message.id, message.tries, error, "a message was not sent, will try again");
            outbox::retry_at(connection, &message.id, now.plus(back_off(message.tries)), &error).await?;
        }
        Err(SendError::Refused(error)) => {
            tracing::warn!(message.id = %message.id, error, "an address refuses messages");
            outbox::mark_failed(connection, &message.id, &error).await?;
            if message.channel != Channel::Push {
                refused_addresses::add(connection, &message.recipient, now, &error).await?;
            }
        }
        Err(SendError::Temporary(error) | SendError::Permanent(error)) => {
            tracing::error!(message.id = %message.id, message.tries, error, "a message is given up");
            outbox::mark_failed(connection, &message.id, &error).await?;
        }
    }
    Ok(())
}

async fn hand_over(services: &Services, message: &OutboxMessage, body: Body) -> Result<(), SendError> {
    match message.channel {
        Channel::Mail => {
            let attachment = match &body.receipt {
                Some(receipt) => attached(services, receipt).await?,
                None => None,
            };
            let Body { text, html, unsubscribe, .. } = body;
            let (to, subject) = (message.recipient.clone(), message.subject.clone());
            let letter = Letter { html, unsubscribe, attachment, ..Letter::plain(to, subject, text) };
            services.inner.mailer.send(&letter).await
        }
        Channel::Sms => services.inner.sms.send(&Sms { to: message.recipient.clone(), text: body.text }).await,
        Channel::Push => {
            let gone = || SendError::Permanent("not a subscribed browser".to_owned());
            let to = PushSubscriptionId::parse(&message.recipient).map_err(|_| gone())?;
            push::hand_over(services, &to, body.text).await
        }
    }
}

/// Prints the receipt of a letter; `None` when billing has taken the month back.
async fn attached(services: &Services, receipt: &AttachedReceipt) -> Result<Option<Attachment>, SendError> {
    let Some(period) = receipt.period() else { return Ok(None) };
    let printed = receipts::print_to_attach(services, &receipt.account_id, period).await;
    let pdf = printed.map_err(|fault| SendError::Temporary(chain(&fault)))?;
    Ok(pdf.map(|pdf| Attachment { name: format!("kvitancia-{}.pdf", period.machine()), pdf }))
}

/// 15 s, doubled with every try, at most 6 h.
fn back_off(tries: i64) -> Span {
    let doublings = u32::try_from(tries.clamp(1, 12) - 1).unwrap_or(0);
    Span::seconds((15_i64 << doublings).min(6 * 3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_between_tries_double_and_end_at_six_hours() {
        assert_eq!(back_off(1), Span::seconds(15));
        assert_eq!(back_off(2), Span::seconds(30));
        assert_eq!(back_off(12), Span::hours(6));
        assert_eq!(back_off(i64::MAX), Span::hours(6));
    }
}
