//! The decision about a PIN request (M5).

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
pub use self::server::{GONE, queue_at, reason_field};
#[cfg(feature = "ssr")]
use self::server::{decider, not_decided, request_id};
use crate::api::{ApiError, Outcome};

/// The form that approves a request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ApprovalForm {
    /// The request.
    pub request_id: String,
    /// The page of the queue that the operator is on.
    pub page: String,
    /// `1` when the operator has confirmed to send the PIN despite a difference.
    pub confirmed: String,
}

/// The form that refuses a request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RefusalForm {
    /// The request.
    pub request_id: String,
    /// The page of the queue that the operator is on.
    pub page: String,
    /// The reason, for the applicant.
    pub reason: String,
}

/// Sends the PIN to the contact of the request. Where name or address differ, the next page asks first.
///
/// # Errors
/// [`ApiError::SignedOut`] without an operator's session, [`ApiError::NotFound`] for a request of another provider.
#[server(endpoint = "console-approve-pin-request")]
pub async fn approve_pin_request(#[server(flatten)] form: ApprovalForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::session::Staff;
    use crate::service::pin_decisions::approve;

    let staff: Staff = crate::api::caller().await?;
    let id = request_id(&form.request_id)?;
    match approve(&staff.web.services, decider(&staff), &id, form.confirmed == "1").await {
        Ok(()) => {
            let text = "ПИН-код отправлен заявителю.";
            crate::api::done(&staff, queue_at(&form.page), NoticeKind::Success, text).await
        }
        Err(declined) => not_decided(&staff, declined, &id, &form.page).await,
    }
}

/// Refuses a request; the applicant gets the reason.
///
/// # Errors
/// [`ApiError::SignedOut`] without an operator's session, [`ApiError::NotFound`] for a request of another provider.
#[server(endpoint = "console-refuse-pin-request")]
pub async fn refuse_pin_request(#[server(flatten)] form: RefusalForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::session::Staff;
    use crate::service::pin_decisions::refuse;

    let staff: Staff = crate::api::caller().await?;
    let id = request_id(&form.request_id)?;
    match refuse(&staff.web.services, decider(&staff), &id, &form.reason).await {
        Ok(()) => {
            let text = "В ПИН-коде отказано, причина отправлена заявителю.";
            crate::api::done(&staff, queue_at(&form.page), NoticeKind::Success, text).await
        }
        Err(declined) => not_decided(&staff, declined, &id, &form.page).await,
    }
}

#[cfg(feature = "ssr")]
mod server {
    use super::super::HOME;
    use crate::api::{ApiError, Outcome, done, failed, refused, words};
    use crate::components::NoticeKind;
    use crate::domain::id::PinRequestId;
    use crate::http::answer::Failure;
    use crate::http::session::Staff;
    use crate::service::pin_decisions::{DecideError, Decider};
    use crate::service::refused::Declined;

    /// The message for a request that is decided already.
    pub const GONE: &str = "Этот запрос уже решил другой сотрудник. Ничего отправлять не нужно.";
    /// The message for an operator's own request, and for an account that the operator has linked.
    const OWN: &str = "Это ваш собственный запрос или ваш лицевой счёт: решение примет другой сотрудник.";

    pub(super) fn request_id(text: &str) -> Result<PinRequestId, ApiError> {
        PinRequestId::parse(text).map_err(|_| refused(Failure::NotFound))
    }

    pub(super) fn decider(staff: &Staff) -> Decider<'_> {
        Decider {
            scope: &staff.scope,
            contact: staff.operator.contact.as_deref(),
            subscriber_device: staff.subscriber_device.as_deref(),
            visitor: &staff.visitor,
        }
    }

    pub(super) async fn not_decided(
        staff: &Staff,
        declined: Declined<DecideError>,
        id: &PinRequestId,
        page: &str,
    ) -> Result<Outcome, ApiError> {
        let error = match declined {
            Declined::This(error) => error,
            Declined::Fault(fault) => return Err(failed(fault)),
        };
        match error {
            DecideError::NotFound => Err(refused(Failure::NotFound)),
            DecideError::Gone => done(staff, queue_at(page), NoticeKind::Warning, GONE).await,
            DecideError::Own => done(staff, queue_at(page), NoticeKind::Warning, OWN).await,
            DecideError::Doubtful(_) => Ok(Outcome::Next(question_at(page, id))),
            DecideError::Reason(error) => {
                let message = words::text(error, "Напишите, почему отказано: это прочитает заявитель");
                Ok(Outcome::invalid(reason_field(id), message))
            }
        }
    }

    /// The field of the reason: a page shows many requests, so each field has its own id.
    pub fn reason_field(id: &PinRequestId) -> String {
        format!("reason-{id}")
    }

    /// The address of a page of the queue. A value that is not a page number leads to the first page.
    pub fn queue_at(page: &str) -> String {
        page_number(page).map_or_else(|| HOME.to_owned(), |page| format!("{HOME}?page={page}"))
    }

    /// The same page of the queue, with the question about one request.
    fn question_at(page: &str, id: &PinRequestId) -> String {
        let question = format!("{HOME}?confirm={id}");
        page_number(page).map_or_else(|| question.clone(), |page| format!("{question}&page={page}"))
    }

    fn page_number(text: &str) -> Option<u32> {
        text.parse().ok().filter(|page| *page > 1)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn only_a_page_number_gets_into_the_next_address() {
            let id = PinRequestId::parse(&"a".repeat(26)).unwrap();
            assert_eq!(queue_at("3"), "/console/pin-requests?page=3");
            assert_eq!(question_at("3", &id), format!("/console/pin-requests?confirm={id}&page=3"));
            for page in ["", "0", "1", "-2", "2&confirm=x", "2#a", "<b>", "99999999999"] {
                assert_eq!(queue_at(page), HOME, "{page}");
                assert_eq!(question_at(page, &id), format!("/console/pin-requests?confirm={id}"), "{page}");
            }
        }
    }
}
