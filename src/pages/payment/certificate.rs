//! `/payments/{id}/certificate`: the certificate of a paid payment, as PDF.

use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse as _;

use crate::api::words;
use crate::components::NoticeKind;
use crate::domain::id::PaymentId;
use crate::http::answer::{Answer, Failure};
use crate::http::session::AtMoney;
use crate::service::certificates::{self, Certificate};
use crate::service::refused::Refused;

/// The document; a payment that is not paid has none.
pub(super) async fn show(AtMoney(signed_in): AtMoney, Path(id): Path<String>) -> Answer {
    let id = PaymentId::parse(&id).map_err(|_| Failure::NotFound)?;
    match certificates::print(signed_in.services(), signed_in.id(), &id).await {
        Ok(Some(Certificate { pdf, paid_on })) => {
            let name = format!("attachment; filename=\"spravka-ob-oplate-{paid_on}.pdf\"");
            Ok(([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, name)], pdf).into_response())
        }
        Ok(None) => Err(Failure::NotFound),
        Err(Refused::TooOften(limit)) => {
            signed_in.redirect(&format!("/payments/{id}"), NoticeKind::Warning, &words::too_often(limit)).await
        }
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}
