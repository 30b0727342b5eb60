//! Notices: planned ones, and how they become shown. `notice_inbox` reads the shown ones for their user.

use sqlx::{Arguments as _, FromRow};

use super::bulk::{Column, Upsert};
use super::{Connection, Engine, Result, StorageError};
use crate::domain::calendar::Moment;
use crate::domain::id::{AccountId, NoticeId, UserId};
use crate::domain::notice::{NoticeKind, PlannedNotice};

/// The text of a notice in the portal.
#[derive(Clone, Eq, PartialEq)]
pub struct PortalText {
    /// The title.
    pub title: String,
    /// The text below it.
    pub body: String,
    /// The page of the portal that it leads to, from the first slash.
    pub link: String,
}

crate::opaque_debug!(PortalText, link);

const COLUMNS: &[Column<PlannedNotice>] = &[
    Column::kept("id", |notice, arguments| arguments.add(notice.id.as_str().to_owned())),
    Column::key("user_id", |notice, arguments| arguments.add(notice.user_id.as_str().to_owned())),
    Column::key("kind", |notice, arguments| arguments.add(notice.kind.as_str())),
    Column::key("subject", |notice, arguments| arguments.add(notice.subject.clone())),
    Column::kept("account_id", |notice, arguments| {
        arguments.add(notice.account_id.as_ref().map(|id| id.as_str().to_owned()))
    }),
    Column::kept("state", |_, arguments| arguments.add("planned")),
    Column::kept("due_at", |notice, arguments| arguments.add(notice.due_at.micros())),
    Column::kept("title", |_, arguments| arguments.add("")),
    Column::kept("body", |_, arguments| arguments.add("")),
    Column::kept("link", |_, arguments| arguments.add("")),
];

/// Plans notices. One that exists for its user, kind and subject stays as it is.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn plan(connection: &mut Connection, engine: Engine, notices: &[PlannedNotice]) -> Result<()> {
    Upsert::new("notices", COLUMNS).run(connection, engine, notices).await
}

#[derive(FromRow)]
struct Row {
    id: String,
    user_id: String,
    kind: String,
    subject: String,
    account_id: Option<String>,
    due_at: i64,
}

impl TryFrom<Row> for PlannedNotice {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: NoticeId::trusted(row.id),
            user_id: UserId::trusted(row.user_id),
            kind: NoticeKind::parse(&row.kind).ok_or(StorageError::Corrupt { what: "kind of a notice" })?,
            subject: row.subject,
            account_id: row.account_id.map(AccountId::trusted),
            due_at: Moment::from_micros(row.due_at),
        })
    }
}

const LEASE: &str = "UPDATE notices SET due_at = $3 WHERE id IN \
    (SELECT id FROM notices WHERE state = 'planned' AND due_at <= $1 ORDER BY due_at LIMIT 0 + $2) \
    AND state = 'planned' AND due_at <= $1 RETURNING id, user_id, kind, subject, account_id, due_at";

/// Leases planned notices that are due: no other instance composes them before `until`.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn lease(connection: &mut Connection, now: Moment, until: Moment, most: i64) -> Result<Vec<PlannedNotice>> {
    let bound = sqlx::query_as(LEASE).bind(now.micros()).bind(most).bind(until.micros());
    let rows: Vec<Row> = bound.fetch_all(connection).await?;
    rows.into_iter().map(PlannedNotice::try_from).collect()
}

const ANY_DUE: &str = "SELECT id FROM notices WHERE state = 'planned' AND due_at <= $1 LIMIT 1";

/// Whether a planned notice is due; a look that locks nothing.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn is_any_due(connection: &mut Connection, now: Moment) -> Result<bool> {
    let due: Option<String> = sqlx::query_scalar(ANY_DUE).bind(now.micros()).fetch_optional(connection).await?;
    Ok(due.is_some())
}

const SHOW: &str = "UPDATE notices SET state = 'shown', title = $2, body = $3, link = $4, shown_at = $5 \
    WHERE id = $1 AND state = 'planned'";

/// Shows a planned notice in the portal. `false` when another instance was first: nothing may be sent then.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn show(connection: &mut Connection, id: &NoticeId, text: &PortalText, now: Moment) -> Result<bool> {
    let done = sqlx::query(SHOW)
        .bind(id.as_str())
        .bind(&text.title)
        .bind(&text.body)
        .bind(&text.link)
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

const DROP: &str = "UPDATE notices SET state = 'dropped' WHERE id = $1 AND state = 'planned'";

/// Drops a planned notice whose reason is gone: it is paid, the reading was sent, the account is unlinked.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn drop_planned(connection: &mut Connection, id: &NoticeId) -> Result<()> {
    sqlx::query(DROP).bind(id.as_str()).execute(connection).await?;
    Ok(())
}

