//! A session: one browser, from its sign-in or first form until it expires.

use super::calendar::Moment;
use super::id::{OperatorId, RegistrationId, SessionId, UserId};
use super::user::User;

/// The most unread notices that are told one by one; more of them are «99+».
pub const MAX_UNREAD: u32 = 99;

/// One browser's session.
#[derive(Clone, Eq, PartialEq)]
pub struct Session {
    /// SHA-256 of the cookie, in hex.
    pub token_hash: String,
    /// Its identifier in the list of sessions.
    pub id: SessionId,
    /// The user who signed in with it.
    pub user_id: Option<UserId>,
    /// The operator who signed in with it.
    pub operator_id: Option<OperatorId>,
    /// The registration that awaits confirmation in this browser.
    pub registration_id: Option<RegistrationId>,
    /// The password recovery in progress in this browser.
    pub recovery_id: Option<String>,
    /// The user who passed the password and has yet to pass the second factor.
    pub pending_user_id: Option<UserId>,
    /// The operator who passed the password and has yet to pass the second factor.
    pub pending_operator_id: Option<OperatorId>,
    /// The flash message for the next page.
    pub flash: Option<String>,
    /// The browser's `User-Agent`, truncated.
    pub user_agent: String,
    /// The network address of the sign-in.
    pub address: String,
    /// When it was created.
    pub created_at: Moment,
    /// When it was last active, to the minute.
    pub seen_at: Moment,
    /// When it expires, regardless of activity.
    pub expires_at: Moment,
}

crate::opaque_debug!(Session, id);

/// A session with what every page needs beside it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OpenSession {
    /// The session.
    pub session: Session,
    /// The user who signed in with it.
    pub user: Option<User>,
    /// Notices that the user has not read, counted up to one more than [`MAX_UNREAD`].
    pub unread: u32,
}
