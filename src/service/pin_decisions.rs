//! Requests for a PIN that an operator decides (M5). Two rules hold in the transaction of the decision: the account is of
//! the operator's providers, and nobody decides a request of their own.

use super::audit::Action;
use super::pins::{REASON_MOST, send_pin};
use super::{Fault, Services, Visitor, pages};
use crate::domain::id::{Owner, PinRequestId};
use crate::domain::login::Login;
use crate::domain::operator::Scope;
use crate::domain::pin::PinRequestState;
use crate::domain::text::{TextError, clean_text, reads_alike};
use crate::storage::accounts;
pub use crate::storage::pin_requests::QueuedRequest;
use crate::storage::pin_requests::{self, PinRequest, QUEUE_PAGE};
use crate::storage::{Connection, Database, StorageError, devices};
use crate::telemetry::{self, SecurityEvent};

/// Who decides.
#[derive(Clone, Copy)]
pub struct Decider<'a> {
    /// What they may see.
    pub scope: &'a Scope,
    /// Their own e-mail address or phone.
    pub contact: Option<&'a str>,
    /// SHA-256 of the subscriber's device cookie that their browser brought.
    pub subscriber_device: Option<&'a str>,
    /// The other end of the request.
    pub visitor: &'a Visitor,
}

/// A page of an operator's queue.
pub struct Queue {
    /// The requests of this page, the oldest first.
    pub requests: Vec<QueuedRequest>,
    /// How many wait, on all pages.
    pub waiting: i64,
    /// How many pages there are, at least one.
    pub pages: i64,
}

/// A page of the waiting requests beside what billing holds, the oldest first. `page` counts from 0.
///
/// # Errors
/// [`Fault`].
pub async fn queue(services: &Services, scope: &Scope, page: i64) -> Result<Queue, Fault> {
    let mut connection = services.db().read().await?;
    let waiting = pin_requests::waiting(&mut connection, scope).await?;
    let requests = pin_requests::queue(&mut connection, scope, page).await?;
    Ok(Queue { requests, waiting, pages: pages(waiting, QUEUE_PAGE) })
}

/// What an applicant gave and billing holds otherwise.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Differences {
    /// The name.
    pub name: bool,
    /// The address.
    pub address: bool,
}

/// Why an operator's decision was not taken.
#[derive(Debug)]
pub enum DecideError {
    /// The reason cannot be sent.
    Reason(TextError),
    /// Decided before, or no such request.
    Gone,
    /// Not of the operator's providers: for them it is not there.
    OutOfScope,
    /// The operator asked for it themselves, or has linked the account.
    Own,
    /// Name or address differ: the operator has to confirm that the PIN goes out all the same.
    Differs(Differences),
    /// An internal error.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for DecideError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Sends the PIN where the request asked. `confirmed`: the operator saw that something differs.
///
/// # Errors
/// [`DecideError`].
pub async fn approve(
    services: &Services,
    decider: Decider<'_>,
    id: &PinRequestId,
    confirmed: bool,
) -> Result<(), DecideError> {
    decide(services, decider, id, Decision::Approve { confirmed }).await
}

/// Refuses a request and tells the reason.
///
/// # Errors
/// [`DecideError`].
pub async fn refuse(
    services: &Services,
    decider: Decider<'_>,
    id: &PinRequestId,
    reason: &str,
) -> Result<(), DecideError> {
    let reason = clean_text(reason, REASON_MOST).map_err(DecideError::Reason)?;
    decide(services, decider, id, Decision::Refuse { reason: &reason }).await
}

#[derive(Clone, Copy)]
enum Decision<'a> {
    Approve { confirmed: bool },
    Refuse { reason: &'a str },
}

async fn decide(
    services: &Services,
    decider: Decider<'_>,
    id: &PinRequestId,
    decision: Decision<'_>,
) -> Result<(), DecideError> {
    let operator_id = &decider.scope.operator_id;
    let (state, action, reason) = match decision {
        Decision::Approve { .. } => (PinRequestState::Approved, Action::PinApproved, None),
        Decision::Refuse { reason } => (PinRequestState::Refused, Action::PinRefused, Some(reason)),
    };
    let mut tx = services.db().begin().await?;
    let Some(request) = pin_requests::by_id(&mut tx, id).await? else {
        telemetry::security(SecurityEvent::ForeignId);
        return Err(DecideError::Gone);
    };
    if let Err(error) = ensure_may_decide(services, &mut tx, decider, &request).await {
        let refused = Action::DecisionRefused;
        let (user, subject) = (Some(&request.user_id), Some(id.as_str()));
        services.record_operator(&mut tx, operator_id, user, refused, subject, decider.visitor).await?;
        Database::commit(tx).await?;
        telemetry::security(SecurityEvent::OperatorRefused);
        return Err(error);
    }
    let account = accounts::by_id(&mut tx, &request.account_id).await?;
    let account = account.ok_or(Fault::Broken("a PIN request for no account"))?;
    if let Decision::Approve { confirmed: false } = decision {
        let given = (&request.applicant_name, &request.applicant_address);
        let differs = |given: &str, held: Option<&str>| held.is_none_or(|held| !reads_alike(given, held));
        let differences = Differences {
            name: differs(given.0, account.subscriber.as_deref()),
            address: differs(given.1, Some(&account.address)),
        };
        if request.state == PinRequestState::Pending && (differences.name || differences.address) {
            return Err(DecideError::Differs(differences));
        }
    }
    if !pin_requests::decide(&mut tx, id, state, reason, operator_id, services.now()).await? {
        return Err(DecideError::Gone);
    }
    let contact = Login::parse(&request.contact).map_err(|_| Fault::Broken("a PIN request with no contact"))?;
    match reason {
        None => send_pin(services, &mut tx, &account, &contact).await?,
        Some(reason) => {
            services.send(&mut tx, &contact, services.text_pin_refused(account.number.as_str(), reason)).await?;
        }
    }
    let (user, subject) = (Some(&request.user_id), Some(id.as_str()));
    services.record_operator(&mut tx, operator_id, user, action, subject, decider.visitor).await?;
    Database::commit(tx).await?;
    Ok(())
}

async fn ensure_may_decide(
    services: &Services,
    connection: &mut Connection,
    decider: Decider<'_>,
    request: &PinRequest,
) -> Result<(), DecideError> {
    if !pin_requests::is_in_scope(connection, decider.scope, &request.id).await? {
        return Err(DecideError::OutOfScope);
    }
    if is_own(services, connection, decider, request).await? { Err(DecideError::Own) } else { Ok(()) }
}

/// Four eyes: by the operator's own contact, and by the browser, if the applicant signed in with it before.
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
