//! Letters.

pub mod smtp;

use futures::future::BoxFuture;
use thiserror::Error;

/// A letter. Its `Debug` hides the content: letters contain links and PINs.
#[derive(Clone, Eq, PartialEq)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub body: String,
    /// The same text as HTML, for mail programs that show it.
    pub html: Option<String>,
    /// The address that ends such letters by one POST without a sign-in (RFC 8058).
    pub unsubscribe: Option<String>,
    /// An attached document.
    pub attachment: Option<Attachment>,
}

impl Letter {
    /// A letter in plain text only.
    pub const fn plain(to: String, subject: String, body: String) -> Self {
        Self { to, subject, body, html: None, unsubscribe: None, attachment: None }
    }
}

/// A document attached to a letter, as PDF.
#[derive(Clone, Eq, PartialEq)]
pub struct Attachment {
    /// The file's name.
    pub name: String,
    /// The document.
    pub pdf: Vec<u8>,
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
    /// The address itself is refused: the mailbox or the phone does not exist.
    #[error("the address is refused: {0}")]
    Refused(String),
    /// A retry cannot succeed for another reason: the message is refused, the account at the gateway is closed.
    #[error("will never be sent: {0}")]
    Permanent(String),
}

/// Sends letters.
pub trait Mailer: Send + Sync + 'static {
    /// Sends one letter to the mail server.
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), SendError>>;
}
