//! Operators, and their access: the providers assigned by an administrator, and a proof passed to every read and every
//! decision.

use super::calendar::Moment;
use super::id::OperatorId;

/// An operator, as pages see them. The stored password hash is not part of it: only sign-in and password changes read
/// it.
#[derive(Clone, Eq, PartialEq)]
pub struct Operator {
    /// Random.
    pub id: OperatorId,
    /// The login.
    pub login: String,
    /// The name shown to colleagues.
    pub name: String,
    /// When the operator was disabled; `None` while sign-in is allowed.
    pub disabled_at: Option<Moment>,
    /// The operator's own subscriber login (e-mail address or phone): they must not decide requests about themselves.
    pub contact: Option<String>,
    /// Whether the operator sees every provider.
    pub all_providers: bool,
}

crate::opaque_debug!(Operator, id);

impl Operator {
    /// The scope of the operator's access.
    pub fn scope(&self) -> Scope {
        Scope { operator_id: self.id.clone() }
    }
}

/// Access to an operator's subscribers. It caches no list of providers: each SQL statement reads the providers and
/// whether the operator is enabled, so an administrator's change takes effect at once, even during a decision.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope {
    /// The operator.
    pub operator_id: OperatorId,
}

/// The providers assigned to an operator: an empty list is an error and never means all providers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Providers<T> {
    /// All providers, including future ones.
    All,
    /// The listed ones.
    Only(T),
}
