//! Receipts by e-mail instead of on paper: the consent to it and its withdrawal.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};

/// The field of the consent.
pub const CONSENT: &str = "consent";

/// The form of the consent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PaperlessForm {
    /// The account.
    pub account_id: String,
    /// `on` when the box is ticked.
    pub consent: String,
}

/// The page about the receipts of an account.
#[cfg(feature = "ssr")]
fn page(account_id: &crate::domain::id::AccountId) -> String {
    format!("/accounts/{account_id}/paperless")
}

/// Gives the consent to the text that the page shows.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's account, [`ApiError::Closed`] in
/// lite access.
#[server(endpoint = "give-paperless")]
pub async fn give_paperless(#[server(flatten)] form: PaperlessForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::account::FullAccount;
    use crate::http::answer::Failure;
    use crate::service::paperless::{self, GiveError};

    let FullAccount { signed_in: caller, access } = super::caller_of(&form.account_id).await?;
    if form.consent != "on" {
        return Ok(Outcome::invalid(CONSENT, "Поставьте отметку, если вы согласны"));
    }
    let version = caller.visit.web.site.texts.paperless.version.to_string();
    match paperless::give(caller.services(), &access, &version, &caller.visit.visitor).await {
        Ok(()) => {
            let text = "Готово: новые квитанции будут приходить по почте.";
            super::done(&caller, page(access.id()), NoticeKind::Success, text).await
        }
        Err(refused) => super::refusal(refused, CONSENT, |error| match error {
            GiveError::NoEmail => {
                let text = "Добавьте электронную почту в настройках: квитанции некуда отправлять";
                Ok(Outcome::no_mistake(CONSENT, "Нужна электронная почта", text))
            }
            GiveError::NoAccess => Err(super::refused(Failure::Closed(access.id().clone()))),
        }),
    }
}

/// The form of the withdrawal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WithdrawPaperlessForm {
    /// The account.
    pub account_id: String,
}

/// Withdraws the consent. One that is withdrawn already is no error: the form was sent twice.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's account, [`ApiError::Closed`] in
/// lite access.
#[server(endpoint = "withdraw-paperless")]
pub async fn withdraw_paperless(#[server(flatten)] form: WithdrawPaperlessForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::account::FullAccount;
    use crate::service::paperless;

    let FullAccount { signed_in: caller, access } = super::caller_of(&form.account_id).await?;
    let withdrawn = paperless::withdraw(caller.services(), &access, &caller.visit.visitor).await;
    withdrawn.map_err(super::failed)?;
    let text = "Квитанции снова будут приходить на бумаге.";
    super::done(&caller, page(access.id()), NoticeKind::Success, text).await
}
