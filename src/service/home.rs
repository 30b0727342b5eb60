//! The home screen: each linked account at a glance.

use jiff::civil::Date;

use super::accounts::{BalanceOn, balance_on};
use super::consumption::consumption_on;
use super::links::LinkedAccount;
use super::{Fault, Services};
use crate::domain::account::Access;
use crate::domain::consumption::{Consumption, YEAR};
use crate::domain::id::{AccountId, UserId};
use crate::domain::meter::LastReading;
use crate::domain::money::Money;
use crate::storage::{Connection, StorageError, billing_payments, links, payments, readings};

/// A linked account on the home screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Glance {
    /// The account, its provider and the level of access.
    pub own: LinkedAccount,
    /// Its data; only in full access.
    pub open: Option<OpenGlance>,
}

/// The data of an account in full access.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenGlance {
    /// The balance.
    pub balance: BalanceOn,
    /// The installed meters with their newest readings.
    pub meters: Vec<LastReading>,
    /// Consumption by month; `None` without metered charges.
    pub consumption: Option<Consumption>,
    /// The newest payment, through the portal or elsewhere.
    pub paid: Option<LastPayment>,
}

/// The newest payment of an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LastPayment {
    /// The day, in the portal's time zone.
    pub date: Date,
    /// The sum.
    pub amount: Money,
}

/// The user's accounts in the order in which they were linked.
///
/// # Errors
/// [`Fault`] when the storage fails or the sum of the payments overflows.
pub async fn glances(services: &Services, user_id: &UserId) -> Result<Vec<Glance>, Fault> {
    let mut connection = services.db().read().await?;
    let mut glances = Vec::new();
    for own in links::linked_of_user(&mut connection, user_id).await? {
        let open = match own.access {
            Access::Full => Some(open_glance(services, &mut connection, &own.account.id).await?),
            Access::Lite => None,
        };
        glances.push(Glance { own, open });
    }
    Ok(glances)
}

/// One account in full access.
///
/// # Errors
/// [`Fault`] when the storage fails or the sum of the payments overflows.
pub async fn glance(services: &Services, account_id: &AccountId) -> Result<OpenGlance, Fault> {
    let mut connection = services.db().read().await?;
    open_glance(services, &mut connection, account_id).await
}

async fn open_glance(
    services: &Services,
    connection: &mut Connection,
    account_id: &AccountId,
) -> Result<OpenGlance, Fault> {
    let balance = balance_on(services, connection, account_id).await?;
    let meters = readings::newest(connection, account_id).await?;
    let paid = last_payment(services, connection, account_id).await?;
    let consumption = consumption_on(connection, account_id, services.current_period(), YEAR).await?;
    Ok(OpenGlance { balance, meters, consumption, paid })
}

/// The later of billing's newest payment and the newest portal payment that billing has not listed yet.
async fn last_payment(
    services: &Services,
    connection: &mut Connection,
    account_id: &AccountId,
) -> Result<Option<LastPayment>, StorageError> {
    let offset = services.settings().utc_offset_hours;
    let listed = billing_payments::newest(connection, account_id).await?;
    let portal = payments::uncredited(connection, account_id).await?;
    let portal = portal.into_iter().map(|(amount, at)| LastPayment { date: at.date(offset), amount });
    let listed = listed.map(|(date, amount)| LastPayment { date, amount });
    Ok(portal.chain(listed).max_by_key(|payment| payment.date))
}

/// The sum due over all accounts, and the number of accounts with a sum due; `None` when the sum overflows.
pub fn total_due(glances: &[Glance]) -> Option<(Money, usize)> {
    let due = glances.iter().filter_map(|glance| Some(glance.open.as_ref()?.balance.balance.due()));
    let due: Vec<Money> = due.filter(|due| !due.is_zero()).collect();
    let count = due.len();
    Money::checked_sum(due).map(|sum| (sum, count))
}
