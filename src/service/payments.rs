//! Card payments (M6). Each order has an idempotency key, stored before the call. The outcome comes from the user's
//! return, a notification or a periodic poll, and is stored once.

mod under_way;

use futures::future::join_all;

pub use self::under_way::{AccountToPay, PayStep, accounts_to_pay, hide, others_due, under_way};
use super::access::OwnAccess;
use super::limits::{ASK_ACQUIRER, ASK_ACQUIRER_USER, Limit, OTHER_SUM, PAYMENTS};
use super::refused::{Correctable, Refused};
use super::{Fault, Services, notices};
use crate::domain::account::Account;
use crate::domain::calendar::{Moment, Span, date_in_words};
use crate::domain::card::has_card_number;
use crate::domain::id::{AccountId, PaymentId, UserId};
use crate::domain::login::Login;
use crate::domain::money::{AmountError, Money, parse_payment_amount};
use crate::domain::notice::NoticeKind;
use crate::domain::notice_text::NoticeValues;
use crate::domain::payment::{CancelReason, InvalidTransition, OwnPayment, Payment, PaymentState};
use crate::domain::provider::Provider;
use crate::gateway::acquirer::{AcquirerError, AcquirerPayment, AcquirerState, FiscalContact, Order};
use crate::storage::{Connection, Database, StorageError, accounts, payments, providers, users};
use crate::telemetry::{self, SecurityEvent, chain};

/// Delay of the first poll after the payer left for the card page: most have paid by then.
const FIRST_POLL: Span = Span::seconds(20);
/// How long a worker's lease on its batch lasts. Payments are polled in parallel, so a batch takes no longer than an
/// order and a query, 20 s each at most.
const LEASE: Span = Span::seconds(60);
/// Payments per polling batch: few enough parallel calls that no acquirer takes them for an attack.
const BATCH: i64 = 10;
/// A payment without an order at the acquirer is cancelled after this time: the idempotency key is valid for 24 hours.
const REGISTER_WITHIN: Span = Span::hours(23);
/// How long the acquirer waits for the card: an older unpaid payment stays unpaid.
const OPEN_FOR: Span = Span::hours(1);
/// After this time a payment of the same sum counts as intended, not as a duplicate.
const JUST_PAID: Span = Span::minutes(15);

/// Why a payment was not started.
#[derive(Debug)]
pub enum PayError {
    /// The sum is invalid.
    Amount(AmountError),
    /// A possible duplicate: the user has just started another payment for this account, or paid the same sum, and has
    /// to confirm this one.
    Repeats(Box<Payment>),
    /// The acquirer did not answer: the payment is stored and the call is retried.
    NoAnswer(PaymentId),
}

impl Correctable for PayError {}

/// The fields of the payment form.
#[derive(Clone, Copy, Debug)]
pub struct PaymentForm<'a> {
    /// The sum, as typed.
    pub amount: &'a str,
    /// Generated with the page: submitting the same form twice is idempotent.
    pub key: &'a str,
    /// The user has confirmed this payment in spite of the possible duplicate.
    pub again: bool,
}

