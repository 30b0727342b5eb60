//! Test doubles of the mail server, the SMS gateway and the push services: they store messages instead of sending them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;

use super::mail::{Letter, Mailer, SendError};
use super::push::{Push, PushError, PushGateway};
use super::sms::{Sms, SmsGateway};

/// The test double of a mail server.
pub type RecordingMailer = Recording<Letter>;
/// The test double of an SMS gateway.
pub type RecordingSms = Recording<Sms>;
/// The test double of every push service.
pub type RecordingPush = Recording<Push>;

/// A message with a recipient.
pub trait Addressed {
    /// The recipient's address, phone or endpoint, as given to the sender.
    fn addressee(&self) -> &str;
}

impl Addressed for Letter {
    fn addressee(&self) -> &str {
        &self.to
    }
}

impl Addressed for Sms {
    fn addressee(&self) -> &str {
        &self.to
    }
}

impl Addressed for Push {
    fn addressee(&self) -> &str {
        &self.to.endpoint
    }
}

/// How the double answers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Mood {
    #[default]
    Sends,
    FailsForNow,
    FailsForEver,
    Refuses,
}

struct Record<M> {
    messages: Vec<M>,
    mood: Mood,
}

/// Stores every message. Clones share one record.
#[derive(Clone)]
pub struct Recording<M>(Arc<Mutex<Record<M>>>);

impl<M> Default for Recording<M> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Record { messages: Vec::new(), mood: Mood::default() })))
    }
}

impl<M: Addressed + Clone> Recording<M> {
    /// An empty record.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every message so far, oldest first.
    pub fn messages(&self) -> Vec<M> {
        self.record().messages.clone()
    }

    /// The newest message to an address or a phone.
    pub fn last_to(&self, addressee: &str) -> Option<M> {
        self.record().messages.iter().rev().find(|message| message.addressee() == addressee).cloned()
    }

    /// From now on messages fail with [`SendError::Temporary`].
    pub fn fails_for_now(&self) {
        self.record().mood = Mood::FailsForNow;
    }

    /// From now on messages fail with [`SendError::Permanent`], and pushes with [`PushError::Gone`].
    pub fn fails_for_ever(&self) {
        self.record().mood = Mood::FailsForEver;
    }

    /// From now on messages fail with [`SendError::Refused`].
    pub fn refuses(&self) {
        self.record().mood = Mood::Refuses;
    }

    /// From now on messages are stored again.
    pub fn works_again(&self) {
        self.record().mood = Mood::Sends;
    }

    fn record(&self) -> MutexGuard<'_, Record<M>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, message: &M) -> Result<(), SendError> {
        let mut record = self.record();
        match record.mood {
            Mood::Sends => {
                record.messages.push(message.clone());
                Ok(())
            }
            Mood::FailsForNow => Err(SendError::Temporary("the twin was told to fail".into())),
            Mood::FailsForEver => Err(SendError::Permanent("the twin was told to fail".into())),
            Mood::Refuses => Err(SendError::Refused("the twin was told to refuse".into())),
        }
    }
}

impl Mailer for RecordingMailer {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move { self.keep(letter) })
    }
}

impl SmsGateway for RecordingSms {
    fn send<'a>(&'a self, sms: &'a Sms) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move { self.keep(sms) })
    }
}

impl PushGateway for RecordingPush {
    fn send<'a>(&'a self, push: &'a Push) -> BoxFuture<'a, Result<(), PushError>> {
        Box::pin(async move {
            self.keep(push).map_err(|error| match error {
                SendError::Temporary(why) => PushError::Temporary(why),
                SendError::Permanent(_) | SendError::Refused(_) => PushError::Gone,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_twin_keeps_messages_unless_told_to_fail() {
        let mailer = RecordingMailer::new();
        let letter = Letter::plain("a@example.ru".into(), "1".into(), "2".into());
        mailer.send(&letter).await.unwrap();
        mailer.fails_for_now();
        assert!(matches!(mailer.send(&letter).await, Err(SendError::Temporary(_))));
        mailer.fails_for_ever();
        assert!(matches!(mailer.send(&letter).await, Err(SendError::Permanent(_))));
        mailer.works_again();
        assert_eq!(mailer.messages(), std::slice::from_ref(&letter));
        assert_eq!(mailer.last_to("a@example.ru"), Some(letter));
        assert_eq!(mailer.last_to("b@example.ru"), None);
    }
}
