//! Instalment plans: a person asks to pay an overdue debt in monthly parts, an operator decides, and the person sees the
//! schedule. `decisions` has the operators' part.

mod decisions;
mod messages;

pub use decisions::{DecideError, PlanPage, Prepared, agree, list, prepared, refuse};

use jiff::civil::Date;

use super::access::FullAccess;
use super::audit::Action;
use super::debts::{DebtOn, debt, debt_of};
use super::limits::INSTALMENTS_USER;
use super::refused::{Correctable, Declined, Refused};
use super::{Fault, Services, Visitor};
use crate::domain::balance::MAX_DEBT_MONTHS;
use crate::domain::calendar::Period;
use crate::domain::id::{AccountId, InstalmentPlanId};
use crate::domain::instalment::{
    Choice, InstalmentPlan, MAX_NOTE, PlanState, Progress, ProgressState, ReceiptInstalment, choices, parse_months,
    schedule,
};
use crate::domain::money::Money;
use crate::domain::text::{TextError, clean_text};
use crate::storage::{Connection, Database, StorageError, accounts, charges, instalment_plans};

/// The form of a request, as typed.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    /// The number of parts.
    pub months: &'a str,
    /// A note for the operator; may be empty.
    pub note: &'a str,
}

/// Why a plan was not asked for.
#[derive(Debug)]
pub enum AskError {
    /// Not a number of parts into which this debt can be divided.
    Months,
    /// The note is no valid text.
    Note(TextError),
    /// No debt is past its due date.
    NoDebt,
    /// A request for this account waits for a decision.
    WaitsAlready,
    /// A plan of this account is running.
    RunsAlready,
}

impl Correctable for AskError {}

/// Asks for a plan for the overdue debt of an account. A plan that is paid or broken is closed then.
///
/// # Errors
/// [`Refused`] when a field is wrong, nothing is overdue, the account has an open plan, a limit is reached, or on an
/// internal error.
pub async fn ask(
    services: &Services,
    access: &FullAccess,
    form: Form<'_>,
    visitor: &Visitor,
) -> Result<(), Refused<AskError>> {
    let months = parse_months(form.months).map_err(|_| AskError::Months)?;
    let note = parse_note(form.note).map_err(AskError::Note)?;
    services.count(INSTALMENTS_USER, access.user_id().as_str()).await??;
    let mut tx = services.db().begin().await?;
    // Serialises requests and decisions about the account: a second click finds the first request.
    accounts::lock(&mut tx, access.id()).await?;
    let on = debt_of(services, &mut tx, access.id(), &access.provider().name).await?;
    close_ended(&mut tx, access.id(), &on).await?;
    let (total, _) = on.overdue().ok_or(AskError::NoDebt)?;
    schedule(total, months, on.today).map_err(|_| AskError::Months)?;
    let plan = InstalmentPlan {
        id: InstalmentPlanId::trusted(services.nature().id()),
        account_id: access.id().clone(),
        user_id: access.user_id().clone(),
        state: PlanState::Asked,
        total,
        months,
        note,
        asked_at: services.now(),
        reason: None,
        agreement: None,
    };
    instalment_plans::insert(&mut tx, &plan).await?;
    let subject = Some(access.id().as_str());
    services.record(&mut tx, access.user_id(), Action::InstalmentsAsked, subject, visitor).await?;
    Ok(Database::commit(tx).await?)
}

