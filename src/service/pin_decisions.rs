//! PIN requests that an operator decides (M5). The transaction of the decision enforces two rules: the account belongs
//! to the operator's providers, and operators cannot decide their own requests.

use super::audit::Action;
use super::pins::{MAX_REASON, send_pin};
use super::refused::{Correctable, Declined};
use super::{Fault, Services, Visitor};
use crate::domain::account::Account;
use crate::domain::id::{Owner, PinRequestId};
use crate::domain::login::Login;
use crate::domain::operator::Scope;
use crate::domain::paging::{AskedPage, PagePlace};
use crate::domain::pin::{PinRequest, PinRequestState, QueuedRequest};
use crate::domain::text::{TextError, clean_text, reads_alike};
use crate::storage::pin_requests::{self, QUEUE_PAGE};
use crate::storage::{Connection, Database, StorageError, Tx, accounts, devices, operators};
use crate::telemetry::{self, SecurityEvent};

/// The operator who decides.
#[derive(Clone, Copy)]
pub struct Decider<'a> {
    /// The data they may access.
    pub scope: &'a Scope,
    /// Their own e-mail address or phone.
    pub contact: Option<&'a str>,
    /// SHA-256 of the subscriber's device cookie that their browser sent.
    pub subscriber_device: Option<&'a str>,
    /// The client of the HTTP request.
    pub visitor: &'a Visitor,
}

/// A page of an operator's queue.
pub struct Queue {
    /// The requests of this page, the oldest first.
    pub requests: Vec<QueuedRequest>,
    /// Number of pending requests on all pages.
    pub waiting: i64,
    /// The position of this page.
    pub place: PagePlace,
}

/// A page of the pending requests with billing's data, the oldest first.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn queue(services: &Services, scope: &Scope, asked: AskedPage) -> Result<Queue, Fault> {
    let mut connection = services.db().read().await?;
    let waiting = pin_requests::waiting(&mut connection, scope).await?;
    let place = PagePlace::within(asked, waiting.unsigned_abs(), QUEUE_PAGE);
    let requests = pin_requests::queue(&mut connection, scope, place).await?;
    Ok(Queue { requests, waiting, place })
}

/// The page of the queue that contains a request, even if earlier decisions have moved it. The requested page when the
/// request is not pending for this operator.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn queue_with(
    services: &Services,
    scope: &Scope,
    asked: AskedPage,
    id: &PinRequestId,
) -> Result<Queue, Fault> {
    let has_it = |queue: &Queue| queue.requests.iter().any(|queued| queued.request.id == *id);
    let on_asked = queue(services, scope, asked).await?;
    if has_it(&on_asked) {
        return Ok(on_asked);
    }
    let mut next = Some(AskedPage::FIRST);
    while let Some(page) = next {
        let shown = queue(services, scope, page).await?;
        if has_it(&shown) {
            return Ok(shown);
        }
        next = shown.place.next();
    }
    Ok(on_asked)
}

/// An applicant's answer compared with billing's data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Comparison {
    /// Both match.
    Same,
    /// They differ.
    Differs,
    /// Billing has no value to compare with.
    Unknown,
}

impl Comparison {
    /// Compares a name or an address as a reader would.
    pub fn of(given: &str, held: Option<&str>) -> Self {
        match held.map(str::trim).filter(|held| !held.is_empty()) {
            None => Self::Unknown,
            Some(held) if reads_alike(given, held) => Self::Same,
            Some(_) => Self::Differs,
        }
    }
}

/// Both comparisons of a request that the operator has to review: at least one of them does not match.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Doubts {
    /// The name.
    pub name: Comparison,
    /// The address.
    pub address: Comparison,
}

impl Doubts {
    /// The doubts about a pending request; `None` when name and address match.
    pub fn of(queued: &QueuedRequest) -> Option<Self> {
        Self::between(&queued.request, queued.subscriber.as_deref(), &queued.address)
    }

    fn between(request: &PinRequest, subscriber: Option<&str>, address: &str) -> Option<Self> {
        let name = Comparison::of(&request.applicant_name, subscriber);
        let address = Comparison::of(&request.applicant_address, Some(address));
        let both_same = name == Comparison::Same && address == Comparison::Same;
        (!both_same).then_some(Self { name, address })
    }
}

/// Why an operator's decision was rejected.
#[derive(Debug)]
pub enum DecideError {
    /// The reason is not a valid text.
    Reason(TextError),
    /// The request is already decided.
    Gone,
    /// The request does not exist, or belongs to a provider outside the operator's scope: the answer is the same.
    NotFound,
    /// The operator made the request themselves, or has linked the account.
    Own,
    /// Name or address does not match: the operator has to confirm that the PIN is sent anyway.
    Doubtful(Doubts),
}

impl Correctable for DecideError {}

