//! The receipt of an account and month (M7): gathers the data and has them printed. A month without charges is told,
//! and no other month is shown in its place.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::accounts::balance;
use super::limits::{RECEIPTS, TooOften};
use super::links::LinkedAccount;
use super::pins::pin_of;
use super::{Fault, Services};
use crate::document::receipt::DocumentError;
use crate::domain::calendar::Period;
use crate::domain::id::{AccountId, UserId};
use crate::domain::money::Money;
use crate::domain::receipt::{Receipt, ReceiptMeter};
use crate::storage::{Database, meters, settlements};

/// Receipts printed at once: one core stays free for pages.
static PRESSES: Semaphore = Semaphore::const_new(2);
/// How long a receipt waits for a press before the page says to come again.
const PRESS_WITHIN: Duration = Duration::from_secs(20);

/// Why there is no receipt.
#[derive(Debug)]
pub enum ReceiptError {
    /// The month has no charges.
    NoCharges,
    /// A limit was reached, or too many receipts are being printed.
    TooOften(TooOften),
    /// Nobody's fault at the other end.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for ReceiptError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Months that have a receipt, newest first.
///
/// # Errors
/// [`Fault`].
pub async fn periods(services: &Services, account_id: &AccountId) -> Result<Vec<Period>, Fault> {
    Ok(settlements::periods(&mut *services.db().read().await?, account_id).await?)
}

/// Prints the receipt of the user's account for a month. The caller has checked that access is full.
///
/// # Errors
/// [`ReceiptError`].
pub async fn print(
    services: &Services,
    user_id: &UserId,
    own: &LinkedAccount,
    period: Period,
) -> Result<Vec<u8>, ReceiptError> {
    let receipt = gather(services, own, period).await?.ok_or(ReceiptError::NoCharges)?;
    services.count(RECEIPTS, user_id.as_str()).await?.map_err(ReceiptError::TooOften)?;
    let press = tokio::time::timeout(PRESS_WITHIN, PRESSES.acquire()).await;
    let Ok(Ok(press)) = press else { return Err(ReceiptError::TooOften(TooOften { seconds: 20 })) };
    let printer = services.inner.printer.clone();
    let printed = tokio::task::spawn_blocking(move || printer.print(&receipt)).await;
    drop(press);
    let pdf = printed.map_err(|_| Fault::Broken("the printing of a receipt panicked"))?;
    pdf.map_err(|error: DocumentError| ReceiptError::Fault(error.into()))
}

async fn gather(services: &Services, own: &LinkedAccount, period: Period) -> Result<Option<Receipt>, Fault> {
    let account = &own.account;
    let mut connection = services.db().read().await?;
    let rows = settlements::charges(&mut connection, &account.id, period, period).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut receipt_meters = Vec::new();
    for meter in meters::of_account(&mut connection, &account.id).await? {
        let readings = meters::readings(&mut connection, &meter.id).await?;
        receipt_meters.extend(ReceiptMeter::of(&meter, &readings, period));
    }
    drop(connection);
    // Only the newest month stands for what is owed now; an older one is printed as billing closed it.
    let now = balance(services, &account.id).await?;
    let newest = now.period == Some(period);
    let mut tx = services.db().begin().await?;
    let pin = pin_of(services, &mut tx, &account.id).await?;
    Database::commit(tx).await?;
    Ok(Some(Receipt {
        provider: own.provider.clone(),
        account_number: account.number.clone(),
        els: account.els.clone(),
        subscriber: account.subscriber.clone(),
        address: account.address.clone(),
        residents: account.residents,
        area: account.area,
        heated_area: account.heated_area,
        period,
        issued_on: services.today(),
        meters: receipt_meters,
        rows,
        paid_since: if newest { now.paid_since } else { Money::ZERO },
        payments_counted_to: newest.then(|| services.today()),
        pin: Some(pin),
    }))
}
