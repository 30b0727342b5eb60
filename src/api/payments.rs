//! Where a payment stands, for the page that waits for it (M6).

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::ApiError;
use crate::domain::payment::PaymentState;

/// The state of one of the user's own payments.
///
/// # Errors
/// [`ApiError::SignedOut`], [`ApiError::NotFound`] also for another's payment.
#[server(endpoint = "payment-status", input = GetUrl)]
pub async fn payment_status(payment_id: String) -> Result<PaymentState, ApiError> {
    let _ = payment_id;
    Err(ApiError::Internal)
}
