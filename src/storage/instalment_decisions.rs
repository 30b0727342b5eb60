//! Instalment plans as operators see them, and their decisions.

use sqlx::FromRow;

use super::instalment_plans::{MONTHS, Row, STATE, plans};
use super::operators::account_in_scope;
use super::{Connection, Result, StorageError};
use crate::domain::account::AccountNumber;
use crate::domain::calendar::Moment;
use crate::domain::id::{InstalmentPlanId, OperatorId};
use crate::domain::instalment::{Agreement, ListedPlan, PlanState, QueuedPlan};
use crate::domain::money::Money;
use crate::domain::operator::Scope;
use crate::domain::paging::PagePlace;

/// Plans per page of the operators' list.
pub const LIST_PAGE: u32 = 50;

/// An operator's decision.
#[derive(Clone, Copy)]
pub struct Decision<'a> {
    /// The plan.
    pub id: &'a InstalmentPlanId,
    /// The operator.
    pub operator_id: &'a OperatorId,
    /// When it was made.
    pub at: Moment,
}

const AGREE: &str = "UPDATE instalment_plans SET state = 'agreed', total = $4, months = $5, through = $6, \
    decided_at = $2, operator_id = $3 WHERE id = $1 AND state = 'asked'";
const INSERT_PART: &str = "INSERT INTO instalments (plan_id, number, sum, due_on) VALUES ($1, $2, $3, $4)";

/// Stores an agreement about a plan that waits. `false` when it no longer waits: nothing changes then.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or the plan has too many parts.
pub async fn agree(
    connection: &mut Connection,
    decision: Decision<'_>,
    total: Money,
    agreement: &Agreement,
) -> Result<bool> {
    let months = i64::try_from(agreement.instalments.len()).map_err(|_| MONTHS)?;
    let done = sqlx::query(AGREE)
        .bind(decision.id.as_str())
        .bind(decision.at.micros())
        .bind(decision.operator_id.as_str())
        .bind(total.kopecks())
        .bind(months)
        .bind(agreement.through.number())
        .execute(&mut *connection)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    for part in &agreement.instalments {
        sqlx::query(INSERT_PART)
            .bind(decision.id.as_str())
            .bind(i64::from(part.number))
            .bind(part.sum.kopecks())
            .bind(part.due_on.to_string())
            .execute(&mut *connection)
            .await?;
    }
    Ok(true)
}

const REFUSE: &str = "UPDATE instalment_plans SET state = 'refused', reason = $4, decided_at = $2, operator_id = $3 \
    WHERE id = $1 AND state = 'asked'";

/// Refuses a plan that waits. `false` when it no longer waits.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn refuse(connection: &mut Connection, decision: Decision<'_>, reason: &str) -> Result<bool> {
    let done = sqlx::query(REFUSE)
        .bind(decision.id.as_str())
        .bind(decision.at.micros())
        .bind(decision.operator_id.as_str())
        .bind(reason)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

const OF_CONTACT: &str = "SELECT COUNT(*) FROM instalment_plans q WHERE q.id = $1 AND EXISTS \
    (SELECT 1 FROM users u WHERE (u.login = $2 OR EXISTS \
    (SELECT 1 FROM contacts c WHERE c.user_id = u.id AND c.address = $2)) AND (u.id = q.user_id OR EXISTS \
    (SELECT 1 FROM links l WHERE l.user_id = u.id AND l.account_id = q.account_id)))";

/// Whether a plan concerns the operator's own contact: as the login or the second contact of a user it asked for the plan
/// or has linked the account.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn is_of_contact(connection: &mut Connection, id: &InstalmentPlanId, contact: &str) -> Result<bool> {
    let count: i64 = sqlx::query_scalar(OF_CONTACT).bind(id.as_str()).bind(contact).fetch_one(connection).await?;
    Ok(count > 0)
}

#[derive(FromRow)]
struct QueuedRow {
    #[sqlx(flatten)]
    plan: Row,
    number: String,
    provider: String,
    subscriber: Option<String>,
    address: String,
}

const IN_SCOPE: &str = concat!(
    plans!(
        ", a.number, p.name AS provider, a.subscriber, a.address FROM instalment_plans q \
         JOIN accounts a ON a.id = q.account_id JOIN providers p ON p.id = a.provider_id WHERE q.id = $2 AND "
    ),
    account_in_scope!()
);

/// The plan with an identifier; `None` outside the operator's scope.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn in_scope(connection: &mut Connection, scope: &Scope, id: &InstalmentPlanId) -> Result<Option<QueuedPlan>> {
    let bound = sqlx::query_as(IN_SCOPE).bind(scope.operator_id.as_str()).bind(id.as_str());
    let row: Option<QueuedRow> = bound.fetch_optional(&mut *connection).await?;
    let Some(QueuedRow { plan, number, provider, subscriber, address }) = row else { return Ok(None) };
    let plan = plan.plan(connection).await?;
    Ok(Some(QueuedPlan { plan, number: AccountNumber::trusted(number), provider, subscriber, address }))
}

/// How many plans are in an operator's scope.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Counts {
    /// All.
    pub total: i64,
    /// Those that wait for a decision.
    pub waiting: i64,
}

const COUNT: &str = concat!(
    "SELECT COUNT(*) AS total, CAST(COALESCE(SUM(CASE WHEN q.state = 'asked' THEN 1 ELSE 0 END), 0) AS BIGINT) AS waiting \
     FROM instalment_plans q JOIN accounts a ON a.id = q.account_id WHERE ",
    account_in_scope!()
);

