//! Instalment plans and their parts, as the person in debt asks for them and sees them. `instalment_decisions` has the
//! operators' part.

use jiff::civil::Date;
use sqlx::FromRow;

use super::{Connection, Result, StorageError};
use crate::domain::calendar::{Moment, Period, parse_date};
use crate::domain::id::{AccountId, InstalmentPlanId, UserId};
use crate::domain::instalment::{Agreement, Instalment, InstalmentPlan, PlanState};
use crate::domain::money::Money;

/// The stored state has another name.
pub(super) const STATE: StorageError = StorageError::Corrupt { what: "state of an instalment plan" };
/// The stored number of months is out of range.
pub(super) const MONTHS: StorageError = StorageError::Corrupt { what: "months of an instalment plan" };

#[derive(FromRow)]
pub(super) struct Row {
    id: String,
    account_id: String,
    user_id: String,
    state: String,
    total: i64,
    months: i64,
    note: Option<String>,
    asked_at: i64,
    reason: Option<String>,
    through: Option<i64>,
}

impl Row {
    /// The plan of a row, with its parts if it is agreed.
    pub(super) async fn plan(self, connection: &mut Connection) -> Result<InstalmentPlan> {
        let agreement = match self.through {
            None => None,
            Some(through) => Some(Agreement {
                through: Period::from_number(through)
                    .map_err(|_| StorageError::Corrupt { what: "month of an instalment plan" })?,
                instalments: parts(connection, &self.id).await?,
            }),
        };
        Ok(InstalmentPlan {
            id: InstalmentPlanId::trusted(self.id),
            account_id: AccountId::trusted(self.account_id),
            user_id: UserId::trusted(self.user_id),
            state: PlanState::parse(&self.state).ok_or(STATE)?,
            total: Money::from_kopecks(self.total),
            months: u8::try_from(self.months).map_err(|_| MONTHS)?,
            note: self.note,
            asked_at: Moment::from_micros(self.asked_at),
            reason: self.reason,
            agreement,
        })
    }
}

#[derive(FromRow)]
struct PartRow {
    number: i64,
    sum: i64,
    due_on: String,
}

impl TryFrom<PartRow> for Instalment {
    type Error = StorageError;

    fn try_from(row: PartRow) -> Result<Self> {
        Ok(Self {
            number: u8::try_from(row.number).map_err(|_| MONTHS)?,
            sum: Money::from_kopecks(row.sum),
            due_on: parse_date(&row.due_on).map_err(|_| StorageError::Corrupt { what: "day of an instalment" })?,
        })
    }
}

const PARTS: &str = "SELECT number, sum, due_on FROM instalments WHERE plan_id = $1 ORDER BY number";

/// The parts of a plan: at most as many as a plan has months.
async fn parts(connection: &mut Connection, plan_id: &str) -> Result<Vec<Instalment>> {
    let rows: Vec<PartRow> = sqlx::query_as(PARTS).bind(plan_id).fetch_all(connection).await?;
    rows.into_iter().map(Instalment::try_from).collect()
}

const INSERT: &str = "INSERT INTO instalment_plans (id, account_id, user_id, state, total, months, note, asked_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Stores a plan that is asked for.
///
/// # Errors
/// [`StorageError::Conflict`] when the account has an open plan, else [`StorageError`] when the database refuses or does
/// not answer.
pub async fn insert(connection: &mut Connection, plan: &InstalmentPlan) -> Result<()> {
    sqlx::query(INSERT)
        .bind(plan.id.as_str())
        .bind(plan.account_id.as_str())
        .bind(plan.user_id.as_str())
        .bind(plan.state.as_str())
        .bind(plan.total.kopecks())
        .bind(i64::from(plan.months))
        .bind(plan.note.as_deref())
        .bind(plan.asked_at.micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// A query for plans `q`.
macro_rules! plans {
    ($rest:literal) => {
        concat!(
            "SELECT q.id, q.account_id, q.user_id, q.state, q.total, q.months, q.note, q.asked_at, q.reason, q.through",
            $rest
        )
    };
}
pub(super) use plans;

const LATEST: &str = plans!(
    " FROM instalment_plans q WHERE q.account_id = $1 \
     ORDER BY CASE WHEN q.state IN ('asked', 'agreed') THEN 0 ELSE 1 END, q.asked_at DESC, q.id DESC LIMIT 1"
);

/// The open plan of an account, or the newest one.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn latest(connection: &mut Connection, account_id: &AccountId) -> Result<Option<InstalmentPlan>> {
    let row: Option<Row> = sqlx::query_as(LATEST).bind(account_id.as_str()).fetch_optional(&mut *connection).await?;
    plan_of(connection, row).await
}

const OPEN: &str = plans!(" FROM instalment_plans q WHERE q.account_id = $1 AND q.state IN ('asked', 'agreed')");

/// The plan of an account that waits for a decision or is agreed.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn open(connection: &mut Connection, account_id: &AccountId) -> Result<Option<InstalmentPlan>> {
    let row: Option<Row> = sqlx::query_as(OPEN).bind(account_id.as_str()).fetch_optional(&mut *connection).await?;
    plan_of(connection, row).await
}

