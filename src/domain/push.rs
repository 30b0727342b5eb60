//! Browsers that show notices by themselves.

use super::calendar::Moment;
use super::id::PushSubscriptionId;

/// A subscribed browser of a user, without its address and keys.
#[derive(Clone, Eq, PartialEq)]
pub struct SubscribedBrowser {
    /// Its subscription.
    pub id: PushSubscriptionId,
    /// Its `User-Agent` header, truncated.
    pub user_agent: String,
    /// SHA-256 of its address, by which the browser finds itself in the list.
    pub endpoint_hash: String,
    /// When it subscribed.
    pub created_at: Moment,
}

crate::opaque_debug!(SubscribedBrowser, id);