/// Sends the PIN to the contact of the request. `confirmed`: the operator has seen the mismatch.
///
/// # Errors
/// [`Declined`] when the request is not found, already decided or the operator's own, when a mismatch is not
/// confirmed, or on an internal error.
pub async fn approve(
    services: &Services,
    decider: Decider<'_>,
    id: &PinRequestId,
    confirmed: bool,
) -> Result<(), Declined<DecideError>> {
    decide(services, decider, id, Decision::Approve { confirmed }).await
}

/// Refuses a request and sends the reason to the applicant.
///
/// # Errors
/// [`Declined`] when the request is not found, already decided or the operator's own, when the reason is invalid, or
/// on an internal error.
pub async fn refuse(
    services: &Services,
    decider: Decider<'_>,
    id: &PinRequestId,
    reason: &str,
) -> Result<(), Declined<DecideError>> {
    decide(services, decider, id, Decision::Refuse { reason }).await
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Decision<'a> {
    Approve { confirmed: bool },
    Refuse { reason: &'a str },
}

/// A request that the operator may decide: in their scope, and not their own.
struct Decidable {
    request: PinRequest,
    account: Account,
}

async fn decide(
    services: &Services,
    decider: Decider<'_>,
    id: &PinRequestId,
    decision: Decision<'_>,
) -> Result<(), Declined<DecideError>> {
    let operator_id = &decider.scope.operator_id;
    let mut tx = services.db().begin().await?;
    // Serialises this decision with changes of the operator's providers and with disabling the operator.
    operators::lock(&mut tx, operator_id).await?;
    let (mut tx, decidable) = ensure_may_decide(services, tx, decider, id).await?;
    let Decidable { request, account } = &decidable;
    if request.state != PinRequestState::Pending {
        return Err(DecideError::Gone.into());
    }
    if decision == (Decision::Approve { confirmed: false })
        && let Some(doubts) = Doubts::between(request, account.subscriber.as_deref(), &account.address)
    {
        return Err(DecideError::Doubtful(doubts).into());
    }
    let reason = match decision {
        Decision::Approve { .. } => None,
        Decision::Refuse { reason } => Some(clean_text(reason, MAX_REASON).map_err(DecideError::Reason)?),
    };
    let (state, action) = match reason {
        None => (PinRequestState::Approved, Action::PinApproved),
        Some(_) => (PinRequestState::Refused, Action::PinRefused),
    };
    // Another operator may have decided since the request was read.
    if !pin_requests::decide(&mut tx, id, state, reason.as_deref(), operator_id, services.now()).await? {
        return Err(DecideError::Gone.into());
    }
    let contact = Login::parse(&request.contact).map_err(|_| Fault::Broken("a PIN request with no contact"))?;
    match &reason {
        None => send_pin(services, &mut tx, account, &contact).await?,
        Some(reason) => {
            services.send(&mut tx, &contact, services.text_pin_refused(account.number.as_str(), reason)).await?;
        }
    }
    let (user, subject) = (Some(&request.user_id), Some(id.as_str()));
    services.record_operator(&mut tx, operator_id, user, action, subject, decider.visitor).await?;
    Ok(Database::commit(tx).await?)
}

/// Reads the request within the transaction of the decision. A rejected attempt is recorded and logged.
async fn ensure_may_decide(
    services: &Services,
    mut tx: Tx,
    decider: Decider<'_>,
    id: &PinRequestId,
) -> Result<(Tx, Decidable), Declined<DecideError>> {
    let Some(request) = pin_requests::by_id(&mut tx, id).await? else {
        telemetry::security(SecurityEvent::ForeignId);
        return Err(DecideError::NotFound.into());
    };
    let refused = if !pin_requests::is_in_scope(&mut tx, decider.scope, id).await? {
        DecideError::NotFound
    } else if is_own(services, &mut tx, decider, &request).await? {
        DecideError::Own
    } else {
        let account = accounts::by_id(&mut tx, &request.account_id).await?;
        let account = account.ok_or(Fault::Broken("a PIN request for no account"))?;
        return Ok((tx, Decidable { request, account }));
    };
    let (operator_id, user, subject) = (&decider.scope.operator_id, Some(&request.user_id), Some(id.as_str()));
    let action = Action::DecisionRefused;
    services.record_operator(&mut tx, operator_id, user, action, subject, decider.visitor).await?;
    Database::commit(tx).await?;
    telemetry::security(SecurityEvent::OperatorRefused);
    Err(refused.into())
}

/// Four-eyes rule: compares the operator's own contact, and the browser, if the applicant signed in with it before.
async fn is_own(
    services: &Services,
    connection: &mut Connection,
    decider: Decider<'_>,
    request: &PinRequest,
) -> Result<bool, StorageError> {
    if let Some(contact) = decider.contact
        && pin_requests::is_of_contact(connection, &request.id, contact).await?
    {
        return Ok(true);
    }
    let Some(device) = decider.subscriber_device else { return Ok(false) };
    devices::knows(connection, device, &Owner::User(request.user_id.clone()), services.now()).await
}
