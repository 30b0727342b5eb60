//! The home screen: each linked account at a glance.

use jiff::civil::Date;

use super::access::{FullAccess, OwnAccess};
use super::accounts::{BalanceOn, balance_after, portal_payments};
use super::consumption::consumption_on;
use super::{Fault, Services};
use crate::domain::account::LinkedAccount;
use crate::domain::consumption::{Consumption, YEAR};
use crate::domain::id::{AccountId, UserId};
use crate::domain::meter::LastReading;
use crate::domain::money::Money;
use crate::domain::sent_reading::{SentReading, SentState};
use crate::storage::{Connection, StorageError, billing_payments, readings, sent_readings};

/// A linked account on the home screen.
pub struct Glance {
    /// The account's number, its provider and the access level.
    pub linked: LinkedAccount,
    /// Its data; only in full access.
    pub open: Option<OpenGlance>,
}

/// The data of an account in full access.
pub struct OpenGlance {
    /// The account with billing's description.
    pub access: FullAccess,
    /// The balance.
    pub balance: BalanceOn,
    /// The installed meters with their newest readings.
    pub meters: Vec<LastReading>,
    /// Consumption by month; `None` without metered charges.
    pub consumption: Option<Consumption>,
    /// The newest payment, through the portal or elsewhere.
    pub paid: Option<LastPayment>,
    /// The newest reading that was sent from the portal and that billing has not accepted yet.
    pub sent: Option<SentReading>,
    /// The day, in the portal's time zone.
    pub today: Date,
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
    let own_accounts = OwnAccess::all(services, user_id).await?;
    let mut connection = services.db().read().await?;
    let mut glances = Vec::new();
    for own in own_accounts {
        let open = match own.full() {
            Some(access) => Some(open_glance(services, &mut connection, access).await?),
            None => None,
        };
        glances.push(Glance { linked: own.linked().clone(), open });
    }
    Ok(glances)
}

/// One account in full access.
///
/// # Errors
/// [`Fault`] when the storage fails or the sum of the payments overflows.
pub async fn glance(services: &Services, access: FullAccess) -> Result<OpenGlance, Fault> {
    let mut connection = services.db().read().await?;
    open_glance(services, &mut connection, access).await
}

async fn open_glance(
    services: &Services,
    connection: &mut Connection,
    access: FullAccess,
) -> Result<OpenGlance, Fault> {
    let account_id = access.id();
    let portal = portal_payments(services, connection, account_id).await?;
    let balance = balance_after(services, connection, account_id, &portal).await?;
    let meters = readings::newest(connection, account_id).await?;
    let paid = last_payment(connection, account_id, &portal).await?;
    let consumption = consumption_on(connection, account_id, services.current_period(), YEAR).await?;
    let sent = sent_readings::newest(connection, account_id).await?;
    let sent = sent.filter(|sent| sent.state != SentState::Accepted);
    Ok(OpenGlance { access, balance, meters, consumption, paid, sent, today: services.today() })
}

/// The later of billing's newest payment and the newest portal payment that billing has not listed yet.
async fn last_payment(
    connection: &mut Connection,
    account_id: &AccountId,
    portal: &[(Money, Date)],
) -> Result<Option<LastPayment>, StorageError> {
    let listed = billing_payments::newest(connection, account_id).await?;
    let portal = portal.iter().map(|(amount, date)| LastPayment { date: *date, amount: *amount });
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
