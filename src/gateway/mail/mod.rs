//! Letters.

pub mod smtp;

use futures::future::BoxFuture;
use thiserror::Error;

/// A letter in plain text. Its `Debug` hides the content: letters contain links and PINs.
#[derive(Clone, Eq, PartialEq)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Letter(…)")
    }
}

/// Why a letter or an SMS was not sent.
#[derive(Debug, Error)]
pub enum SendError {
    /// A retry may succeed.
    #[error("not sent now: {0}")]
    Temporary(String),
    /// A retry cannot succeed: the address does not exist, the account is closed.
    #[error("will never be sent: {0}")]
    Permanent(String),
}

/// Sends letters.
pub trait Mailer: Send + Sync + 'static {
    /// Sends one letter to the mail server.
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), SendError>>;
}