/// Starts a payment and returns it with the URL of the card page. Submitting the same form twice returns the same
/// payment; another form soon after needs a confirmation, so that two tabs do not pay twice.
///
/// # Errors
/// [`Refused`] when the sum is invalid, a limit is reached, the payment may be a duplicate, the acquirer does not
/// answer, or on an internal error.
pub async fn begin(services: &Services, own: &OwnAccess, form: PaymentForm<'_>) -> Result<Payment, Refused<PayError>> {
    let amount = parse_payment_amount(form.amount).map_err(PayError::Amount)?;
    services.count(PAYMENTS, own.user_id().as_str()).await??;
    let payment = keep(services, own, amount, form).await?;
    if payment.state != PaymentState::Created {
        return Ok(payment);
    }
    match register(services, payment.clone()).await {
        Ok(payment) => Ok(payment),
        Err(Fault::Acquirer(error @ AcquirerError::Unknown(_))) => {
            tracing::warn!(payment.id = %payment.id, error = %error, "the acquirer did not answer, will ask again");
            Err(PayError::NoAnswer(payment.id).into())
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn keep(
    services: &Services,
    own: &OwnAccess,
    amount: Money,
    form: PaymentForm<'_>,
) -> Result<Payment, Refused<PayError>> {
    let fits = PaymentId::parse(form.key).is_ok() && !has_card_number(form.key);
    let mut form_key = if fits { form.key.to_owned() } else { services.nature().id() };
    let now = services.now();
    let (user_id, account_id) = (own.user_id(), own.id());
    let mut tx = services.db().begin().await?;
    users::lock(&mut tx, user_id).await?.ok_or(Fault::Broken("a session of no user"))?;
    if let Some(first) = payments::by_form_key(&mut tx, &form_key, user_id).await? {
        if first.amount == amount && first.account_id == *account_id && first.state != PaymentState::Canceled {
            return Ok(first);
        }
        // A page from the browser's cache, submitted with another sum: a new payment.
        form_key = services.nature().id();
    }
    if !form.again
        && let Some(other) = other_under_way(&mut tx, user_id, account_id, amount, now).await?
    {
        return Err(PayError::Repeats(Box::new(other)).into());
    }
    let payment = Payment {
        id: PaymentId::trusted(services.nature().id()),
        account_id: account_id.clone(),
        user_id: user_id.clone(),
        amount,
        state: PaymentState::Created,
        cancel_reason: None,
        acquirer_payment_id: None,
        confirmation_url: None,
        idempotency_key: services.nature().id(),
        created_at: now,
        changed_at: now,
        paid_at: None,
    };
    match payments::insert(&mut tx, &payment, &form_key, now.plus(FIRST_POLL)).await {
        Ok(()) => Database::commit(tx).await?,
        Err(StorageError::Conflict) => return Err(Fault::Broken("a form's key that belongs to another user").into()),
        Err(error) => return Err(error.into()),
    }
    Ok(payment)
}

/// A recent payment for this account that the new one may duplicate by mistake.
async fn other_under_way(
    connection: &mut Connection,
    user_id: &UserId,
    account_id: &AccountId,
    amount: Money,
    now: Moment,
) -> Result<Option<Payment>, StorageError> {
    let recent = payments::of_account(connection, account_id, user_id).await?;
    Ok(recent.into_iter().find(|other| match other.state {
        PaymentState::Created | PaymentState::Pending => now.since(other.created_at) <= OPEN_FOR,
        PaymentState::Succeeded | PaymentState::Credited => {
            other.amount == amount && now.since(other.changed_at) <= JUST_PAID
        }
        PaymentState::Canceled => false,
    }))
}

/// Creates the order at the acquirer under the stored idempotency key; a retry creates no second order.
async fn register(services: &Services, payment: Payment) -> Result<Payment, Fault> {
    let order = order(services, &payment).await?;
    let answer = services.acquirer().create(&order).await.map_err(Fault::Acquirer)?;
    store_answer(services, payment, answer).await
}

async fn order(services: &Services, payment: &Payment) -> Result<Order, Fault> {
    let mut connection = services.db().read().await?;
    let (account, provider) = payee(&mut connection, payment).await?;
    let user = users::by_id(&mut connection, &payment.user_id).await?;
    let user = user.ok_or(Fault::Broken("a payment of no user"))?;
    Ok(Order {
        idempotency_key: payment.idempotency_key.clone(),
        amount: payment.amount,
        description: account.number.with_provider(&provider.name),
        return_url: format!("{}/payments/{}", services.settings().public_url, payment.id),
        payment_id: payment.id.to_string(),
        account_number: account.number.to_string(),
        fiscal_contact: match user.login {
            Login::Email(email) => FiscalContact::Email(email),
            Login::Phone(phone) => FiscalContact::Phone(phone),
        },
    })
}

/// The account of a payment and its provider.
pub(super) async fn payee(connection: &mut Connection, payment: &Payment) -> Result<(Account, Provider), Fault> {
    let account = accounts::by_id(connection, &payment.account_id).await?;
    let account = account.ok_or(Fault::Broken("a payment for no account"))?;
    let provider = providers::by_id(connection, &account.provider_id).await?;
    Ok((account, provider.ok_or(Fault::Broken("an account of no provider"))?))
}

/// Stores the acquirer's answer. A late or repeated answer does not change a final state, and an answer with another
/// sum is rejected like a missing one.
async fn store_answer(services: &Services, payment: Payment, answer: AcquirerPayment) -> Result<Payment, Fault> {
    if answer.amount != payment.amount {
        if passes(services, OTHER_SUM, payment.id.as_str()).await? {
            tracing::error!(payment.id = %payment.id, "the acquirer names another sum, the payment has to be looked at");
        }
        return Err(Fault::Acquirer(AcquirerError::Unknown("the answer names another sum".to_owned())));
    }
    let from = payment.state;
    let now = services.now();
    let Ok(next) = apply(payment.clone(), &answer, now) else { return Ok(payment) };
    if next == payment {
        return Ok(payment);
    }
    let poll_at = (!next.state.is_final()).then(|| now.plus(FIRST_POLL));
    let mut tx = services.db().begin().await?;
    if !payments::update(&mut tx, &next, from, poll_at).await? {
        // A concurrent request was first: its state is the valid one.
        let stored = payments::by_id(&mut tx, &payment.id).await?;
        return stored.ok_or(Fault::Broken("a payment that vanished"));
    }
    if next.state == PaymentState::Succeeded {
        tell_paid(services, &mut tx, &next).await?;
        // Billing may have reported it before the acquirer answered: then its balance already includes it.
        payments::credit_named(&mut tx, &next.id, now).await?;
    }
    Database::commit(tx).await?;
    tracing::info!(payment.id = %next.id, payment.from = %from, payment.to = %next.state, "a payment moved");
    Ok(next)
}

fn apply(payment: Payment, answer: &AcquirerPayment, now: Moment) -> Result<Payment, InvalidTransition> {
    let payment = match payment.state {
        PaymentState::Created => {
            let url = match &answer.state {
                AcquirerState::Pending { confirmation_url: Some(url) } => url.clone(),
                _ => String::new(),
            };
            payment.register(answer.id.clone(), url, now)?
        }
        _ => payment,
    };
    match &answer.state {
        AcquirerState::Pending { .. } => Ok(payment),
        AcquirerState::Succeeded => payment.settle(now),
        AcquirerState::Canceled(reason) => payment.cancel(*reason, now),
    }
}

async fn tell_paid(services: &Services, connection: &mut Connection, payment: &Payment) -> Result<(), Fault> {
    let account = accounts::by_id(connection, &payment.account_id).await?;
    let user = users::by_id(connection, &payment.user_id).await?;
    if let (Some(account), Some(user)) = (account, user) {
        let provider = providers::by_id(connection, &account.provider_id).await?;
        let provider = provider.map(|provider| provider.name).unwrap_or_default();
        let paid_on = services.now().date(services.settings().utc_offset_hours);
        let values = NoticeValues::default()
            .with("account", account.number.as_str())
            .with("place", account.address)
            .with("provider", provider)
            .with("sum", payment.amount.to_string())
            .with("date", date_in_words(paid_on));
        let told = (values, format!("/payments/{}", payment.id));
        let (kind, subject) = (NoticeKind::PaymentAccepted, payment.id.as_str().to_owned());
        notices::tell(services, connection, &user, kind, subject, Some(&payment.account_id), told).await?;
    }
    Ok(())
}

/// The user's own payment; `None` when it belongs to another user or does not exist.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn own(services: &Services, user_id: &UserId, id: &PaymentId) -> Result<Option<Payment>, Fault> {
    let payment = payments::by_id(&mut *services.db().read().await?, id).await?;
    let own = payment.filter(|payment| payment.user_id == *user_id);
    if own.is_none() {
        telemetry::security(SecurityEvent::ForeignId);
    }
    Ok(own)
}

/// A payment with its payee, for an unlinked account too (M10).
///
/// # Errors
/// [`Fault`] when the storage fails, or the account or its provider is missing.
pub async fn with_payee(services: &Services, payment: Payment) -> Result<OwnPayment, Fault> {
    let (account, provider) = payee(&mut *services.db().read().await?, &payment).await?;
    Ok(OwnPayment { payment, number: account.number, provider: provider.name })
}

/// The user's own payments with their payees, newest first, including those for unlinked accounts (M10).
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn all_own(services: &Services, user_id: &UserId) -> Result<Vec<OwnPayment>, Fault> {
    Ok(payments::of_user(&mut *services.db().read().await?, user_id).await?)
}

/// Queries the acquirer for the state of the user's payment, unless it is final. Without an answer it stays unchanged
/// until the next poll.
///
/// # Errors
/// [`Fault`] when the storage fails or its data is inconsistent.
pub async fn refresh_own(services: &Services, user_id: &UserId, id: &PaymentId) -> Result<Option<Payment>, Fault> {
    let Some(payment) = own(services, user_id, id).await? else { return Ok(None) };
    if payment.state.is_final() || !may_ask(services, user_id, id).await? {
        return Ok(Some(payment));
    }
    match refresh(services, payment.clone()).await {
        Ok(payment) => Ok(Some(payment)),
        Err(Fault::Acquirer(error)) => {
            tracing::warn!(payment.id = %id, error = %error, "the acquirer did not answer, the poll goes on");
            Ok(Some(payment))
        }
        Err(fault) => Err(fault),
    }
}

/// Rate limit on queries to the acquirer: a page that is reloaded again and again must not query each time.
async fn may_ask(services: &Services, user_id: &UserId, id: &PaymentId) -> Result<bool, Fault> {
    Ok(passes(services, ASK_ACQUIRER, id.as_str()).await?
        && passes(services, ASK_ACQUIRER_USER, user_id.as_str()).await?)
}

/// Counts a hit on a limit that only throttles calls. A full window is no security event.
async fn passes(services: &Services, limit: Limit, subject: &str) -> Result<bool, Fault> {
    let full = limit.is_full(services, &mut *services.db().read().await?, subject).await?;
    Ok(full.is_none() && services.count(limit, subject).await?.is_ok())
}

/// The stored state of the user's payment, without a query to the acquirer: for a page that polls it.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn status(services: &Services, user_id: &UserId, id: &PaymentId) -> Result<Option<PaymentState>, Fault> {
    Ok(own(services, user_id, id).await?.map(|payment| payment.state))
}

async fn refresh(services: &Services, payment: Payment) -> Result<Payment, Fault> {
    if payment.state.is_final() {
        return Ok(payment);
    }
    let Some(acquirer_id) = payment.acquirer_payment_id.clone() else {
        return register_late(services, payment).await;
    };
    match services.acquirer().get(&acquirer_id).await {
        Ok(answer) => store_answer(services, payment, answer).await,
        Err(error) => Err(Fault::Acquirer(error)),
    }
}

/// A payment whose first call was lost: retries with the same idempotency key, or cancels it after [`REGISTER_WITHIN`].
async fn register_late(services: &Services, payment: Payment) -> Result<Payment, Fault> {
    let now = services.now();
    if now.since(payment.created_at) <= REGISTER_WITHIN {
        return register(services, payment).await;
    }
    let from = payment.state;
    let canceled =
        payment.cancel(CancelReason::Expired, now).map_err(|_| Fault::Broken("a payment that cannot expire"))?;
    let mut tx = services.db().begin().await?;
    payments::update(&mut tx, &canceled, from, None).await?;
    Database::commit(tx).await?;
    Ok(canceled)
}

/// Handles a notification about a payment: it proves nothing by itself, so the acquirer is queried. `false` when the
/// portal has no such payment.
///
/// # Errors
/// [`Fault`] when the storage fails or the acquirer does not answer.
pub async fn notified(services: &Services, acquirer_payment_id: &str) -> Result<bool, Fault> {
    let payment = payments::by_acquirer_id(&mut *services.db().read().await?, acquirer_payment_id).await?;
    let Some(payment) = payment else { return Ok(false) };
    refresh(services, payment).await?;
    Ok(true)
}

/// Polls the acquirer for the payments that are due. Returns the size of the batch.
///
/// # Errors
/// [`Fault`] when the storage fails; an acquirer that does not answer is polled again later.
pub async fn poll(services: &Services) -> Result<usize, Fault> {
    let now = services.now();
    let mut tx = services.db().begin().await?;
    let due = payments::lease_due(&mut tx, now, now.plus(LEASE), BATCH).await?;
    Database::commit(tx).await?;
    let polled = join_all(due.iter().map(|(id, polls)| poll_one(services, id, *polls))).await;
    polled.into_iter().collect::<Result<(), Fault>>()?;
    Ok(due.len())
}

async fn poll_one(services: &Services, id: &PaymentId, polls: i64) -> Result<(), Fault> {
    let Some(payment) = payments::by_id(&mut *services.db().read().await?, id).await? else { return Ok(()) };
    match refresh(services, payment).await {
        Ok(_) => {}
        Err(Fault::Acquirer(error)) => {
            tracing::warn!(payment.id = %id, payment.polls = polls, error = %error, "the acquirer did not answer");
        }
        // An inconsistent row: it needs a manual check, and the other payments are still polled.
        Err(fault @ Fault::Broken(_)) => {
            tracing::error!(payment.id = %id, payment.polls = polls, cause = chain(&fault), "a payment needs a look");
        }
        Err(fault) => return Err(fault),
    }
    let mut tx = services.db().begin().await?;
    payments::plan_poll(&mut tx, id, services.now().plus(poll_pause(polls))).await?;
    Ok(Database::commit(tx).await?)
}

/// 20 s for the first minutes, then doubled, at most 10 minutes.
fn poll_pause(polls: i64) -> Span {
    let doublings = u32::try_from((polls - 10).clamp(0, 5)).unwrap_or(0);
    Span::seconds((20_i64 << doublings).min(600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pending_payment_is_asked_for_at_least_every_ten_minutes() {
        assert_eq!(poll_pause(1), Span::seconds(20));
        assert_eq!(poll_pause(10), Span::seconds(20));
        assert_eq!(poll_pause(1_000), Span::seconds(600));
    }
}