/// The number of plans in the operator's scope.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn count(connection: &mut Connection, scope: &Scope) -> Result<Counts> {
    let bound = sqlx::query_as(COUNT).bind(scope.operator_id.as_str());
    let (total, waiting): (i64, i64) = bound.fetch_one(connection).await?;
    Ok(Counts { total, waiting })
}

#[derive(FromRow)]
struct ListedRow {
    id: String,
    state: String,
    total: i64,
    months: i64,
    asked_at: i64,
    number: String,
    provider: String,
}

impl TryFrom<ListedRow> for ListedPlan {
    type Error = StorageError;

    fn try_from(row: ListedRow) -> Result<Self> {
        Ok(Self {
            id: InstalmentPlanId::trusted(row.id),
            state: PlanState::parse(&row.state).ok_or(STATE)?,
            total: Money::from_kopecks(row.total),
            months: u8::try_from(row.months).map_err(|_| MONTHS)?,
            asked_at: Moment::from_micros(row.asked_at),
            number: AccountNumber::trusted(row.number),
            provider: row.provider,
        })
    }
}

const PAGE: &str = concat!(
    "SELECT q.id, q.state, q.total, q.months, q.asked_at, a.number, p.name AS provider FROM instalment_plans q \
     JOIN accounts a ON a.id = q.account_id JOIN providers p ON p.id = a.provider_id WHERE ",
    account_in_scope!(),
    " ORDER BY CASE WHEN q.state = 'asked' THEN 0 ELSE 1 END, \
     CASE WHEN q.state = 'asked' THEN q.asked_at ELSE -q.asked_at END, q.id LIMIT 0 + $2 OFFSET 0 + $3"
);

/// A page of the plans in the operator's scope: those that wait, the oldest first, then the others, the newest first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn page(connection: &mut Connection, scope: &Scope, place: PagePlace) -> Result<Vec<ListedPlan>> {
    let rows: Vec<ListedRow> = sqlx::query_as(PAGE)
        .bind(scope.operator_id.as_str())
        .bind(place.size())
        .bind(place.offset())
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(ListedPlan::try_from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ProviderId;
    use crate::domain::operator::Providers;
    use crate::domain::paging::AskedPage;
    use crate::storage::instalment_plans::tests::{agreement, begun, decision, operator_id, plan};
    use crate::storage::instalment_plans::{insert, latest, open, withdraw};
    use crate::storage::operators;
    use crate::storage::testing::{TestDatabase, id, on_both_engines};

    fn scope() -> Scope {
        Scope { operator_id: operator_id() }
    }

    fn first_page() -> PagePlace {
        PagePlace::within(AskedPage::FIRST, 1, LIST_PAGE)
    }

    on_both_engines! {
        async fn an_operator_sees_the_plans_of_their_providers_those_that_wait_first(test: TestDatabase) {
            let mut tx = begun(&test).await;
            let (first, second) = (plan(1, 1), plan(2, 2));
            insert(&mut tx, &first).await.unwrap();
            insert(&mut tx, &second).await.unwrap();
            refuse(&mut tx, decision(&first, &operator_id()), "нет").await.unwrap();
            insert(&mut tx, &plan(3, 1)).await.unwrap();
            let listed = page(&mut tx, &scope(), first_page()).await.unwrap();
            let ids: Vec<&str> = listed.iter().map(|listed| listed.id.as_str()).collect();
            assert_eq!(ids, [id(2), id(3), id(1)]);
            assert_eq!(count(&mut tx, &scope()).await.unwrap(), Counts { total: 3, waiting: 2 });
            let queued = in_scope(&mut tx, &scope(), &second.id).await.unwrap().unwrap();
            assert_eq!((queued.number.as_str(), queued.address.as_str()), ("00000002", "ул. Береговая"));
            assert!(queued.plan == second);

            let none: &[ProviderId] = &[];
            operators::set_providers(&mut tx, &operator_id(), Providers::Only(none)).await.unwrap();
            assert!(page(&mut tx, &scope(), first_page()).await.unwrap().is_empty());
            assert_eq!(count(&mut tx, &scope()).await.unwrap(), Counts { total: 0, waiting: 0 });
            assert!(in_scope(&mut tx, &scope(), &second.id).await.unwrap().is_none());
        }

        async fn a_plan_of_the_operators_own_contact_is_known(test: TestDatabase) {
            let mut tx = begun(&test).await;
            let asked = plan(1, 1);
            insert(&mut tx, &asked).await.unwrap();
            assert!(is_of_contact(&mut tx, &asked.id, "anna@example.ru").await.unwrap());
            assert!(!is_of_contact(&mut tx, &asked.id, "olga@example.ru").await.unwrap());
        }

        async fn a_plan_is_decided_once(test: TestDatabase) {
            let mut tx = begun(&test).await;
            let (asked, operator) = (plan(1, 1), operator_id());
            insert(&mut tx, &asked).await.unwrap();
            assert!(refuse(&mut tx, decision(&asked, &operator), "нет").await.unwrap());
            assert!(!refuse(&mut tx, decision(&asked, &operator), "опять").await.unwrap());
            assert!(!agree(&mut tx, decision(&asked, &operator), asked.total, &agreement()).await.unwrap());
            assert!(!withdraw(&mut tx, &asked.id, &asked.user_id, &asked.account_id).await.unwrap());
            let refused = latest(&mut tx, &asked.account_id).await.unwrap().unwrap();
            assert_eq!((refused.state, refused.reason.as_deref()), (PlanState::Refused, Some("нет")));
            assert!(refused.agreement.is_none() && open(&mut tx, &asked.account_id).await.unwrap().is_none());
        }
    }
}
