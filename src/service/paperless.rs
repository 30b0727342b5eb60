//! Receipts by e-mail instead of on paper.

use crate::domain::id::{AccountId, UserId};
use crate::storage::{Connection, StorageError};

/// Whether a user receives the receipts of an account by e-mail.
pub(super) async fn wants_receipt(
    _connection: &mut Connection,
    _user_id: &UserId,
    _account_id: &AccountId,
) -> Result<bool, StorageError> {
    Ok(false)
}
