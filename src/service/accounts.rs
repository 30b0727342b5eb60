//! The account data that a user sees: the balance, settlements, payments, meters (M9).

use jiff::civil::Date;

use super::access::FullAccess;
use super::{Fault, Services};
use crate::domain::account::Account;
use crate::domain::balance::{DueSplit, MAX_DEBT_MONTHS};
use crate::domain::calendar::Period;
use crate::domain::explanation::{Explanation, Household, MAX_HISTORY, explain};
use crate::domain::id::AccountId;
use crate::domain::meter::{HistoryRow, Meter, history};
use crate::domain::money::Money;
use crate::domain::paging::{AskedPage, PagePlace};
use crate::domain::payment::AccountPayment;
use crate::domain::settlement::{Balance, MonthSettlement, ServiceSettlement, by_service, mark_gaps, paid_beside};
use crate::storage::account_payments::View;
use crate::storage::{
    Connection, StorageError, account_payments, billing_payments, charges, meters, payments, readings,
};

/// Months on one page of settlements: a year at a glance.
const MONTHS_SHOWN: u8 = 12;

/// A balance and the month whose charges it counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BalanceOn {
    /// The amount owed.
    pub balance: Balance,
    /// The newest month that billing has sent.
    pub period: Option<Period>,
    /// The charges of that month.
    pub charged: Money,
    /// Whether that month is past its due date.
    pub overdue: bool,
    /// Payments since then, included in the balance.
    pub paid_since: Money,
    /// The sum due as the charge of that month and the older debt; `None` when nothing is due.
    pub split: Option<DueSplit>,
}

/// The current balance: billing's newest closing balance less the payments since then.
///
/// # Errors
/// [`Fault`] when the storage fails or the sum of the payments overflows.
pub async fn balance(services: &Services, access: &FullAccess) -> Result<BalanceOn, Fault> {
    balance_of(services, access.id()).await
}

/// The current balance of an account, for its documents.
pub(super) async fn balance_of(services: &Services, account_id: &AccountId) -> Result<BalanceOn, Fault> {
    Ok(balance_on(services, &mut *services.db().read().await?, account_id).await?)
}

/// The same on a connection that the caller has already, for a page that reads more.
pub(super) async fn balance_on(
    services: &Services,
    connection: &mut Connection,
    account_id: &AccountId,
) -> Result<BalanceOn, StorageError> {
    let portal = portal_payments(services, connection, account_id).await?;
    balance_after(services, connection, account_id, &portal).await
}

/// Each payment through the portal that billing has not listed yet, with its day.
pub(super) async fn portal_payments(
    services: &Services,
    connection: &mut Connection,
    account_id: &AccountId,
) -> Result<Vec<(Money, Date)>, StorageError> {
    let offset = services.settings().utc_offset_hours;
    let payments = payments::uncredited(connection, account_id).await?;
    Ok(payments.into_iter().map(|(sum, moment)| (sum, moment.date(offset))).collect())
}

/// The balance after the payments of [`portal_payments`].
pub(super) async fn balance_after(
    services: &Services,
    connection: &mut Connection,
    account_id: &AccountId,
    portal: &[(Money, Date)],
) -> Result<BalanceOn, StorageError> {
    let mut months = charges::months(connection, account_id, 0, 1).await?;
    let too_much = || StorageError::Corrupt { what: "sum of payments" };
    let Some(MonthSettlement { period, charged, paid, closing, .. }) = months.first().cloned() else {
        let paid_since = Money::checked_sum(portal.iter().map(|(sum, _)| *sum)).ok_or_else(too_much)?;
        return Ok(BalanceOn {
            balance: Balance::Unknown,
            period: None,
            charged: Money::ZERO,
            overdue: false,
            paid_since,
            split: None,
        });
    };
    let today = services.today();
    let end = period.last_day();
    let days = [period.previous().last_day(), end, today.max(end)];
    let (listed, billed) = billing_payments::paid_between(connection, account_id, days).await?;
    let portal = paid_beside(period, paid, listed, portal).ok_or_else(too_much)?;
    let paid_since = portal.checked_add(billed).ok_or_else(too_much)?;
    let balance = Balance::of(Some(closing), paid_since);
    let mut split = DueSplit::of(&months, paid_since);
    // Only an older debt needs the earlier months, for its beginning.
    if split.is_some_and(|split| !split.older_debt.is_zero()) {
        months.extend(charges::months(connection, account_id, 1, MAX_DEBT_MONTHS - 1).await?);
        split = DueSplit::of(&months, paid_since);
    }
    Ok(BalanceOn { balance, period: Some(period), charged, overdue: today > period.due_date(), paid_since, split })
}

/// The page of settlements that contains a month, or the first page; `None` when billing has sent no charges.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn settlements(
    services: &Services,
    access: &FullAccess,
    asked: Option<Period>,
) -> Result<Option<Settlements>, Fault> {
    let mut connection = services.db().read().await?;
    if let Some(period) = asked
        && let Some(page) = settlements_around(&mut connection, access, period).await?
    {
        return Ok(Some(page));
    }
    settlements_from(&mut connection, access, 0, None).await
}

