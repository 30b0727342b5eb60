//! The debt of an account: its months, its stage by law, and the certificate that nothing is owed.

use jiff::civil::Date;

use super::access::FullAccess;
use super::accounts::{BalanceOn, balance_on};
use super::printing;
use super::refused::{Correctable, Declined, Refused};
use super::{Fault, Services};
use crate::document::no_debt::NoDebtData;
use crate::domain::balance::MAX_DEBT_MONTHS;
use crate::domain::calendar::Period;
use crate::domain::debt::Standing;
use crate::domain::id::AccountId;
use crate::domain::money::Money;
use crate::domain::settlement::Balance;
use crate::domain::utility::Utility;
use crate::storage::{Connection, StorageError, charges};

/// How an account stands on a day.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DebtOn {
    /// The balance, as on the account's page.
    pub balance: BalanceOn,
    /// The debt, or that there is none.
    pub standing: Standing,
    /// The day, in the portal's time zone.
    pub today: Date,
}

impl DebtOn {
    /// The part of the sum due that is past its due date, and the newest month that it is owed for; `None` when there is
    /// none.
    pub fn overdue(&self) -> Option<(Money, Period)> {
        let Standing::Owed(debt) = &self.standing else { return None };
        let newest = debt.months.iter().rev().find(|month| month.period.due_date() < self.today)?;
        Some((debt.overdue, newest.period)).filter(|(sum, _)| !sum.is_zero())
    }
}

/// Why there is no certificate of no debt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoCertificate {
    /// A sum is due.
    Owed,
    /// An advance in one service covers a debt in another.
    Offset,
    /// Billing has sent no charges.
    NoCharges,
}

impl Correctable for NoCertificate {}

/// A printed certificate of no debt.
pub struct NoDebtCertificate {
    /// The document, as PDF.
    pub pdf: Vec<u8>,
    /// Its date.
    pub issued_on: Date,
}

/// The debt of an account today, after all payments that the portal knows.
///
/// # Errors
/// [`Fault`] when the storage fails or the sum of the payments overflows.
pub async fn debt(services: &Services, access: &FullAccess) -> Result<DebtOn, Fault> {
    let mut connection = services.db().read().await?;
    Ok(debt_of(services, &mut connection, access.id(), &access.provider().name).await?)
}

/// The same on a connection that the caller has already; `provider` is the name of the account's provider.
pub(super) async fn debt_of(
    services: &Services,
    connection: &mut Connection,
    account_id: &AccountId,
    provider: &str,
) -> Result<DebtOn, StorageError> {
    let balance = balance_on(services, connection, account_id).await?;
    let months = charges::months(connection, account_id, 0, MAX_DEBT_MONTHS).await?;
    let newest = match balance.period {
        Some(period) => charges::of_account(connection, account_id, period, period).await?,
        None => Vec::new(),
    };
    let today = services.today();
    let is_gas = Utility::of(provider) == Utility::Gas;
    let standing = Standing::of(&months, &newest, balance.paid_since, today, is_gas);
    Ok(DebtOn { balance, standing, today })
}

/// The part of the sum due that is past its due date; `None` when there is none.
///
/// # Errors
/// As [`debt`].
pub async fn overdue(services: &Services, access: &FullAccess) -> Result<Option<Money>, Fault> {
    Ok(debt(services, access).await?.overdue().map(|(sum, _)| sum))
}

/// Prints the certificate that nothing is owed today.
///
/// # Errors
/// [`Refused`] when a sum is due, when only an advance in another service covers a debt, when billing has sent no charges,
/// when a limit is reached, no slot is free in time, or on an internal error.
pub async fn certificate(
    services: &Services,
    access: &FullAccess,
) -> Result<NoDebtCertificate, Refused<NoCertificate>> {
    let data = no_debt_of(services, access).await?;
    let issued_on = data.issued_on;
    let pdf = printing::print(services, access.user_id(), move |press| press.no_debt(&data)).await?;
    Ok(NoDebtCertificate { pdf, issued_on })
}

/// The data of the certificate.
///
/// # Errors
/// [`Declined`] as for [`certificate`], without its limits.
async fn no_debt_of(services: &Services, access: &FullAccess) -> Result<NoDebtData, Declined<NoCertificate>> {
    let DebtOn { balance, standing, today } = debt(services, access).await?;
    match standing {
        Standing::Clear => {}
        Standing::Owed(_) => return Err(NoCertificate::Owed.into()),
        Standing::Offset(_) => return Err(NoCertificate::Offset.into()),
        Standing::Unknown => return Err(NoCertificate::NoCharges.into()),
    }
    let newest = balance.period.ok_or(NoCertificate::NoCharges)?;
    let advance = if let Balance::Overpaid(sum) = balance.balance { sum } else { Money::ZERO };
    Ok(NoDebtData {
        provider: access.provider().clone(),
        account: access.account().clone(),
        advance,
        newest,
        paid_since: balance.paid_since,
        issued_on: today,
    })
}
