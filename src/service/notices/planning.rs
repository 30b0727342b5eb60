//! Works plans through: a planned notice for each user that an occasion concerns, in batches of bounded size.

use crate::domain::account::Access;
use crate::domain::address::Address;
use crate::domain::announcement::{Announcement, AnnouncementState, Recipient};
use crate::domain::calendar::Moment;
use crate::domain::id::NoticeId;
use crate::domain::notice::PlannedNotice;
use crate::domain::notice_occasion::Occasion;
use crate::service::{Fault, Services};
use crate::storage::notice_candidates::{self, Candidate, Reader, Selection};
use crate::storage::notice_plans::{self, NoticePlan, Place};
use crate::storage::{Connection, Database, StorageError, announcements, notices};

/// Links of one batch: enough that the queries cost little, few enough that SQLite's writer is free again in some tens of
/// milliseconds.
const BATCH: i64 = 2_000;

/// The links of one batch.
struct Batch {
    candidates: Vec<Candidate>,
    /// The last link that was looked at; `None` after the last one.
    end: Option<Place>,
    /// The notices are due from this moment on, at the earliest.
    from: Moment,
}

impl Batch {
    const NONE: Self = Self { candidates: Vec::new(), end: None, from: Moment::from_micros(0) };
}

/// Plans the next batch of the oldest open plan; returns its number of notices, at least 1 while the plan is open.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub(super) async fn plan_batch(services: &Services) -> Result<usize, Fault> {
    if !notice_plans::is_any_open(&mut *services.db().read().await?).await? {
        return Ok(0);
    }
    let mut tx = services.db().begin().await?;
    let Some(plan) = notice_plans::take(&mut tx).await? else { return Ok(0) };
    let Some(occasion) = Occasion::parse(plan.kind, &plan.occasion) else {
        tracing::error!(plan.id = %plan.id, "a plan of notices cannot be read");
        return finish(services, tx, &plan, 0).await;
    };
    let batch = next_batch(services, &mut tx, &plan, &occasion).await?;
    let due_at = due_at(services, batch.from);
    let planned: Vec<PlannedNotice> =
        batch.candidates.into_iter().map(|link| planned(services, &occasion, link, due_at)).collect();
    notices::plan(&mut tx, services.db().engine(), &planned).await?;
    let Some(end) = batch.end else { return finish(services, tx, &plan, planned.len()).await };
    notice_plans::advance(&mut tx, &plan.id, &end, i64::try_from(planned.len()).unwrap_or(i64::MAX)).await?;
    Database::commit(tx).await?;
    Ok(planned.len().max(1))
}

async fn finish(
    services: &Services,
    mut tx: crate::storage::Tx,
    plan: &NoticePlan,
    planned: usize,
) -> Result<usize, Fault> {
    notice_plans::advance(&mut tx, &plan.id, &plan.after, i64::try_from(planned).unwrap_or(i64::MAX)).await?;
    notice_plans::finish(&mut tx, &plan.id, services.now()).await?;
    Database::commit(tx).await?;
    Ok(planned.max(1))
}

/// Now or later, but not in quiet hours.
fn due_at(services: &Services, from: Moment) -> Moment {
    let settings = services.settings();
    settings.notices.quiet.after(services.now().max(from), settings.utc_offset_hours)
}

fn planned(services: &Services, occasion: &Occasion, link: Candidate, due_at: Moment) -> PlannedNotice {
    PlannedNotice {
        id: NoticeId::trusted(services.nature().id()),
        subject: occasion.subject(&link.account_id, link.date),
        user_id: link.user_id,
        kind: occasion.kind(),
        account_id: Some(link.account_id),
        due_at,
    }
}

async fn next_batch(
    services: &Services,
    connection: &mut Connection,
    plan: &NoticePlan,
    occasion: &Occasion,
) -> Result<Batch, StorageError> {
    let selection = match occasion {
        Occasion::NewReceipt { period, .. } => Selection::ChargedIn(*period),
        Occasion::DueSoon(period) => Selection::OwingIn(*period),
        Occasion::Debt(period) => Selection::OwingBeforeAnd(*period),
        Occasion::ReadingsOpen { .. } | Occasion::ReadingsClose { .. } => Selection::WithMeter,
        Occasion::Verification { stage, on } => {
            let (from, until) = stage.ends_between(*on);
            Selection::VerifiedBetween(from, until)
        }
        Occasion::Announcement(id) => {
            let Some(found) = announcements::by_id(connection, id).await? else {
                return Ok(Batch::NONE);
            };
            return readers_of(services, connection, plan, &found.announcement).await;
        }
    };
    let candidates = notice_candidates::next(connection, &plan.provider_id, selection, &plan.after, BATCH).await?;
    let end = candidates.last().map(|last| Place::of(&last.account_id, &last.user_id));
    Ok(Batch { end: end.filter(|_| is_full(candidates.len())), candidates, ..Batch::NONE })
}

/// A batch that is not full is the last one.
fn is_full(count: usize) -> bool {
    i64::try_from(count).is_ok_and(|count| count >= BATCH)
}

/// The links whose accounts an announcement is for. One that is withdrawn or over has no readers any more.
async fn readers_of(
    services: &Services,
    connection: &mut Connection,
    plan: &NoticePlan,
    announcement: &Announcement,
) -> Result<Batch, StorageError> {
    let now = services.now();
    if announcement.stored == AnnouncementState::Withdrawn || announcement.is_over(now) {
        return Ok(Batch::NONE);
    }
    let readers =
        notice_candidates::readers(connection, &plan.provider_id, &announcement.id, &plan.after, BATCH).await?;
    let end = readers.last().map(|last| Place::of(&last.account_id, &last.user_id));
    let end = end.filter(|_| is_full(readers.len()));
    let meant = readers.into_iter().filter(|reader| is_meant(announcement, reader));
    let candidate = |reader: Reader| Candidate { account_id: reader.account_id, user_id: reader.user_id, date: None };
    Ok(Batch { candidates: meant.map(candidate).collect(), end, from: announcement.starts_at })
}

/// The balance may be lower than the closing sum of the month: it is asked for when the notice is composed.
fn is_meant(announcement: &Announcement, reader: &Reader) -> bool {
    if reader.access == Access::Lite {
        return announcement.audience.reaches_lite();
    }
    let address = Address::parse(&reader.address);
    let recipient = Recipient { address: address.as_ref(), is_listed: reader.is_listed, due: reader.closing };
    announcement.audience.reaches(recipient)
}
