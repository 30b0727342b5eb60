//! Plans of notices to all subscribers of a provider. A plan is worked through in batches: each batch and the place where
//! it ends are one transaction, so that a crash loses nothing and repeats nothing.

use sqlx::FromRow;

use super::{Connection, Result, StorageError};
use crate::domain::calendar::Moment;
use crate::domain::id::{AccountId, PlanId, ProviderId, UserId};
use crate::domain::notice::NoticeKind;

/// A link between a user and an account, as the order in which a plan is worked through.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Place {
    /// The account; empty at the beginning.
    pub account: String,
    /// The user; empty at the beginning.
    pub user: String,
}

impl Place {
    /// The place of a link.
    pub fn of(account_id: &AccountId, user_id: &UserId) -> Self {
        Self { account: account_id.as_str().to_owned(), user: user_id.as_str().to_owned() }
    }
}

/// A plan that is not finished.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoticePlan {
    /// Random.
    pub id: PlanId,
    /// The provider whose subscribers are told.
    pub provider_id: ProviderId,
    /// The kind of the notices.
    pub kind: NoticeKind,
    /// The occasion, as `domain::notice_occasion` writes it.
    pub occasion: String,
    /// The last link that was planned.
    pub after: Place,
}

const ADD: &str = "INSERT INTO notice_plans (id, provider_id, kind, occasion, after_account, after_user, planned, \
    created_at) VALUES ($1, $2, $3, $4, '', '', 0, $5) ON CONFLICT (provider_id, kind, occasion) DO NOTHING";

/// Adds a plan at its beginning. `false` when this occasion was planned before.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn add(
    connection: &mut Connection,
    id: &PlanId,
    provider_id: &ProviderId,
    (kind, occasion): (NoticeKind, &str),
    now: Moment,
) -> Result<bool> {
    let done = sqlx::query(ADD)
        .bind(id.as_str())
        .bind(provider_id.as_str())
        .bind(kind.as_str())
        .bind(occasion)
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

const IS_KNOWN: &str = "SELECT COUNT(*) FROM notice_plans WHERE provider_id = $1 AND kind = $2 AND occasion = $3";

/// Whether an occasion was planned before.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn is_known(
    connection: &mut Connection,
    provider_id: &ProviderId,
    (kind, occasion): (NoticeKind, &str),
) -> Result<bool> {
    let bound = sqlx::query_scalar(IS_KNOWN).bind(provider_id.as_str()).bind(kind.as_str()).bind(occasion);
    let count: i64 = bound.fetch_one(connection).await?;
    Ok(count > 0)
}

const OPEN: &str = "SELECT COUNT(*) FROM notice_plans WHERE finished_at IS NULL";

/// Whether a plan waits to be worked through; a look that locks nothing.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn is_any_open(connection: &mut Connection) -> Result<bool> {
    let open: i64 = sqlx::query_scalar(OPEN).fetch_one(connection).await?;
    Ok(open > 0)
}

#[derive(FromRow)]
struct Row {
    id: String,
    provider_id: String,
    kind: String,
    occasion: String,
    after_account: String,
    after_user: String,
}

impl TryFrom<Row> for NoticePlan {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: PlanId::trusted(row.id),
            provider_id: ProviderId::trusted(row.provider_id),
            kind: NoticeKind::parse(&row.kind).ok_or(StorageError::Corrupt { what: "kind of a plan" })?,
            occasion: row.occasion,
            after: Place { account: row.after_account, user: row.after_user },
        })
    }
}

const TAKE: &str = "UPDATE notice_plans SET planned = planned WHERE id = (SELECT id FROM notice_plans \
    WHERE finished_at IS NULL ORDER BY created_at, id LIMIT 1) AND finished_at IS NULL \
    RETURNING id, provider_id, kind, occasion, after_account, after_user";

/// Takes the oldest plan that is not finished, and locks it until the end of the transaction: another instance waits and
/// goes on where this batch ends.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn take(connection: &mut Connection) -> Result<Option<NoticePlan>> {
    let row: Option<Row> = sqlx::query_as(TAKE).fetch_optional(connection).await?;
    row.map(NoticePlan::try_from).transpose()
}

const ADVANCE: &str =
    "UPDATE notice_plans SET after_account = $2, after_user = $3, planned = planned + $4 WHERE id = $1";

/// Notes the place where a batch ended, and its number of notices.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn advance(connection: &mut Connection, id: &PlanId, after: &Place, planned: i64) -> Result<()> {
    let bound = sqlx::query(ADVANCE).bind(id.as_str()).bind(&after.account).bind(&after.user).bind(planned);
    bound.execute(connection).await?;
    Ok(())
}

const FINISH: &str = "UPDATE notice_plans SET finished_at = $2 WHERE id = $1";

/// Marks a plan as worked through.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn finish(connection: &mut Connection, id: &PlanId, now: Moment) -> Result<()> {
    sqlx::query(FINISH).bind(id.as_str()).bind(now.micros()).execute(connection).await?;
    Ok(())
}

const FORGET: &str = "DELETE FROM notice_plans WHERE finished_at <= $1";

/// Deletes plans that were finished up to a moment.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn forget(connection: &mut Connection, finished_by: Moment) -> Result<()> {
    sqlx::query(FORGET).bind(finished_by.micros()).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, id, on_both_engines, provider};
    use crate::storage::{Database, providers};

    const NOW: Moment = Moment::from_micros(100);

    on_both_engines! {
        async fn a_plan_is_resumed_where_its_last_batch_ended(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            let gas = provider("gas");
            providers::upsert(&mut tx, engine, std::slice::from_ref(&gas)).await.unwrap();
            let occasion = (NoticeKind::ReadingsOpen, "2026-11-25");
            assert!(add(&mut tx, &PlanId::trusted(id(1)), &gas.id, occasion, NOW).await.unwrap());
            assert!(!add(&mut tx, &PlanId::trusted(id(2)), &gas.id, occasion, NOW).await.unwrap());
            let first = take(&mut tx).await.unwrap().unwrap();
            assert_eq!((first.kind, first.occasion.as_str(), &first.after), (occasion.0, occasion.1, &Place::default()));
            let place = Place { account: "a".to_owned(), user: "b".to_owned() };
            advance(&mut tx, &first.id, &place, 7).await.unwrap();
            Database::commit(tx).await.unwrap();
            let mut tx = test.database.begin().await.unwrap();
            assert_eq!(take(&mut tx).await.unwrap().unwrap().after, place);
            finish(&mut tx, &first.id, NOW).await.unwrap();
            assert_eq!(take(&mut tx).await.unwrap(), None);
            assert!(!add(&mut tx, &PlanId::trusted(id(3)), &gas.id, occasion, NOW).await.unwrap(), "it was planned");
            forget(&mut tx, NOW).await.unwrap();
            assert!(add(&mut tx, &PlanId::trusted(id(3)), &gas.id, occasion, NOW).await.unwrap());
        }
    }
}
