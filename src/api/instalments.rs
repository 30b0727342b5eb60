//! Asking for an instalment plan, and taking the request back.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};

#[cfg(feature = "ssr")]
use crate::components::NoticeKind;
#[cfg(feature = "ssr")]
use crate::http::account::FullAccount;
#[cfg(feature = "ssr")]
use crate::service::instalments::{self, AskError, Form, NotWaiting};
#[cfg(feature = "ssr")]
use crate::service::refused::{Declined, Refused};

/// The form of a request.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InstalmentsForm {
    /// The account in debt.
    pub account_id: String,
    /// The number of monthly parts.
    pub months: String,
    /// A note for the operator; may be empty.
    pub note: String,
}

crate::opaque_debug!(InstalmentsForm, account_id);

/// Asks for a plan for the overdue debt of an account.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's account, [`ApiError::Closed`] in
/// lite access.
#[server(endpoint = "ask-instalments")]
pub async fn ask_instalments(#[server(flatten)] form: InstalmentsForm) -> Result<Outcome, ApiError> {
    let FullAccount { signed_in: caller, access } = super::caller_of(&form.account_id).await?;
    let typed = Form { months: &form.months, note: &form.note };
    let asked = instalments::ask(caller.services(), &access, typed, &caller.visit.visitor).await;
    let (kind, text) = match asked {
        Ok(()) => (NoticeKind::Success, "Запрос на рассрочку отправлен. Ответ придёт вам письмом или SMS."),
        Err(Refused::This(AskError::WaitsAlready)) => (NoticeKind::Info, "Запрос на рассрочку уже на рассмотрении."),
        Err(Refused::This(AskError::RunsAlready)) => (NoticeKind::Info, "Рассрочка по этому счёту уже действует."),
        Err(Refused::This(AskError::NoDebt)) => (NoticeKind::Info, "Просроченного долга нет, рассрочка не нужна."),
        Err(refused) => return super::refusal(refused, "months", |error| Ok(invalid(&error))),
    };
    super::done(&caller, debt_page(access.id().as_str()), kind, text).await
}

/// The errors of the form's fields.
#[cfg(feature = "ssr")]
fn invalid(error: &AskError) -> Outcome {
    match error {
        AskError::Note(error) => Outcome::invalid("note", super::words::text(*error, "")),
        _ => Outcome::invalid("months", "Выберите срок из списка"),
    }
}

/// The form that takes a request back.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WithdrawalForm {
    /// The account.
    pub account_id: String,
    /// The request.
    pub plan_id: String,
}

/// Takes the caller's own request back, before an operator decides.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's account, [`ApiError::Closed`] in
/// lite access.
#[server(endpoint = "withdraw-instalments")]
pub async fn withdraw_instalments(#[server(flatten)] form: WithdrawalForm) -> Result<Outcome, ApiError> {
    use crate::domain::id::InstalmentPlanId;

    let FullAccount { signed_in: caller, access } = super::caller_of(&form.account_id).await?;
    let withdrawn = match InstalmentPlanId::parse(&form.plan_id) {
        Ok(id) => instalments::withdraw(caller.services(), &access, &id, &caller.visit.visitor).await,
        Err(_) => Err(NotWaiting.into()),
    };
    let (kind, text) = match withdrawn {
        Ok(()) => (NoticeKind::Success, "Запрос на рассрочку отозван."),
        Err(Declined::This(NotWaiting)) => (NoticeKind::Info, "Этот запрос уже не на рассмотрении."),
        Err(Declined::Fault(fault)) => return Err(super::failed(fault)),
    };
    super::done(&caller, debt_page(access.id().as_str()), kind, text).await
}

#[cfg(feature = "ssr")]
fn debt_page(account_id: &str) -> String {
    format!("/accounts/{account_id}/debt")
}
