//! Browsers that show notices by themselves.

use super::{Connection, Result};
use crate::domain::id::{PushSubscriptionId, UserId};

const OF_USER: &str = "SELECT id FROM push_subscriptions WHERE user_id = $1 ORDER BY created_at, id LIMIT 0 + $2";
/// Most browsers of a user that get a push; a newer one replaces the oldest.
pub const MAX_BROWSERS: i64 = 10;

/// The subscribed browsers of a user.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn ids_of_user(connection: &mut Connection, user_id: &UserId) -> Result<Vec<PushSubscriptionId>> {
    let bound = sqlx::query_scalar(OF_USER).bind(user_id.as_str()).bind(MAX_BROWSERS);
    let ids: Vec<String> = bound.fetch_all(connection).await?;
    Ok(ids.into_iter().map(PushSubscriptionId::trusted).collect())
}
