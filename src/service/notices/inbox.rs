//! The notices that the portal shows to a user.

use std::time::Duration;

use crate::domain::id::{NoticeId, UserId};
use crate::domain::notice::ShownNotice;
use crate::domain::paging::{AskedPage, PagePlace};
use crate::service::{Fault, Services};
use crate::storage::{Database, notice_inbox};
use crate::telemetry::{self, SecurityEvent};

/// Notices of one page.
const PAGE: u32 = 50;
/// How long a person waits for the mark of a read notice: longer than any write of the portal itself takes.
const MARKED_WITHIN: Duration = Duration::from_secs(2);

/// A page of a user's notices.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Inbox {
    /// The notices of this page, the newest first.
    pub shown: Vec<ShownNotice>,
    /// The position of this page.
    pub place: PagePlace,
}

/// A page of a user's notices.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn page(services: &Services, user_id: &UserId, asked: AskedPage) -> Result<Inbox, Fault> {
    let mut connection = services.db().read().await?;
    let count = notice_inbox::count(&mut connection, user_id).await?;
    let place = PagePlace::within(asked, count.unsigned_abs(), PAGE);
    let shown = notice_inbox::page(&mut connection, user_id, place).await?;
    Ok(Inbox { shown, place })
}

/// Opens a notice of the user and marks it as read. `None` also for another user's notice.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn open(services: &Services, user_id: &UserId, id: &NoticeId) -> Result<Option<ShownNotice>, Fault> {
    let found = notice_inbox::open(&mut *services.db().read().await?, user_id, id).await?;
    match &found {
        None => telemetry::security(SecurityEvent::ForeignId),
        Some(notice) if notice.is_read => {}
        Some(_) => mark_read(services, user_id, id).await?,
    }
    Ok(found)
}

/// Best effort: while an import locks the database the page opens anyway, and the notice stays unread.
async fn mark_read(services: &Services, user_id: &UserId, id: &NoticeId) -> Result<(), Fault> {
    let marked = async {
        let mut tx = services.db().begin().await?;
        notice_inbox::mark_read(&mut tx, user_id, id, services.now()).await?;
        Database::commit(tx).await
    };
    Ok(tokio::time::timeout(MARKED_WITHIN, marked).await.unwrap_or(Ok(()))?)
}

/// Marks all notices of the user as read.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn mark_all_read(services: &Services, user_id: &UserId) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    notice_inbox::mark_all_read(&mut tx, user_id, services.now()).await?;
    Ok(Database::commit(tx).await?)
}
