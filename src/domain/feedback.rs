//! Feedback: a thread between a user and the provider's operators (M11).

use super::calendar::Moment;
use super::id::{ThreadId, UserId};
use super::login::Login;

/// Longest subject, in characters: one line on a phone, twice.
pub const MAX_SUBJECT: usize = 120;
/// Longest message, in characters: two printed pages.
pub const MAX_MESSAGE: usize = 4000;
/// Longest answer that goes out by SMS alone, in characters: eight parts, each of them is paid for.
pub const MAX_SMS_ANSWER: usize = 500;

/// Who wrote a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Author {
    /// The user whose thread it is.
    User,
    /// One of the provider's operators.
    Operator,
}

impl Author {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Operator => "operator",
        }
    }

    /// From storage.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Operator].into_iter().find(|author| author.as_str() == text)
    }
}

/// One message of a thread.
#[derive(Clone, Eq, PartialEq)]
pub struct ThreadMessage {
    /// Who wrote it.
    pub author: Author,
    /// What they wrote.
    pub body: String,
    /// When.
    pub at: Moment,
}

crate::opaque_debug!(ThreadMessage, author);

/// Whose question a thread is.
#[derive(Clone, Eq, PartialEq)]
pub enum ThreadOwner {
    /// A user, who reads the answer in the portal.
    User(UserId),
    /// A person without an account. The answer goes to this address or phone only.
    Guest(Login),
}

crate::opaque_debug!(ThreadOwner);

impl ThreadOwner {
    /// Whether this is the user.
    pub fn is_user(&self, id: &UserId) -> bool {
        matches!(self, Self::User(own) if own == id)
    }
}

/// A thread as lists show it.
#[derive(Clone, Eq, PartialEq)]
pub struct Thread {
    /// Random, used in addresses.
    pub id: ThreadId,
    /// Whose it is.
    pub owner: ThreadOwner,
    /// What it is about.
    pub subject: String,
    /// When the last message came.
    pub updated_at: Moment,
    /// Who wrote last: a thread whose last word is the user's waits for an answer.
    pub last_author: Author,
}

crate::opaque_debug!(Thread, id);