/// The note, if there is one.
fn parse_note(text: &str) -> Result<Option<String>, TextError> {
    match clean_text(text, MAX_NOTE) {
        Ok(note) => Ok(Some(note)),
        Err(TextError::Empty) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Closes the account's agreed plan if it is paid or broken.
async fn close_ended(
    connection: &mut Connection,
    account_id: &AccountId,
    on: &DebtOn,
) -> Result<(), Refused<AskError>> {
    let Some(plan) = instalment_plans::open(connection, account_id).await? else { return Ok(()) };
    let progress = progress_of(connection, &plan, on.balance.paid_since, on.today).await?;
    let Some(progress) = progress else { return Err(AskError::WaitsAlready.into()) };
    let state = plan.state.close(progress.state).map_err(|_| AskError::RunsAlready)?;
    instalment_plans::close(connection, &plan.id, state).await?;
    Ok(())
}

/// Where an agreed plan stands; `None` without an agreement.
async fn progress_of(
    connection: &mut Connection,
    plan: &InstalmentPlan,
    paid_since: Money,
    today: Date,
) -> Result<Option<Progress>, StorageError> {
    if plan.agreement.is_none() {
        return Ok(None);
    }
    let months = charges::months(connection, &plan.account_id, 0, MAX_DEBT_MONTHS).await?;
    Ok(plan.progress(plan.left(&months, paid_since), today))
}

/// The request no longer waits for a decision, or is not the user's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotWaiting;

impl Correctable for NotWaiting {}

/// Takes the user's own request back before a decision.
///
/// # Errors
/// [`Declined`] when it no longer waits or is not the user's, or on an internal error.
pub async fn withdraw(
    services: &Services,
    access: &FullAccess,
    id: &InstalmentPlanId,
    visitor: &Visitor,
) -> Result<(), Declined<NotWaiting>> {
    let mut tx = services.db().begin().await?;
    if !instalment_plans::withdraw(&mut tx, id, access.user_id(), access.id()).await? {
        return Err(NotWaiting.into());
    }
    let subject = Some(access.id().as_str());
    services.record(&mut tx, access.user_id(), Action::InstalmentsWithdrawn, subject, visitor).await?;
    Ok(Database::commit(tx).await?)
}

/// The newest plan of an account, on the page of its debt.
pub struct PlanOn {
    /// The plan.
    pub plan: InstalmentPlan,
    /// Where it stands; `None` without an agreement.
    pub progress: Option<Progress>,
    /// Whether the user asked for it, and not another person with access to the account.
    pub is_own: bool,
}

impl PlanOn {
    /// Whether no other plan can be asked for.
    fn is_open(&self) -> bool {
        match self.plan.state {
            PlanState::Asked => true,
            PlanState::Agreed => {
                self.progress.as_ref().is_some_and(|progress| progress.state == ProgressState::Running)
            }
            PlanState::Refused | PlanState::Withdrawn | PlanState::Completed | PlanState::Broken => false,
        }
    }
}

/// What the page of a debt says about instalments.
pub struct Shown {
    /// The newest plan.
    pub plan: Option<PlanOn>,
    /// What can be asked for; empty while a plan is open, and without an overdue debt.
    pub choices: Vec<Choice>,
}

/// The newest plan of an account, and what can be asked for. `on` is the account's debt.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn shown(services: &Services, access: &FullAccess, on: &DebtOn) -> Result<Shown, Fault> {
    let mut connection = services.db().read().await?;
    let plan = match instalment_plans::latest(&mut connection, access.id()).await? {
        None => None,
        Some(plan) => {
            let progress = progress_of(&mut connection, &plan, on.balance.paid_since, on.today).await?;
            let is_own = plan.user_id == *access.user_id();
            Some(PlanOn { plan, progress, is_own })
        }
    };
    let overdue = on.overdue().filter(|_| !plan.as_ref().is_some_and(PlanOn::is_open));
    Ok(Shown { plan, choices: overdue.map(|(total, _)| choices(total)).unwrap_or_default() })
}

/// What is left of the next part of the account's agreed plan; `None` when no part is to be paid.
///
/// # Errors
/// As [`shown`], and when the sum of the payments overflows.
pub async fn next_sum(services: &Services, access: &FullAccess) -> Result<Option<Money>, Fault> {
    let on = debt(services, access).await?;
    let plan = shown(services, access, &on).await?.plan.filter(|on| on.plan.state == PlanState::Agreed);
    Ok(plan.and_then(|on| Some(on.progress?.next()?.left)))
}

/// The line of an agreed plan on the receipt of a month. `paid_since` and `payable` are the receipt's own; months after
/// the receipt's are not counted.
pub(super) async fn on_receipt(
    connection: &mut Connection,
    account_id: &AccountId,
    period: Period,
    paid_since: Money,
    payable: Money,
) -> Result<Option<ReceiptInstalment>, StorageError> {
    let due_on = period.due_date();
    let Some(plan) = instalment_plans::due_on(connection, account_id, due_on).await? else { return Ok(None) };
    let mut months = charges::months(connection, account_id, 0, MAX_DEBT_MONTHS).await?;
    months.retain(|month| month.period <= period);
    Ok(plan.on_receipt(due_on, plan.left(&months, paid_since), payable))
}
