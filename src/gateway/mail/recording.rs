//! The mailer's twin for tests: keeps letters instead of sending them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;

use super::{Letter, Mailer, SendError};

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
    letters: Vec<Letter>,
    mood: Mood,
}

/// Keeps every letter. Clones share one record.
#[derive(Clone, Default)]
pub struct RecordingMailer(Arc<Mutex<Record>>);

impl RecordingMailer {
    /// An empty record.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every letter so far, oldest first.
    pub fn letters(&self) -> Vec<Letter> {
        self.record().letters.clone()
    }

    /// The newest letter to an address.
    pub fn last_to(&self, address: &str) -> Option<Letter> {
        self.record().letters.iter().rev().find(|letter| letter.to == address).cloned()
    }

    /// From now on letters are refused as [`SendError::Temporary`].
    pub fn fails_for_now(&self) {
        self.record().mood = Mood::FailsForNow;
    }

    /// From now on letters are refused as [`SendError::Permanent`].
    pub fn fails_for_ever(&self) {
        self.record().mood = Mood::FailsForEver;
    }

    /// From now on letters are kept again.
    pub fn works_again(&self) {
        self.record().mood = Mood::Sends;
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, letter: &Letter) -> Result<(), SendError> {
        let mut record = self.record();
        match record.mood {
            Mood::Sends => {
                record.letters.push(letter.clone());
                Ok(())
            }
            Mood::FailsForNow => Err(SendError::Temporary("the twin was told to fail".into())),
            Mood::FailsForEver => Err(SendError::Permanent("the twin was told to fail".into())),
        }
    }
}

impl Mailer for RecordingMailer {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), SendError>> {
        let kept = self.keep(letter);
        Box::pin(async move { kept })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_twin_keeps_letters_unless_told_to_fail() {
        let mailer = RecordingMailer::new();
        let letter = Letter { to: "a@example.ru".into(), subject: "1".into(), body: "2".into() };
        mailer.send(&letter).await.unwrap();
        mailer.fails_for_now();
        assert!(matches!(mailer.send(&letter).await, Err(SendError::Temporary(_))));
        mailer.fails_for_ever();
        assert!(matches!(mailer.send(&letter).await, Err(SendError::Permanent(_))));
        mailer.works_again();
        assert_eq!(mailer.letters(), std::slice::from_ref(&letter));
        assert_eq!(mailer.last_to("a@example.ru"), Some(letter));
        assert_eq!(mailer.last_to("b@example.ru"), None);
    }
}
