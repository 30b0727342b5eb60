//! The decision about an instalment plan.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, Outcome};
#[cfg(feature = "ssr")]
use crate::components::NoticeKind;
#[cfg(feature = "ssr")]
use crate::domain::id::InstalmentPlanId;
#[cfg(feature = "ssr")]
use crate::http::answer::Failure;
#[cfg(feature = "ssr")]
use crate::http::session::Staff;
#[cfg(feature = "ssr")]
use crate::service::instalments::{self, DecideError};
#[cfg(feature = "ssr")]
use crate::service::pin_decisions::Decider;
#[cfg(feature = "ssr")]
use crate::service::refused::Declined;

/// The list of the console.
pub const LIST: &str = "/console/instalments";

/// The form that agrees to a plan.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AgreementForm {
    /// The plan.
    pub plan_id: String,
    /// The number of monthly parts.
    pub months: String,
}

/// The form that refuses a plan.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanRefusalForm {
    /// The plan.
    pub plan_id: String,
    /// The reason, for the person.
    pub reason: String,
}

/// Agrees to a plan: the person gets the schedule.
///
/// # Errors
/// [`ApiError::SignedOut`] without an operator's session, [`ApiError::NotFound`] for a plan of another provider.
#[server(endpoint = "console-agree-instalments")]
pub async fn agree_instalments(#[server(flatten)] form: AgreementForm) -> Result<Outcome, ApiError> {
    let staff: Staff = crate::api::caller().await?;
    let id = parse_id(&form.plan_id)?;
    let agreed = instalments::agree(&staff.web.services, decider(&staff), &id, &form.months).await;
    decided(&staff, agreed, &id, "Рассрочка согласована, график отправлен абоненту.").await
}

/// Refuses a plan: the person gets the reason.
///
/// # Errors
/// [`ApiError::SignedOut`] without an operator's session, [`ApiError::NotFound`] for a plan of another provider.
#[server(endpoint = "console-refuse-instalments")]
pub async fn refuse_instalments(#[server(flatten)] form: PlanRefusalForm) -> Result<Outcome, ApiError> {
    let staff: Staff = crate::api::caller().await?;
    let id = parse_id(&form.plan_id)?;
    let refused = instalments::refuse(&staff.web.services, decider(&staff), &id, &form.reason).await;
    decided(&staff, refused, &id, "В рассрочке отказано, причина отправлена абоненту.").await
}

#[cfg(feature = "ssr")]
fn decider(staff: &Staff) -> Decider<'_> {
    Decider {
        scope: &staff.scope,
        contact: staff.operator.contact.as_deref(),
        subscriber_device: staff.subscriber_device.as_deref(),
        visitor: &staff.visitor,
    }
}

#[cfg(feature = "ssr")]
fn parse_id(text: &str) -> Result<InstalmentPlanId, ApiError> {
    InstalmentPlanId::parse(text).map_err(|_| crate::api::refused(Failure::NotFound))
}

/// The answer to a decision. A decision that another person or the bank was faster with leads to the plan's page.
#[cfg(feature = "ssr")]
async fn decided(
    staff: &Staff,
    decision: Result<(), Declined<DecideError>>,
    id: &InstalmentPlanId,
    success: &str,
) -> Result<Outcome, ApiError> {
    let error = match decision {
        Ok(()) => return crate::api::done(staff, LIST, NoticeKind::Success, success).await,
        Err(Declined::Fault(fault)) => return Err(crate::api::failed(fault)),
        Err(Declined::This(error)) => error,
    };
    let text = match error {
        DecideError::NotFound => return Err(crate::api::refused(Failure::NotFound)),
        DecideError::Months => return Ok(Outcome::invalid("months", "Выберите срок из списка")),
        DecideError::Reason(error) => {
            let message = crate::api::words::text(error, "Напишите, почему отказано: это прочитает абонент");
            return Ok(Outcome::invalid("reason", message));
        }
        DecideError::Gone => "Решение уже принято, или абонент отозвал запрос.",
        DecideError::Own => "Это ваш собственный запрос или ваш лицевой счёт: решение примет другой сотрудник.",
        DecideError::NoDebt => "Просроченного долга уже нет. Откажите и напишите об этом абоненту.",
        DecideError::NoAccess => "Абонент отключил этот лицевой счёт и не увидит график. Откажите в рассрочке.",
    };
    crate::api::done(staff, format!("{LIST}/{id}"), NoticeKind::Warning, text).await
}
