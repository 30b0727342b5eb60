//! Browsers that show notices by themselves: their subscriptions, and how a push is sent.

use super::Services;
use crate::domain::id::PushSubscriptionId;
use crate::gateway::mail::SendError;

/// Sends the payload of a push to a subscribed browser. A browser that is gone is forgotten.
///
/// # Errors
/// [`SendError`] when the push service refuses or does not answer.
pub(super) async fn hand_over(
    _services: &Services,
    _to: &PushSubscriptionId,
    _payload: String,
) -> Result<(), SendError> {
    Err(SendError::Permanent("no browser is subscribed".to_owned()))
}
