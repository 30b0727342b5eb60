//! The address that ends letters of a kind without a sign-in (RFC 8058).

use crate::domain::id::UserId;
use crate::domain::notice::NoticeKind;
use crate::service::Services;

/// The token of a user and a kind.
pub(super) fn token(services: &Services, user_id: &UserId, kind: NoticeKind) -> String {
    services.vault().mac("unsubscribe", &[user_id.as_str(), kind.as_str()])
}