const DUE_ON: &str = plans!(
    " FROM instalment_plans q WHERE q.account_id = $1 AND q.through IS NOT NULL AND EXISTS \
     (SELECT 1 FROM instalments i WHERE i.plan_id = q.id AND i.due_on = $2) ORDER BY q.asked_at DESC, q.id DESC LIMIT 1"
);

/// The agreed plan of an account with a part that is due on a day.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn due_on(connection: &mut Connection, account_id: &AccountId, day: Date) -> Result<Option<InstalmentPlan>> {
    let bound = sqlx::query_as(DUE_ON).bind(account_id.as_str()).bind(day.to_string());
    let row: Option<Row> = bound.fetch_optional(&mut *connection).await?;
    plan_of(connection, row).await
}

async fn plan_of(connection: &mut Connection, row: Option<Row>) -> Result<Option<InstalmentPlan>> {
    match row {
        Some(row) => Ok(Some(row.plan(connection).await?)),
        None => Ok(None),
    }
}

const WITHDRAW: &str = "UPDATE instalment_plans SET state = 'withdrawn' \
    WHERE id = $1 AND user_id = $2 AND account_id = $3 AND state = 'asked'";

/// Withdraws a user's own request for an account. `false` when it no longer waits, or is not theirs.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn withdraw(
    connection: &mut Connection,
    id: &InstalmentPlanId,
    user_id: &UserId,
    account_id: &AccountId,
) -> Result<bool> {
    let bound = sqlx::query(WITHDRAW).bind(id.as_str()).bind(user_id.as_str()).bind(account_id.as_str());
    Ok(bound.execute(connection).await?.rows_affected() > 0)
}

const CLOSE: &str = "UPDATE instalment_plans SET state = $2 WHERE id = $1 AND state = 'agreed'";

