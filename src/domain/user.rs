//! A user: a person who signs in as a subscriber.

use super::calendar::Moment;
use super::id::UserId;
use super::login::Login;

/// A user, as pages see them. The stored password hash is not part of it: only sign-in and password changes read it.
#[derive(Clone, Eq, PartialEq)]
pub struct User {
    /// Random.
    pub id: UserId,
    /// The login.
    pub login: Login,
    /// The name that the user chose.
    pub name: Option<String>,
    /// When an administrator locked the user; `None` while sign-in is allowed.
    pub locked_at: Option<Moment>,
}

crate::opaque_debug!(User, id);
