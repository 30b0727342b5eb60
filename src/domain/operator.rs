//! What an operator may see: the providers that an administrator gives, and a proof that travels with every reading and
//! every decision.

use super::id::OperatorId;

/// The subscribers whom an operator works for. It holds no list of providers: each statement reads the providers and
/// whether the operator is enabled, so a change by the administrator is effective at once, also during a decision.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope {
    /// The operator.
    pub operator_id: OperatorId,
}

/// The providers whose subscribers an operator works for: an empty list is a mistake, never all of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Providers<T> {
    /// Every one, also those to come.
    All,
    /// The listed ones.
    Only(T),
}
