//! Paying by card and the state of a payment (M6).

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::GetUrl;

use super::ApiError;
use crate::domain::id::PaymentId;
use crate::domain::payment::PaymentState;

/// The state of one of the user's own payments.
///
/// # Errors
/// [`ApiError::SignedOut`], [`ApiError::NotFound`] also for another's payment.
#[server(endpoint = "payment-status", input = GetUrl)]
pub async fn payment_status(payment_id: String) -> Result<PaymentState, ApiError> {
    use crate::service::payments::status;

    let caller: crate::http::session::SignedIn = super::caller().await?;
    let not_found = || super::refused(crate::http::answer::Failure::NotFound);
    let id = PaymentId::parse(&payment_id).map_err(|_| not_found())?;
    let state = status(caller.services(), caller.id(), &id).await.map_err(super::failed)?;
    state.ok_or_else(not_found)
}

/// The address that a waiting page asks.
pub fn status_address(payment_id: &PaymentId) -> String {
    format!("{}?payment_id={payment_id}", PaymentStatus::PATH)
}
