//! The certificate of a payment («Справка об оплате»): a document for the payer, not a fiscal receipt.

use std::convert::Infallible;

use jiff::civil::Date;

use super::refused::Refused;
use super::{Fault, Services, payments, printing};
use crate::document::certificate::CertificateData;
use crate::domain::id::{PaymentId, UserId};
use crate::storage::links;

/// A printed certificate.
pub struct Certificate {
    /// The document, as PDF.
    pub pdf: Vec<u8>,
    /// The day of the payment.
    pub paid_on: Date,
}

/// Prints the certificate of the user's own payment; `None` when it belongs to another user, does not exist or is not
/// paid.
///
/// # Errors
/// [`Refused`] when a limit is reached, no slot is free in time, or on an internal error.
pub async fn print(
    services: &Services,
    user_id: &UserId,
    id: &PaymentId,
) -> Result<Option<Certificate>, Refused<Infallible>> {
    let Some(data) = certificate_of(services, user_id, id).await? else { return Ok(None) };
    let paid_on = data.paid_at.date(data.utc_offset_hours);
    let pdf = printing::print(services, user_id, move |press| press.certificate(&data)).await?;
    Ok(Some(Certificate { pdf, paid_on }))
}

/// The data of the certificate of the user's own payment; `None` as for [`print`]. The address is personal data of the
/// account: only a user who has full access now gets it.
///
/// # Errors
/// [`Fault`] when the storage fails, or the account or its provider is missing.
pub async fn certificate_of(
    services: &Services,
    user_id: &UserId,
    id: &PaymentId,
) -> Result<Option<CertificateData>, Fault> {
    let payment = payments::own(services, user_id, id).await?.filter(|payment| payment.state.is_paid());
    let Some(payment) = payment else { return Ok(None) };
    let mut connection = services.db().read().await?;
    let (account, provider) = payments::payee(&mut connection, &payment).await?;
    let linked = links::linked(&mut connection, user_id, &account.id).await?;
    Ok(Some(CertificateData {
        provider,
        account_number: account.number,
        address: linked.and_then(|linked| linked.account).map(|account| account.address),
        amount: payment.amount,
        paid_at: payment.accepted_at(),
        utc_offset_hours: services.settings().utc_offset_hours,
        payment_id: payment.id,
        operation: payment.acquirer_payment_id,
        issued_on: services.today(),
    }))
}
