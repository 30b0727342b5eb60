//! What an operator may see: the providers that an administrator gives, and a proof that travels with every reading and
//! every decision.

use super::id::OperatorId;

/// The subscribers whom an operator works for. Which providers these have, and whether the operator is still enabled, each
/// statement reads anew: a change by the administrator holds at once, also within a decision under way.
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
