//! Paying by card and the state of a payment (M6).

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};
use crate::domain::payment::PaymentState;

#[cfg(feature = "ssr")]
use crate::domain::id::PaymentId;
#[cfg(feature = "ssr")]
use crate::domain::payment::Payment;
#[cfg(feature = "ssr")]
use crate::http::answer::Failure;
#[cfg(feature = "ssr")]
use crate::http::session::SignedIn;
#[cfg(feature = "ssr")]
use crate::service::payments;

/// The form of a payment.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PayForm {
    /// The account.
    pub account_id: String,
    /// The sum, as typed.
    pub amount: String,
    /// Idempotency key, generated with the page: a second click on the button is the same payment.
    pub key: String,
    /// Not empty: the user was asked about an earlier payment and confirmed this one in addition.
    pub again: String,
}

/// Begins a payment; the next page is the acquirer's. It may take as long as the acquirer needs to answer.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's account.
#[server(endpoint = "begin-payment")]
pub async fn begin_payment(#[server(flatten)] form: PayForm) -> Result<Outcome, ApiError> {
    use crate::http::account::OwnAccount;
    use crate::service::payments::{PayError, PaymentForm};

    let OwnAccount { signed_in: caller, own } = super::caller_of(&form.account_id).await?;
    let sent = PaymentForm { amount: &form.amount, key: &form.key, again: !form.again.is_empty() };
    match payments::begin(caller.services(), &own, sent).await {
        Ok(payment) => Ok(Outcome::Next(card_page(&payment))),
        Err(refused) => super::refusal(refused, "amount", |error| {
            Ok(match error {
                PayError::NoAnswer(id) => Outcome::Next(payment_page(&id)),
                PayError::Repeats(other) => Outcome::Next(question_page(&other, &form.amount)),
                PayError::Amount(error) => Outcome::invalid("amount", error.words()),
            })
        }),
    }
}

#[cfg(feature = "ssr")]
fn payment_page(id: &PaymentId) -> String {
    format!("/payments/{id}")
}

/// The acquirer's page while it waits for the payer; the payment's own page otherwise.
#[cfg(feature = "ssr")]
fn card_page(payment: &Payment) -> String {
    let waits = payment.state == PaymentState::Pending;
    match &payment.confirmation_url {
        Some(url) if waits && !url.is_empty() => url.clone(),
        _ => payment_page(&payment.id),
    }
}

/// The page that asks whether the new payment is meant in addition to the earlier one. It offers the earlier one's sum
/// only if the same sum was typed.
#[cfg(feature = "ssr")]
fn question_page(other: &Payment, typed: &str) -> String {
    let is_same = crate::domain::money::parse_payment_amount(typed) == Ok(other.amount);
    let sum = if is_same { "" } else { "&another_sum=1" };
    format!("/accounts/{}/pay?repeats={}{sum}", other.account_id, other.id)
}

/// The form that refreshes the state of a payment.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RefreshForm {
    /// The payment.
    pub payment_id: String,
}

/// Asks the acquirer for the state of one of the user's own payments and redirects to its page.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's payment.
#[server(endpoint = "refresh-payment")]
pub async fn refresh_payment(#[server(flatten)] form: RefreshForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;

    let caller: SignedIn = super::caller().await?;
    let payment = refreshed(&caller, &form.payment_id).await.map_err(super::refused)?;
    let page = payment_page(&payment.id);
    if payment.state.is_final() {
        return Ok(Outcome::Next(page));
    }
    super::done(&caller, page, NoticeKind::Info, "Банк пока не ответил. Подождите немного и проверьте ещё раз.").await
}

/// The form that hides the notice of a payment under way.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HideForm {
    /// The payment.
    pub payment_id: String,
    /// The page with the notice, as [`NoticePlace::as_str`].
    pub place: String,
}

/// A page that shows the notice of a payment under way.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum NoticePlace {
    /// The list of accounts.
    #[default]
    Accounts,
    /// The page that pays one account.
    Account,
    /// The page that pays all accounts.
    AllAccounts,
}

impl NoticePlace {
    /// As posted by the form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Account => "account",
            Self::AllAccounts => "all",
        }
    }

    /// From the form; another text means the list of accounts.
    #[cfg(feature = "ssr")]
    fn parse(text: &str) -> Self {
        [Self::Account, Self::AllAccounts].into_iter().find(|place| place.as_str() == text).unwrap_or_default()
    }
}

/// Hides the notice of one of the user's own payments. The payment itself stays as it is, because the acquirer has no
/// way to cancel it.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's payment.
#[server(endpoint = "hide-payment")]
pub async fn hide_payment(#[server(flatten)] form: HideForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;

    let caller: SignedIn = super::caller().await?;
    let not_found = || super::refused(Failure::NotFound);
    let id = PaymentId::parse(&form.payment_id).map_err(|_| not_found())?;
    let hidden = payments::hide(caller.services(), caller.id(), &id).await.map_err(super::failed)?;
    let payment = hidden.ok_or_else(not_found)?;
    let page = match NoticePlace::parse(&form.place) {
        NoticePlace::Accounts => "/accounts".to_owned(),
        NoticePlace::Account => format!("/accounts/{}/pay", payment.account_id),
        NoticePlace::AllAccounts => "/pay".to_owned(),
    };
    super::done(&caller, page, NoticeKind::Info, "Сообщение скрыто. Если этот платёж всё-таки пройдёт, мы его учтём.")
        .await
}

/// The user's own payment in the acquirer's current state: a user who returns from the bank's page expects it.
///
/// # Errors
/// [`Failure::NotFound`] also for another's payment.
#[cfg(feature = "ssr")]
pub(crate) async fn refreshed(caller: &SignedIn, payment_id: &str) -> Result<Payment, Failure> {
    let id = PaymentId::parse(payment_id).map_err(|_| Failure::NotFound)?;
    payments::refresh_own(caller.services(), caller.id(), &id).await?.ok_or(Failure::NotFound)
}

/// The stored state of one of the user's own payments.
///
/// # Errors
/// [`ApiError::SignedOut`], [`ApiError::NotFound`] also for another's payment.
#[server(endpoint = "payment-status", input = GetUrl)]
pub async fn payment_status(payment_id: String) -> Result<PaymentState, ApiError> {
    let caller: SignedIn = super::caller().await?;
    let not_found = || super::refused(Failure::NotFound);
    let id = PaymentId::parse(&payment_id).map_err(|_| not_found())?;
    let state = payments::status(caller.services(), caller.id(), &id).await.map_err(super::failed)?;
    state.ok_or_else(not_found)
}

/// The same, called by an island.
///
/// # Errors
/// [`ApiError::NoAnswer`] when no response came, or the function's own error.
pub async fn find_status(payment_id: &str) -> Result<PaymentState, ApiError> {
    super::browser::ask(PaymentStatus::PATH, "payment_id", payment_id).await
}
