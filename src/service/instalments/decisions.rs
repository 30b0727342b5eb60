//! The operators' part: the list, and the decision. The transaction of the decision enforces that the account belongs to the
//! operator's providers, and that operators do not decide about themselves.

use super::progress_of;
use crate::domain::account::Access;
use crate::domain::id::{InstalmentPlanId, Owner};
use crate::domain::instalment::{
    Agreement, InstalmentPlan, ListedPlan, MAX_REASON, Progress, QueuedPlan, parse_months, schedule,
};
use crate::domain::money::Money;
use crate::domain::operator::Scope;
use crate::domain::paging::{AskedPage, PagePlace};
use crate::domain::text::{TextError, clean_text};
use crate::service::audit::Action;
use crate::service::debts::debt_of;
use crate::service::messages::Text;
use crate::service::pin_decisions::Decider;
use crate::service::refused::{Correctable, Declined};
use crate::service::{Fault, Services};
use crate::storage::instalment_decisions::{self, Decision, LIST_PAGE};
use crate::storage::{Connection, Database, StorageError, Tx, accounts, devices, links, operators, users};
use crate::telemetry::{self, SecurityEvent};

/// A page of the operators' list.
pub struct PlanPage {
    /// The plans of this page: those that wait, the oldest first, then the others, the newest first.
    pub listed: Vec<ListedPlan>,
    /// How many wait for a decision on all pages.
    pub waiting: i64,
    /// The position of this page.
    pub place: PagePlace,
}

/// A page of the plans in the operator's scope.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn list(services: &Services, scope: &Scope, asked: AskedPage) -> Result<PlanPage, Fault> {
    let mut connection = services.db().read().await?;
    let counts = instalment_decisions::count(&mut connection, scope).await?;
    let place = PagePlace::within(asked, counts.total.unsigned_abs(), LIST_PAGE);
    let listed = instalment_decisions::page(&mut connection, scope, place).await?;
    Ok(PlanPage { listed, waiting: counts.waiting, place })
}

/// A plan with what the operator needs to decide.
pub struct Prepared {
    /// The plan with billing's data.
    pub queued: QueuedPlan,
    /// The debt that is overdue today; `None` when there is none.
    pub overdue: Option<Money>,
    /// Where the plan stands; `None` without an agreement.
    pub progress: Option<Progress>,
}

/// The plan with an identifier; `None` outside the operator's scope.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn prepared(services: &Services, scope: &Scope, id: &InstalmentPlanId) -> Result<Option<Prepared>, Fault> {
    let mut connection = services.db().read().await?;
    let Some(queued) = instalment_decisions::in_scope(&mut connection, scope, id).await? else {
        telemetry::security(SecurityEvent::OperatorRefused);
        return Ok(None);
    };
    let on = debt_of(services, &mut connection, &queued.plan.account_id, &queued.provider).await?;
    let progress = progress_of(&mut connection, &queued.plan, on.balance.paid_since, on.today).await?;
    Ok(Some(Prepared { queued, overdue: on.overdue().map(|(sum, _)| sum), progress }))
}

/// Why a decision was rejected.
#[derive(Debug)]
pub enum DecideError {
    /// Not a number of parts into which this debt can be divided.
    Months,
    /// The reason is not a valid text.
    Reason(TextError),
    /// The plan no longer waits for a decision.
    Gone,
    /// The plan does not exist, or belongs to a provider outside the operator's scope: the answer is the same.
    NotFound,
    /// The operator asked for it themselves, or has linked the account.
    Own,
    /// Nothing is overdue any more.
    NoDebt,
    /// The person has no full access to the account any more, so they would not see the schedule.
    NoAccess,
}

impl Correctable for DecideError {}

/// Agrees to a plan for today's overdue debt in a number of parts, and sends the schedule to the person.
///
/// # Errors
/// [`Declined`] when the plan is not found, no longer waits or is the operator's own, when the number of parts does not fit,
/// nothing is overdue, the person has lost the access, or on an internal error.
pub async fn agree(
    services: &Services,
    decider: Decider<'_>,
    id: &InstalmentPlanId,
    months: &str,
) -> Result<(), Declined<DecideError>> {
    let (mut tx, QueuedPlan { plan, number, provider, .. }) = begin(services, decider, id).await?;
    let state = plan.state.agree().map_err(|_| DecideError::Gone)?;
    let months = parse_months(months).map_err(|_| DecideError::Months)?;
    ensure_access(&mut tx, &plan).await?;
    let on = debt_of(services, &mut tx, &plan.account_id, &provider).await?;
    let (total, through) = on.overdue().ok_or(DecideError::NoDebt)?;
    let instalments = schedule(total, months, on.today).map_err(|_| DecideError::Months)?;
    let agreement = Agreement { through, instalments };
    if !instalment_decisions::agree(&mut tx, decision(services, decider, id), total, &agreement).await? {
        return Err(DecideError::Gone.into());
    }
    let agreed = InstalmentPlan { state, total, months, agreement: Some(agreement), ..plan };
    let text = services.text_instalments_agreed(number.as_str(), &agreed);
    finish(services, tx, decider, &agreed, Action::InstalmentsAgreed, text).await
}

