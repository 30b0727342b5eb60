//! What a user reads of an account: the balance, settlements, payments, meters (M9).

use jiff::civil::Date;

use super::links::{LinkedAccount, own_accounts};
use super::{Fault, Services};
use crate::domain::account::Access;
use crate::domain::calendar::Period;
use crate::domain::id::{AccountId, UserId};
use crate::domain::meter::{HistoryRow, Meter, history};
use crate::domain::money::Money;
use crate::domain::payment::{BillingPayment, Payment};
use crate::domain::settlement::{Balance, MonthSettlement, ServiceSettlement, by_service, mark_gaps, paid_beside};
use crate::storage::settlements::Closing;
use crate::storage::{Connection, StorageError, meters, payments, settlements};

/// Months on one page of settlements: a year at a glance.
const MONTHS_SHOWN: usize = 12;

/// A card of the list of accounts.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// The account, its provider and how much it shows.
    pub own: LinkedAccount,
    /// What is owed; only in full access.
    pub balance: Option<BalanceOn>,
}

/// A balance and the month whose charges it counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BalanceOn {
    /// What is owed.
    pub balance: Balance,
    /// The newest month that billing has sent.
    pub period: Option<Period>,
    /// Whether the day has passed until which that month is to be paid.
    pub overdue: bool,
    /// What was paid since and is counted in the balance.
    pub paid_since: Money,
}

/// The user's accounts as cards.
///
/// # Errors
/// [`Fault`].
pub async fn overviews(services: &Services, user_id: &UserId) -> Result<Vec<Overview>, Fault> {
    let mut cards = Vec::new();
    for own in own_accounts(services, user_id).await? {
        cards.push(overview(services, own).await?);
    }
    Ok(cards)
}

/// One account as a card.
///
/// # Errors
/// [`Fault`].
pub async fn overview(services: &Services, own: LinkedAccount) -> Result<Overview, Fault> {
    let balance = match own.access {
        Access::Full => Some(balance(services, &own.account.id).await?),
        Access::Lite => None,
    };
    Ok(Overview { own, balance })
}

/// What is owed now: billing's newest closing, less what was paid since.
///
/// # Errors
/// [`Fault`].
pub async fn balance(services: &Services, account_id: &AccountId) -> Result<BalanceOn, Fault> {
    let mut connection = services.db().read().await?;
    Ok(balance_on(services, &mut connection, account_id).await?)
}

async fn balance_on(
    services: &Services,
    connection: &mut Connection,
    account_id: &AccountId,
) -> Result<BalanceOn, StorageError> {
    let newest = settlements::newest_closing(connection, account_id).await?;
    let offset = services.settings().utc_offset_hours;
    let portal = payments::uncredited(connection, account_id).await?;
    let portal: Vec<(Money, Date)> = portal.into_iter().map(|(sum, moment)| (sum, moment.date(offset))).collect();
    let too_much = || StorageError::Corrupt { what: "sum of payments" };
    let Some(Closing { period, closing, paid }) = newest else {
        let paid_since = Money::checked_sum(portal.into_iter().map(|(sum, _)| sum)).ok_or_else(too_much)?;
        return Ok(BalanceOn { balance: Balance::Unknown, period: None, overdue: false, paid_since });
    };
    let today = services.today();
    let (eve, end) = (period.previous().last_day(), period.last_day());
    let listed = settlements::billing_paid_between(connection, account_id, eve, end).await?;
    let billed = settlements::billing_paid_between(connection, account_id, end, today).await?;
    let portal = paid_beside(period, paid, listed, &portal).ok_or_else(too_much)?;
    let paid_since = portal.checked_add(billed).ok_or_else(too_much)?;
    let balance = Balance::of(Some(closing), paid_since);
    Ok(BalanceOn { balance, period: Some(period), overdue: today > period.due_date(), paid_since })
}

