//! The SMS gateway's twin for tests: keeps messages instead of sending them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;

use super::{SendError, Sms, SmsGateway};

/// How the twin answers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Mood {
    #[default]
    Sends,
    FailsForNow,
    FailsForEver,
}

#[derive(Default)]
struct Record {
    messages: Vec<Sms>,
    mood: Mood,
}

/// Keeps every message. Clones share one record.
#[derive(Clone, Default)]
pub struct RecordingSms(Arc<Mutex<Record>>);

impl RecordingSms {
    /// An empty record.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every message so far, oldest first.
    pub fn messages(&self) -> Vec<Sms> {
        self.record().messages.clone()
    }

    /// The newest message to a phone, as `+7XXXXXXXXXX`.
    pub fn last_to(&self, phone: &str) -> Option<Sms> {
        self.record().messages.iter().rev().find(|sms| sms.to == phone).cloned()
    }

    /// From now on messages are refused as [`SendError::Temporary`].
    pub fn fails_for_now(&self) {
        self.record().mood = Mood::FailsForNow;
    }

    /// From now on messages are refused as [`SendError::Permanent`].
    pub fn fails_for_ever(&self) {
        self.record().mood = Mood::FailsForEver;
    }

    /// From now on messages are kept again.
    pub fn works_again(&self) {
        self.record().mood = Mood::Sends;
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, sms: &Sms) -> Result<(), SendError> {
        let mut record = self.record();
        match record.mood {
            Mood::Sends => {
                record.messages.push(sms.clone());
                Ok(())
            }
            Mood::FailsForNow => Err(SendError::Temporary("the twin was told to fail".into())),
            Mood::FailsForEver => Err(SendError::Permanent("the twin was told to fail".into())),
        }
    }
}

impl SmsGateway for RecordingSms {
    fn send<'a>(&'a self, sms: &'a Sms) -> BoxFuture<'a, Result<(), SendError>> {
        let kept = self.keep(sms);
        Box::pin(async move { kept })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_twin_keeps_messages_unless_told_to_fail() {
        let gateway = RecordingSms::new();
        let sms = Sms { to: "+79021234567".into(), text: "2".into() };
        gateway.send(&sms).await.unwrap();
        gateway.fails_for_now();
        assert!(matches!(gateway.send(&sms).await, Err(SendError::Temporary(_))));
        gateway.fails_for_ever();
        assert!(matches!(gateway.send(&sms).await, Err(SendError::Permanent(_))));
        gateway.works_again();
        assert_eq!(gateway.messages(), std::slice::from_ref(&sms));
        assert_eq!(gateway.last_to("+79021234567"), Some(sms));
        assert_eq!(gateway.last_to("+79020000000"), None);
    }
}
