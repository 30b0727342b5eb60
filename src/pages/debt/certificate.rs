//! `/accounts/{id}/debt/certificate.pdf`: the certificate that nothing is owed, as PDF.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse as _;

use crate::api::words;
use crate::components::NoticeKind;
use crate::http::account::FullAccount;
use crate::http::answer::Answer;
use crate::service::debts::{self, NoCertificate, NoDebtCertificate};
use crate::service::refused::Refused;

/// The document; an account with a debt is led to the page of the debt, which says what is owed.
pub(super) async fn show(FullAccount { signed_in, access }: FullAccount) -> Answer {
    let page = format!("/accounts/{}/debt", access.id());
    match debts::certificate(signed_in.services(), &access).await {
        Ok(NoDebtCertificate { pdf, issued_on }) => {
            let name = format!("attachment; filename=\"spravka-o-dolge-{issued_on}.pdf\"");
            Ok(([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, name)], pdf).into_response())
        }
        Err(Refused::This(reason)) => signed_in.redirect(&page, NoticeKind::Info, told(reason)).await,
        Err(Refused::TooOften(limit)) => signed_in.redirect(&page, NoticeKind::Warning, &words::too_often(limit)).await,
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

const fn told(reason: NoCertificate) -> &'static str {
    match reason {
        NoCertificate::Owed => "Справка будет готова, как только счёт будет оплачен",
        NoCertificate::Offset => "Справка будет готова, когда поставщик зачтёт переплату по другой услуге",
        NoCertificate::NoCharges => "Справка будет готова, когда поставщик пришлёт начисления",
    }
}
