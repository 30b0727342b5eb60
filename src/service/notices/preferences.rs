//! Which channels a user has chosen for each kind of notices.

use crate::domain::login::Login;
use crate::domain::notice::{Channels, NoticeKind, Reach};
use crate::domain::user::User;
use crate::storage::{Connection, StorageError, notice_preferences};

/// The channels by which a user is told: chosen or usual.
pub(in crate::service) async fn channels(
    connection: &mut Connection,
    user: &User,
    contact: Option<&Login>,
    kind: NoticeKind,
) -> Result<Channels, StorageError> {
    let has = |is_phone: bool| std::iter::once(&user.login).chain(contact).any(|login| login.is_phone() == is_phone);
    let reach = Reach { mail: has(false), sms: has(true) };
    let stored = notice_preferences::of_kind(connection, &user.id, kind).await?;
    Ok(stored.unwrap_or_else(|| kind.default_channels(reach)))
}
