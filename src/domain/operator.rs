//! An operator's access: the providers assigned by an administrator, and a proof passed to every read and every
//! decision.

use super::id::OperatorId;

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