const INSERT_SHOWN: &str = "INSERT INTO notices (id, user_id, kind, subject, account_id, state, due_at, title, body, \
    link, shown_at) VALUES ($1, $2, $3, $4, $5, 'shown', $6, $7, $8, $9, $6) \
    ON CONFLICT (user_id, kind, subject) DO NOTHING";

/// Stores a notice that is shown at once. `false` when it exists: nothing may be sent then.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn insert_shown(
    connection: &mut Connection,
    notice: &PlannedNotice,
    text: &PortalText,
    now: Moment,
) -> Result<bool> {
    let done = sqlx::query(INSERT_SHOWN)
        .bind(notice.id.as_str())
        .bind(notice.user_id.as_str())
        .bind(notice.kind.as_str())
        .bind(&notice.subject)
        .bind(notice.account_id.as_ref().map(AccountId::as_str))
        .bind(now.micros())
        .bind(&text.title)
        .bind(&text.body)
        .bind(&text.link)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

const PLANNED: &str = "SELECT COUNT(*) FROM notices WHERE state = 'planned'";

/// The number of planned notices, for the administrator's metrics.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn planned(connection: &mut Connection) -> Result<i64> {
    Ok(sqlx::query_scalar(PLANNED).fetch_one(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::login::Login;
    use crate::domain::user::User;
    use crate::storage::testing::{TestDatabase, dump, id, on_both_engines};
    use crate::storage::users::{self, Consent};

    const NOW: Moment = Moment::from_micros(100);

    fn notice(number: usize, due_at: i64) -> PlannedNotice {
        PlannedNotice {
            id: NoticeId::trusted(id(number)),
            user_id: UserId::trusted(id(1)),
            kind: NoticeKind::DueSoon,
            subject: format!("subject {number}"),
            account_id: None,
            due_at: Moment::from_micros(due_at),
        }
    }

    fn text() -> PortalText {
        PortalText { title: "К оплате".to_owned(), body: "100 ₽".to_owned(), link: "/accounts".to_owned() }
    }

    async fn user(connection: &mut Connection) {
        let login = Login::parse("anna@example.ru").unwrap();
        let user = User { id: UserId::trusted(id(1)), login, name: None, locked_at: None };
        let consent = Consent { at: NOW, from: String::new(), version: String::new() };
        users::insert(connection, &user, "", &consent, NOW).await.unwrap();
    }

    on_both_engines! {
        async fn a_notice_of_one_subject_is_planned_once_and_shown_once(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            user(&mut tx).await;
            let again = PlannedNotice { id: NoticeId::trusted(id(9)), ..notice(1, 5) };
            plan(&mut tx, engine, &[notice(1, 5)]).await.unwrap();
            plan(&mut tx, engine, std::slice::from_ref(&again)).await.unwrap();
            assert_eq!(planned(&mut tx).await.unwrap(), 1);
            assert!(show(&mut tx, &notice(1, 5).id, &text(), NOW).await.unwrap());
            assert!(!show(&mut tx, &notice(1, 5).id, &text(), NOW).await.unwrap());
            assert!(!insert_shown(&mut tx, &again, &text(), NOW).await.unwrap());
            assert_eq!(planned(&mut tx).await.unwrap(), 0);
        }

        async fn due_notices_are_leased_until_the_lease_ends(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            user(&mut tx).await;
            plan(&mut tx, engine, &[notice(1, 5), notice(2, 50), notice(3, 500)]).await.unwrap();
            let until = Moment::from_micros(200);
            let ids = |leased: Vec<PlannedNotice>| {
                let mut ids: Vec<String> = leased.into_iter().map(|notice| notice.subject).collect();
                ids.sort();
                ids
            };
            assert_eq!(ids(lease(&mut tx, NOW, until, 10).await.unwrap()), ["subject 1", "subject 2"]);
            assert!(lease(&mut tx, NOW, until, 10).await.unwrap().is_empty(), "another instance has them");
            assert_eq!(lease(&mut tx, until, Moment::from_micros(300), 1).await.unwrap().len(), 1);
        }

        async fn a_dropped_notice_is_never_shown(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            user(&mut tx).await;
            plan(&mut tx, engine, &[notice(1, 5)]).await.unwrap();
            drop_planned(&mut tx, &notice(1, 5).id).await.unwrap();
            assert!(!show(&mut tx, &notice(1, 5).id, &text(), NOW).await.unwrap());
            assert!(lease(&mut tx, NOW, NOW, 10).await.unwrap().is_empty());
            tx.commit().await.unwrap();
            assert!(dump(&test.database, "notices").await.contains("dropped"));
        }
    }
}