/// Closes an agreed plan. `false` when it was closed before.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn close(connection: &mut Connection, id: &InstalmentPlanId, state: PlanState) -> Result<bool> {
    let done = sqlx::query(CLOSE).bind(id.as_str()).bind(state.as_str()).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::id::OperatorId;
    use crate::domain::instalment::schedule;
    use crate::domain::login::Login;
    use crate::domain::operator::{Operator, Providers};
    use crate::domain::user::User;
    use crate::storage::instalment_decisions::{Decision, agree};
    use crate::storage::testing::{TestDatabase, account, id, on_both_engines, provider};
    use crate::storage::users::{self, Consent};
    use crate::storage::{Tx, accounts, operators, providers};

    const NOW: Moment = Moment::from_micros(1_000);
    pub const TODAY: Date = Date::constant(2026, 11, 22);

    pub fn operator_id() -> OperatorId {
        OperatorId::trusted(id(90))
    }

    /// A plan that waits, for one of the accounts of [`begun`].
    pub fn plan(number: usize, account_number: usize) -> InstalmentPlan {
        InstalmentPlan {
            id: InstalmentPlanId::trusted(id(number)),
            account_id: AccountId::trusted(id(account_number)),
            user_id: UserId::trusted(id(1)),
            state: PlanState::Asked,
            total: Money::from_kopecks(123_456),
            months: 6,
            note: Some("до весны".to_owned()),
            asked_at: Moment::from_micros(500 + i64::try_from(number).unwrap()),
            reason: None,
            agreement: None,
        }
    }

    pub fn agreement() -> Agreement {
        let instalments = schedule(Money::from_kopecks(100_001), 3, TODAY).unwrap();
        Agreement { through: Period::parse("2026-10").unwrap(), instalments }
    }

    pub const fn decision<'a>(plan: &'a InstalmentPlan, operator_id: &'a OperatorId) -> Decision<'a> {
        Decision { id: &plan.id, operator_id, at: NOW }
    }

    /// A transaction with two accounts of `gas`, the user `anna@example.ru` and an operator of all providers.
    pub async fn begun(test: &TestDatabase) -> Tx {
        let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
        let gas = provider("gas");
        providers::upsert(&mut tx, engine, std::slice::from_ref(&gas)).await.unwrap();
        accounts::upsert(&mut tx, engine, &[account(&gas, 1), account(&gas, 2)], &[]).await.unwrap();
        let login = Login::parse("anna@example.ru").unwrap();
        let user = User { id: UserId::trusted(id(1)), login, name: None, locked_at: None };
        let consent = Consent { at: NOW, from: String::new(), version: String::new() };
        users::insert(&mut tx, &user, "", &consent, NOW).await.unwrap();
        let operator = Operator {
            id: operator_id(),
            login: "olga".to_owned(),
            name: "Ольга".to_owned(),
            disabled_at: None,
            contact: None,
            all_providers: true,
        };
        operators::insert(&mut tx, &operator, "", NOW).await.unwrap();
        operators::set_providers(&mut tx, &operator.id, Providers::All).await.unwrap();
        tx
    }

    on_both_engines! {
        async fn a_plan_is_read_back_as_it_was_asked_for_and_agreed(test: TestDatabase) {
            let mut tx = begun(&test).await;
            let asked = plan(1, 1);
            insert(&mut tx, &asked).await.unwrap();
            assert!(latest(&mut tx, &asked.account_id).await.unwrap() == Some(asked.clone()));
            assert!(open(&mut tx, &asked.account_id).await.unwrap() == Some(asked.clone()));
            let total = Money::from_kopecks(100_001);
            assert!(agree(&mut tx, decision(&asked, &operator_id()), total, &agreement()).await.unwrap());
            let agreed = InstalmentPlan {
                state: PlanState::Agreed,
                total,
                months: 3,
                agreement: Some(agreement()),
                ..asked.clone()
            };
            assert!(latest(&mut tx, &asked.account_id).await.unwrap() == Some(agreed.clone()));
            let december = Date::constant(2026, 12, 15);
            assert!(due_on(&mut tx, &asked.account_id, december).await.unwrap() == Some(agreed));
            assert!(due_on(&mut tx, &asked.account_id, TODAY).await.unwrap().is_none());
        }

        async fn only_the_person_who_asked_withdraws(test: TestDatabase) {
            let mut tx = begun(&test).await;
            let asked = plan(1, 1);
            insert(&mut tx, &asked).await.unwrap();
            let (stranger, other) = (UserId::trusted(id(8)), AccountId::trusted(id(2)));
            assert!(!withdraw(&mut tx, &asked.id, &stranger, &asked.account_id).await.unwrap());
            assert!(!withdraw(&mut tx, &asked.id, &asked.user_id, &other).await.unwrap());
            assert!(withdraw(&mut tx, &asked.id, &asked.user_id, &asked.account_id).await.unwrap());
        }

        async fn an_account_has_one_open_plan(test: TestDatabase) {
            let mut tx = begun(&test).await;
            let first = plan(1, 1);
            insert(&mut tx, &first).await.unwrap();
            insert(&mut tx, &plan(2, 2)).await.unwrap();
            agree(&mut tx, decision(&first, &operator_id()), first.total, &agreement()).await.unwrap();
            assert!(close(&mut tx, &first.id, PlanState::Completed).await.unwrap());
            assert!(!close(&mut tx, &first.id, PlanState::Broken).await.unwrap());
            insert(&mut tx, &plan(3, 1)).await.unwrap();
            // A failed statement ends a transaction of PostgreSQL, so it comes last.
            assert!(matches!(insert(&mut tx, &plan(4, 1)).await, Err(StorageError::Conflict)));
        }
    }
}
