//! The notices that the portal shows to a user: their list, and what the user has read.

use sqlx::FromRow;

use super::{Connection, Result, StorageError};
use crate::domain::calendar::Moment;
use crate::domain::id::{NoticeId, UserId};
use crate::domain::notice::{NoticeKind, ShownNotice};
use crate::domain::paging::PagePlace;

#[derive(FromRow)]
struct Row {
    id: String,
    kind: String,
    title: String,
    body: String,
    link: String,
    shown_at: i64,
    read_at: Option<i64>,
}

impl TryFrom<Row> for ShownNotice {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: NoticeId::trusted(row.id),
            kind: NoticeKind::parse(&row.kind).ok_or(StorageError::Corrupt { what: "kind of a notice" })?,
            title: row.title,
            body: row.body,
            link: row.link,
            shown_at: Moment::from_micros(row.shown_at),
            is_read: row.read_at.is_some(),
        })
    }
}

/// A query for the shown notices of a user.
macro_rules! shown {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, title, body, link, shown_at, read_at FROM notices \
             WHERE user_id = $1 AND state = 'shown' ",
            $rest
        )
    };
}

const UNREAD: &str = "SELECT COUNT(*) FROM notices WHERE user_id = $1 AND state = 'shown' AND read_at IS NULL";

/// The number of notices that a user has not read.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn unread(connection: &mut Connection, user_id: &UserId) -> Result<i64> {
    Ok(sqlx::query_scalar(UNREAD).bind(user_id.as_str()).fetch_one(connection).await?)
}

const COUNT: &str = "SELECT COUNT(*) FROM notices WHERE user_id = $1 AND state = 'shown'";

/// The number of notices that were shown to a user.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn count(connection: &mut Connection, user_id: &UserId) -> Result<i64> {
    Ok(sqlx::query_scalar(COUNT).bind(user_id.as_str()).fetch_one(connection).await?)
}

const PAGE: &str = shown!("ORDER BY shown_at DESC, kind, title, id LIMIT 0 + $2 OFFSET 0 + $3");

/// A page of a user's notices, the newest first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn page(connection: &mut Connection, user_id: &UserId, place: PagePlace) -> Result<Vec<ShownNotice>> {
    let bound = sqlx::query_as(PAGE).bind(user_id.as_str()).bind(place.size()).bind(place.offset());
    let rows: Vec<Row> = bound.fetch_all(connection).await?;
    rows.into_iter().map(ShownNotice::try_from).collect()
}

const OPEN: &str = shown!("AND id = $2");

/// A notice of a user; `None` also for another user's, and for one that is not shown yet.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn open(connection: &mut Connection, user_id: &UserId, id: &NoticeId) -> Result<Option<ShownNotice>> {
    let bound = sqlx::query_as(OPEN).bind(user_id.as_str()).bind(id.as_str());
    let row: Option<Row> = bound.fetch_optional(connection).await?;
    row.map(ShownNotice::try_from).transpose()
}

const MARK_READ: &str = "UPDATE notices SET read_at = $3 \
    WHERE user_id = $1 AND id = $2 AND state = 'shown' AND read_at IS NULL";

/// Marks a notice of a user as read; the first time counts.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn mark_read(connection: &mut Connection, user_id: &UserId, id: &NoticeId, now: Moment) -> Result<()> {
    sqlx::query(MARK_READ).bind(user_id.as_str()).bind(id.as_str()).bind(now.micros()).execute(connection).await?;
    Ok(())
}

const MARK_ALL_READ: &str =
    "UPDATE notices SET read_at = $2 WHERE user_id = $1 AND state = 'shown' AND read_at IS NULL";

/// Marks all notices of a user as read.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn mark_all_read(connection: &mut Connection, user_id: &UserId, now: Moment) -> Result<()> {
    sqlx::query(MARK_ALL_READ).bind(user_id.as_str()).bind(now.micros()).execute(connection).await?;
    Ok(())
}

const FORGET_SHOWN: &str = "DELETE FROM notices WHERE shown_at < $1";
const FORGET_DROPPED: &str = "DELETE FROM notices WHERE state = 'dropped' AND due_at < $1";

