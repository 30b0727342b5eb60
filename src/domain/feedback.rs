//! Feedback: a thread between a user and the provider's operators (M11).

use super::calendar::Moment;
use super::id::{ThreadId, UserId};
use super::login::Login;

/// Longest subject, in characters: two lines on a phone.
pub const MAX_SUBJECT: usize = 120;
/// Longest message, in characters: two printed pages.
pub const MAX_MESSAGE: usize = 4000;
/// Longest answer sent by SMS only, in characters: eight SMS parts, each charged separately.
pub const MAX_SMS_ANSWER: usize = 500;

/// The author of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Author {
    /// The user who owns the thread.
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
    /// The author.
    pub author: Author,
    /// The text.
    pub body: String,
    /// Time of sending.
    pub at: Moment,
}

crate::opaque_debug!(ThreadMessage, author);

/// The owner of a thread.
#[derive(Clone, Eq, PartialEq)]
pub enum ThreadOwner {
    /// A user, who reads the answer in the portal.
    User(UserId),
    /// A person without an account. The answer goes to this address or phone only.
    Guest(Login),
}

crate::opaque_debug!(ThreadOwner);

impl ThreadOwner {
    /// Whether the owner is this user.
    pub fn is_user(&self, id: &UserId) -> bool {
        matches!(self, Self::User(own) if own == id)
    }
}

/// A thread as shown in lists.
#[derive(Clone, Eq, PartialEq)]
pub struct Thread {
    /// Random, used in addresses.
    pub id: ThreadId,
    /// The owner.
    pub owner: ThreadOwner,
    /// The subject.
    pub subject: String,
    /// Time of the last message.
    pub updated_at: Moment,
    /// Author of the last message: if it is the user, the thread waits for an answer.
    pub last_author: Author,
}

crate::opaque_debug!(Thread, id);
