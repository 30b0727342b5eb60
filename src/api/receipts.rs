//! Generating a receipt (M7).

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};
use crate::domain::calendar::Period;
use crate::domain::id::AccountId;

/// The form of a receipt.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReceiptForm {
    /// The account.
    pub account_id: String,
    /// The month, as `YYYY-MM`.
    pub period: String,
}

/// The page that offers the receipt of a month to be saved.
pub fn formed_page(account: &AccountId, period: Period) -> String {
    format!("/accounts/{account}/receipt?period={}&formed=1", period.machine())
}

/// Generates the receipt of a month. The next page offers it, or says that the month has no charges.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's account, [`ApiError::Closed`] in
/// lite access.
#[server(endpoint = "form-receipt")]
pub async fn form_receipt(#[server(flatten)] form: ReceiptForm) -> Result<Outcome, ApiError> {
    use crate::http::account::FullAccount;
    use crate::service::receipts;

    let FullAccount { signed_in: caller, access } = super::caller_of(&form.account_id).await?;
    let Ok(period) = Period::parse(&form.period) else {
        return Ok(Outcome::invalid("period", "Выберите месяц из списка"));
    };
    let is_ready = receipts::is_ready(caller.services(), &access, period).await.map_err(super::failed)?;
    let absent = || format!("/accounts/{}/receipt?period={}", access.id(), period.machine());
    Ok(Outcome::Next(if is_ready { formed_page(access.id(), period) } else { absent() }))
}