/// Deletes the notices that were shown, or dropped when they were due, before a moment; returns their number. A planned
/// one stays.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn forget(connection: &mut Connection, before: Moment) -> Result<u64> {
    let shown = sqlx::query(FORGET_SHOWN).bind(before.micros()).execute(&mut *connection).await?.rows_affected();
    let dropped = sqlx::query(FORGET_DROPPED).bind(before.micros()).execute(connection).await?.rows_affected();
    Ok(shown + dropped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::paging::AskedPage;
    use crate::storage::Database;
    use crate::storage::testing::{TestDatabase, dump, id, new_user, on_both_engines, shown_notice};

    const OLD: Moment = Moment::from_micros(10);
    const NEW: Moment = Moment::from_micros(20);
    const NOW: Moment = Moment::from_micros(30);

    fn notice(number: usize) -> NoticeId {
        NoticeId::trusted(id(number))
    }

    async fn drop_notice(connection: &mut Connection, id: &NoticeId) {
        let drop = "UPDATE notices SET state = 'dropped', shown_at = NULL WHERE id = $1";
        sqlx::query(drop).bind(id.as_str()).execute(connection).await.unwrap();
    }

    on_both_engines! {
        async fn a_user_sees_their_own_notices_the_newest_first(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let (ivan, anna) = (new_user(&mut tx, 1).await, new_user(&mut tx, 2).await);
            shown_notice(&mut tx, &ivan, &notice(11), NoticeKind::Answer, OLD).await;
            shown_notice(&mut tx, &ivan, &notice(12), NoticeKind::NewReceipt, NEW).await;
            shown_notice(&mut tx, &anna, &notice(13), NoticeKind::NewReceipt, NEW).await;
            assert_eq!(count(&mut tx, &ivan).await.unwrap(), 2);
            let place = |size| PagePlace::within(AskedPage::FIRST, 2, size);
            let ids = |shown: Vec<ShownNotice>| shown.into_iter().map(|shown| shown.id).collect::<Vec<_>>();
            assert_eq!(ids(page(&mut tx, &ivan, place(50)).await.unwrap()), [notice(12), notice(11)]);
            assert_eq!(ids(page(&mut tx, &ivan, place(1)).await.unwrap()), [notice(12)]);
        }

        async fn a_notice_of_somebody_else_is_neither_found_nor_read(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let (ivan, anna) = (new_user(&mut tx, 1).await, new_user(&mut tx, 2).await);
            shown_notice(&mut tx, &anna, &notice(13), NoticeKind::Answer, OLD).await;
            assert_eq!(open(&mut tx, &ivan, &notice(13)).await.unwrap(), None);
            mark_read(&mut tx, &ivan, &notice(13), NOW).await.unwrap();
            mark_all_read(&mut tx, &ivan, NOW).await.unwrap();
            assert_eq!(unread(&mut tx, &anna).await.unwrap(), 1);
        }

        async fn notices_are_read_one_by_one_and_all_at_once(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let ivan = new_user(&mut tx, 1).await;
            for number in 11..14 {
                shown_notice(&mut tx, &ivan, &notice(number), NoticeKind::Answer, OLD).await;
            }
            assert_eq!(unread(&mut tx, &ivan).await.unwrap(), 3);
            mark_read(&mut tx, &ivan, &notice(11), NOW).await.unwrap();
            mark_read(&mut tx, &ivan, &notice(11), NOW).await.unwrap();
            assert_eq!(unread(&mut tx, &ivan).await.unwrap(), 2);
            assert!(open(&mut tx, &ivan, &notice(11)).await.unwrap().unwrap().is_read);
            mark_all_read(&mut tx, &ivan, NOW).await.unwrap();
            assert_eq!(unread(&mut tx, &ivan).await.unwrap(), 0);
        }

        async fn a_dropped_notice_is_not_shown(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let ivan = new_user(&mut tx, 1).await;
            shown_notice(&mut tx, &ivan, &notice(11), NoticeKind::Answer, OLD).await;
            drop_notice(&mut tx, &notice(11)).await;
            assert_eq!((unread(&mut tx, &ivan).await.unwrap(), count(&mut tx, &ivan).await.unwrap()), (0, 0));
            assert_eq!(open(&mut tx, &ivan, &notice(11)).await.unwrap(), None);
        }

        async fn old_notices_are_forgotten_the_dropped_ones_too(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let ivan = new_user(&mut tx, 1).await;
            for (number, at) in [(11, OLD), (12, NEW), (13, OLD), (14, NEW)] {
                shown_notice(&mut tx, &ivan, &notice(number), NoticeKind::Answer, at).await;
            }
            for number in [13, 14] {
                drop_notice(&mut tx, &notice(number)).await;
            }
            assert_eq!(forget(&mut tx, NEW).await.unwrap(), 2);
            Database::commit(tx).await.unwrap();
            let left = dump(&test.database, "notices").await;
            assert!(left.contains(notice(12).as_str()) && left.contains(notice(14).as_str()), "{left}");
        }
    }
}