/// The page that contains a month; `None` when the month has no charges.
async fn settlements_around(
    connection: &mut Connection,
    access: &FullAccess,
    period: Period,
) -> Result<Option<Settlements>, Fault> {
    let newer = charges::months_after(connection, access.id(), period).await?;
    settlements_from(connection, access, newer - newer % i64::from(MONTHS_SHOWN), Some(period)).await
}

/// The page after the `first` newest months, with one month by service: `shown`, or the newest of the page. `None`
/// when that month is not on the page.
async fn settlements_from(
    connection: &mut Connection,
    access: &FullAccess,
    first: i64,
    shown: Option<Period>,
) -> Result<Option<Settlements>, Fault> {
    let account_id = access.id();
    // One extra row: the previous month of the last one shown.
    let mut months = charges::months(connection, account_id, first, i64::from(MONTHS_SHOWN) + 1).await?;
    mark_gaps(&mut months);
    let is_shown = |month: &MonthSettlement| shown.is_none_or(|period| month.period == period);
    let Some(place) = months.iter().take(MONTHS_SHOWN.into()).position(is_shown) else { return Ok(None) };
    let shown = months[place].clone();
    let before = months.get(place + 1).map_or(shown.period, |month| month.period);
    let from = before.min(shown.period.months_before(MAX_HISTORY));
    let charges = charges::to_explain(connection, account_id, from, shown.period).await?;
    let Account { residents, heated_area, .. } = *access.account();
    let explanation = explain(shown.period, &charges, Household { residents, heated_area });
    let (charges, mut earlier): (Vec<_>, Vec<_>) =
        charges.into_iter().partition(|charge| charge.period == shown.period);
    earlier.retain(|charge| charge.period == before);
    let older = months.get(usize::from(MONTHS_SHOWN)).map(|month| month.period);
    let newer = match first {
        0 => None,
        _ => charges::months(connection, account_id, first - i64::from(MONTHS_SHOWN), 1).await?.pop(),
    };
    let newer = newer.map(|month| month.period);
    months.truncate(MONTHS_SHOWN.into());
    let services = by_service(charges, &earlier);
    Ok(Some(Settlements { months, shown, services, explanation, newer, older }))
}

/// A page of the payments of one year or of all years: payments of all users in the portal and rows of billing,
/// without duplicates.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn payments(
    services: &Services,
    access: &FullAccess,
    year: Option<i16>,
    asked: AskedPage,
) -> Result<Payments, Fault> {
    let view = View {
        engine: services.db().engine(),
        account_id: access.id(),
        user_id: access.user_id(),
        utc_offset_hours: services.settings().utc_offset_hours,
    };
    let mut connection = services.db().read().await?;
    let years = account_payments::years(&mut connection, view).await?;
    let count = account_payments::count(&mut connection, view, year).await?;
    let place = PagePlace::within(asked, count.unsigned_abs(), account_payments::PAGE);
    let listed = account_payments::page(&mut connection, view, year, place).await?;
    Ok(Payments { years, year, listed, place })
}

/// The meters with their readings.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn meters(services: &Services, access: &FullAccess) -> Result<Meters, Fault> {
    let mut connection = services.db().read().await?;
    let histories = histories(&mut connection, access.id()).await?;
    Ok(Meters { histories, unit: charges::meter_unit(&mut connection, access.id()).await? })
}

/// Each meter of an account, removed ones included, with its readings.
pub(super) async fn histories(
    connection: &mut Connection,
    account_id: &AccountId,
) -> Result<Vec<MeterHistory>, StorageError> {
    let mut histories = Vec::new();
    for meter in meters::of_account(connection, account_id).await? {
        histories.push(history_of(connection, meter).await?);
    }
    Ok(histories)
}

/// A meter with its readings.
pub(super) async fn history_of(connection: &mut Connection, meter: Meter) -> Result<MeterHistory, StorageError> {
    let readings = readings::of_meter(connection, &meter.id).await?;
    Ok(MeterHistory { rows: history(&meter, &readings), meter })
}

/// A page of settlements: a year of months, with one of them broken down by service.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlements {
    /// Months with charges, newest first, at most [`MONTHS_SHOWN`].
    pub months: Vec<MonthSettlement>,
    /// The month broken down by service: the requested one, or the newest when that has no charges.
    pub shown: MonthSettlement,
    /// Its services.
    pub services: Vec<ServiceSettlement>,
    /// Why its charges are as they are; `None` when its sums overflow.
    pub explanation: Option<Explanation>,
    /// The newest month of the page with newer months.
    pub newer: Option<Period>,
    /// The newest month of the page with older months.
    pub older: Option<Period>,
}

/// A page of the payments of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Payments {
    /// The years that have payments, newest first.
    pub years: Vec<i16>,
    /// The chosen year; `None` for all years.
    pub year: Option<i16>,
    /// The payments, the newest day first.
    pub listed: Vec<AccountPayment>,
    /// The position of this page.
    pub place: PagePlace,
}

/// A meter with its whole history, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct MeterHistory {
    /// The meter.
    pub meter: Meter,
    /// Its readings with the consumption between them.
    pub rows: Vec<HistoryRow>,
}

/// The meters of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Meters {
    /// Each meter with its history.
    pub histories: Vec<MeterHistory>,
    /// Their unit, taken from the charges; `None` unless they have exactly one unit.
    pub unit: Option<String>,
}
