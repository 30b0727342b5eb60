//! The stored credentials of a user or an operator.

/// A person with their password hash: for sign-in and password changes, never for pages.
#[derive(Clone)]
pub struct Credentials<P> {
    /// The user or the operator.
    pub person: P,
    /// Argon2id in PHC form.
    pub password_hash: String,
}
