//! The receipt of an account and month (M7): gathers the data and prints them. A month without charges is an error; no
//! other month is shown in its place.

use super::access::FullAccess;
use super::accounts::balance_of;
use super::instalments::on_receipt;
use super::pins::{kept_pin, pin_of};
use super::printing;
use super::refused::{Correctable, Refused};
use super::{Fault, Services};
use crate::document::DocumentError;
use crate::document::payment_qr::receipt_payload;
use crate::domain::account::Account;
use crate::domain::calendar::Period;
use crate::domain::id::AccountId;
use crate::domain::instalment::ReceiptInstalment;
use crate::domain::pin::Pin;
use crate::domain::provider::Provider;
use crate::domain::receipt::{Receipt, ReceiptMeter};
use crate::storage::{Database, accounts, charges, meters, providers, readings};

/// The month has no charges, so it has no receipt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoCharges;

impl Correctable for NoCharges {}

/// Months that have a receipt, newest first.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn periods(services: &Services, access: &FullAccess) -> Result<Vec<Period>, Fault> {
    Ok(charges::periods(&mut *services.db().read().await?, access.id()).await?)
}

/// Whether the account has a receipt for a month: its charges are imported.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn is_ready(services: &Services, access: &FullAccess, period: Period) -> Result<bool, Fault> {
    Ok(periods(services, access).await?.contains(&period))
}

/// The output format of a receipt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Print {
    /// The document itself, as PDF.
    Pdf,
    /// An image of its first page, as SVG.
    Preview,
}

/// Prints the receipt of the user's account for a month.
///
/// # Errors
/// [`Refused`] when the month has no charges or printing fails.
pub async fn print(
    services: &Services,
    access: &FullAccess,
    period: Period,
    what: Print,
) -> Result<Vec<u8>, Refused<NoCharges>> {
    let receipt = receipt_of(services, access.provider(), access.account(), period).await?.ok_or(NoCharges)?;
    warn_of_missing_code(&receipt);
    let printed = printing::print(services, access.user_id(), move |press| match what {
        Print::Pdf => press.receipt(&receipt),
        Print::Preview => press.receipt_preview(&receipt).map(|preview| preview.as_bytes().to_vec()),
    });
    printed.await
}

/// Prints the receipt of an account as PDF, to be attached to a letter to a user who receives it instead of paper; `None`
/// when the month has no charges. The caller has checked that the user has full access.
///
/// # Errors
/// [`Fault`] when the storage fails or the receipt cannot be printed.
pub(super) async fn print_to_attach(
    services: &Services,
    account_id: &AccountId,
    period: Period,
) -> Result<Option<Vec<u8>>, Fault> {
    let mut connection = services.db().read().await?;
    let Some(account) = accounts::by_id(&mut connection, account_id).await? else { return Ok(None) };
    let provider = providers::by_id(&mut connection, &account.provider_id).await?;
    drop(connection);
    let provider = provider.ok_or(Fault::Broken("an account of no provider"))?;
    let Some(receipt) = receipt_of(services, &provider, &account, period).await? else { return Ok(None) };
    Ok(Some(printing::print_for_letter(services, move |press| press.receipt(&receipt)).await?))
}

/// Whether a receipt has a sum to pay but no payment QR code: without the provider's bank details there is no payload
/// for a bank's app.
pub(super) fn lacks_code(receipt: &Receipt) -> bool {
    receipt.payable().is_ok_and(|sum| !sum.is_zero()) && receipt_payload(receipt).is_none()
}

/// Logged for the supplier, who can correct it; the subscriber cannot.
fn warn_of_missing_code(receipt: &Receipt) {
    if lacks_code(receipt) {
        let provider = &receipt.provider.code;
        tracing::warn!(provider.code = provider, "a receipt without a payment code, its provider lacks requisites");
    }
}

/// The data of an account's receipt for a month; `None` when the month has no charges. An account without a PIN gets
/// its first one. It takes no proof of access, because a print run of the provider has no user.
///
/// # Errors
/// [`Fault`] when the storage fails, the stored PIN cannot be opened or the receipt's data is invalid.
pub(crate) async fn receipt_of(
    services: &Services,
    provider: &Provider,
    account: &Account,
    period: Period,
) -> Result<Option<Receipt>, Fault> {
    let mut connection = services.db().read().await?;
    let rows = charges::of_account(&mut connection, &account.id, period, period).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut receipt_meters = Vec::new();
    for meter in meters::of_account(&mut connection, &account.id).await? {
        let readings = readings::of_meter(&mut connection, &meter.id).await?;
        receipt_meters.extend(ReceiptMeter::of(&meter, &readings, period));
    }
    let kept_pin = kept_pin(services, &mut connection, &account.id).await?;
    drop(connection);
    // Only the newest month shows the current balance; an older one is printed as billing closed it.
    let now = balance_of(services, &account.id).await?;
    let newest = now.period == Some(period);
    let pin = match kept_pin {
        Some(pin) => pin,
        None => first_pin(services, &account.id).await?,
    };
    let today = services.today();
    let mut receipt = Receipt::new(provider.clone(), account, period, today, rows).map_err(DocumentError::Receipt)?;
    receipt.meters = receipt_meters;
    if newest {
        receipt.paid_since = now.paid_since;
        receipt.payments_counted_to = Some(today);
    }
    receipt.pin = Some(pin);
    receipt.instalment = instalment_of(services, &account.id, &receipt).await?;
    Ok(Some(receipt))
}

/// The part of the account's agreed plan that is due with the receipt.
async fn instalment_of(
    services: &Services,
    account_id: &AccountId,
    receipt: &Receipt,
) -> Result<Option<ReceiptInstalment>, Fault> {
    let payable = receipt.payable().map_err(|error| DocumentError::Receipt(error.into()))?;
    let mut connection = services.db().read().await?;
    Ok(on_receipt(&mut connection, account_id, receipt.period, receipt.paid_since, payable).await?)
}

async fn first_pin(services: &Services, account_id: &AccountId) -> Result<Pin, Fault> {
    let mut tx = services.db().begin().await?;
    let pin = pin_of(services, &mut tx, account_id).await?;
    Database::commit(tx).await?;
    Ok(pin)
}
