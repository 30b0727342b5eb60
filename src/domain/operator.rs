//! What an operator may see: a proof that travels with every reading and every decision.

use super::id::OperatorId;

/// The providers whose subscribers an operator works for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope {
    /// Whose.
    pub operator_id: OperatorId,
    /// Every provider, also those to come; otherwise the ones that the storage lists for the operator.
    pub all: bool,
}