/// Refuses a plan and sends the reason to the person.
///
/// # Errors
/// [`Declined`] when the plan is not found, no longer waits or is the operator's own, when the reason is invalid, or on an
/// internal error.
pub async fn refuse(
    services: &Services,
    decider: Decider<'_>,
    id: &InstalmentPlanId,
    reason: &str,
) -> Result<(), Declined<DecideError>> {
    let (mut tx, QueuedPlan { plan, number, .. }) = begin(services, decider, id).await?;
    plan.state.refuse().map_err(|_| DecideError::Gone)?;
    let reason = clean_text(reason, MAX_REASON).map_err(DecideError::Reason)?;
    if !instalment_decisions::refuse(&mut tx, decision(services, decider, id), &reason).await? {
        return Err(DecideError::Gone.into());
    }
    let text = services.text_instalments_refused(number.as_str(), &plan.account_id, &reason);
    finish(services, tx, decider, &plan, Action::InstalmentsRefused, text).await
}

fn decision<'a>(services: &Services, decider: Decider<'a>, id: &'a InstalmentPlanId) -> Decision<'a> {
    Decision { id, operator_id: &decider.scope.operator_id, at: services.now() }
}

/// Begins the transaction of a decision with a plan that the operator may decide on.
async fn begin(
    services: &Services,
    decider: Decider<'_>,
    id: &InstalmentPlanId,
) -> Result<(Tx, QueuedPlan), Declined<DecideError>> {
    let mut tx = services.db().begin().await?;
    // Serialises this decision with changes of the operator's providers and with disabling the operator.
    operators::lock(&mut tx, &decider.scope.operator_id).await?;
    let Some(found) = instalment_decisions::in_scope(&mut tx, decider.scope, id).await? else {
        telemetry::security(SecurityEvent::OperatorRefused);
        return Err(DecideError::NotFound.into());
    };
    // Serialises it with requests for the account; the state that was read before the lock may be older.
    accounts::lock(&mut tx, &found.plan.account_id).await?;
    if is_own(services, &mut tx, decider, &found.plan).await? {
        telemetry::security(SecurityEvent::OperatorRefused);
        return Err(DecideError::Own.into());
    }
    Ok((tx, found))
}

/// Four-eyes rule: compares the operator's own contact, and the browser, if the person signed in with it before.
async fn is_own(
    services: &Services,
    connection: &mut Connection,
    decider: Decider<'_>,
    plan: &InstalmentPlan,
) -> Result<bool, StorageError> {
    if let Some(contact) = decider.contact
        && instalment_decisions::is_of_contact(connection, &plan.id, contact).await?
    {
        return Ok(true);
    }
    let Some(device) = decider.subscriber_device else { return Ok(false) };
    devices::knows(connection, device, &Owner::User(plan.user_id.clone()), services.now()).await
}

async fn ensure_access(connection: &mut Connection, plan: &InstalmentPlan) -> Result<(), Declined<DecideError>> {
    let link = links::find(connection, &plan.user_id, &plan.account_id).await?;
    if link.is_some_and(|link| link.access == Access::Full) { Ok(()) } else { Err(DecideError::NoAccess.into()) }
}

/// Sends the decision to the person, records it and commits.
async fn finish(
    services: &Services,
    mut tx: Tx,
    decider: Decider<'_>,
    plan: &InstalmentPlan,
    action: Action,
    text: Text,
) -> Result<(), Declined<DecideError>> {
    let user = users::by_id(&mut tx, &plan.user_id).await?.ok_or(Fault::Broken("an instalment plan of no user"))?;
    services.send(&mut tx, &user.login, text).await?;
    let (operator_id, subject) = (&decider.scope.operator_id, Some(plan.id.as_str()));
    services.record_operator(&mut tx, operator_id, Some(&plan.user_id), action, subject, decider.visitor).await?;
    Ok(Database::commit(tx).await?)
}