/// A page of settlements: a year of months, and one of them by service.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlements {
    /// Months with charges, newest first, at most [`MONTHS_SHOWN`].
    pub months: Vec<MonthSettlement>,
    /// The month that is shown by service: the asked one, or the newest when that has no charges.
    pub shown: MonthSettlement,
    /// Its services.
    pub services: Vec<ServiceSettlement>,
    /// The newest month of the page before this one, which is newer.
    pub newer: Option<Period>,
    /// The newest month of the page after this one, which is older.
    pub older: Option<Period>,
}

/// The page of settlements that a month stands on, or the first; `None` when billing has sent no charges.
///
/// # Errors
/// [`Fault`].
pub async fn settlements_of(
    services: &Services,
    account_id: &AccountId,
    asked: Option<Period>,
) -> Result<Option<Settlements>, Fault> {
    let mut connection = services.db().read().await?;
    let skipped = match asked {
        Some(period) => settlements::months_after(&mut connection, account_id, period).await?,
        None => 0,
    };
    let first = skipped - skipped % MONTHS_SHOWN as i64;
    // One more: the month that the last one continues.
    let most = MONTHS_SHOWN as i64 + 1;
    let mut months = settlements::months(&mut connection, account_id, first, most).await?;
    mark_gaps(&mut months);
    let place = match asked {
        Some(period) => months.iter().take(MONTHS_SHOWN).position(|month| month.period == period),
        None => Some(0).filter(|_| !months.is_empty()),
    };
    let Some(place) = place else {
        drop(connection);
        return if asked.is_some() { Box::pin(settlements_of(services, account_id, None)).await } else { Ok(None) };
    };
    let shown = months[place].clone();
    let from = months.get(place + 1).map_or(shown.period, |month| month.period);
    let charges = settlements::charges(&mut connection, account_id, from, shown.period).await?;
    let (charges, earlier): (Vec<_>, Vec<_>) = charges.into_iter().partition(|charge| charge.period == shown.period);
    let older = months.get(MONTHS_SHOWN).map(|month| month.period);
    let newer = match first {
        0 => None,
        _ => settlements::months(&mut connection, account_id, first - MONTHS_SHOWN as i64, 1).await?.pop(),
    };
    let newer = newer.map(|month| month.period);
    months.truncate(MONTHS_SHOWN);
    Ok(Some(Settlements { months, shown, services: by_service(charges, &earlier), newer, older }))
}

/// Payments of an account, whoever took the money.
#[derive(Clone, Debug, PartialEq)]
pub struct Payments {
    /// Made by this user in the portal and not brought back by billing yet.
    pub portal: Vec<Payment>,
    /// Listed by billing.
    pub billing: Vec<BillingPayment>,
}

/// Payments of an account, newest first; one that billing brought back stands in billing's list only.
///
/// # Errors
/// [`Fault`].
pub async fn payments_of(services: &Services, user_id: &UserId, account_id: &AccountId) -> Result<Payments, Fault> {
    let mut connection = services.db().read().await?;
    let mut portal = payments::of_account(&mut connection, account_id, user_id).await?;
    portal.retain(|payment| payment.state != crate::domain::payment::PaymentState::Credited);
    let billing = settlements::billing_payments(&mut connection, account_id).await?;
    Ok(Payments { portal, billing })
}

/// A meter with its whole history, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct MeterHistory {
    /// The meter.
    pub meter: Meter,
    /// Its readings with what was used between them.
    pub rows: Vec<HistoryRow>,
}

/// The meters of an account with their readings.
///
/// # Errors
/// [`Fault`].
pub async fn meter_histories(services: &Services, account_id: &AccountId) -> Result<Vec<MeterHistory>, Fault> {
    let mut connection = services.db().read().await?;
    let mut histories = Vec::new();
    for meter in meters::of_account(&mut connection, account_id).await? {
        let readings = meters::readings(&mut connection, &meter.id).await?;
        histories.push(MeterHistory { rows: history(&meter, &readings), meter });
    }
    Ok(histories)
}

/// The unit that the meters of an account count in, as far as its charges tell.
///
/// # Errors
/// [`Fault`].
pub async fn meter_unit(services: &Services, account_id: &AccountId) -> Result<Option<String>, Fault> {
    Ok(settlements::meter_unit(&mut *services.db().read().await?, account_id).await?)
}
