//! What an operator may see: a proof that travels with every reading and every decision.

use super::id::OperatorId;

/// The subscribers whom an operator works for. Which providers these have, and whether the operator is still enabled, each
/// statement reads anew: a change by the administrator holds at once, also within a decision under way.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope {
    /// The operator.
    pub operator_id: OperatorId,
}
