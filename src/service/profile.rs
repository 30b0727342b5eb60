//! What a user says of themselves.

use super::{Fault, Services};
use crate::domain::id::UserId;
use crate::storage::{Database, users};

/// Remembers how a user wants to be called; `None` forgets it.
///
/// # Errors
/// [`Fault`].
pub async fn rename(services: &Services, user_id: &UserId, name: Option<&str>) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    users::set_name(&mut tx, user_id, name).await?;
    Ok(Database::commit(tx).await?)
}
