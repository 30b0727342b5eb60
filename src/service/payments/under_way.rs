//! What is left to do about payments: those under way, and the accounts that are paid one after another.

use super::own;
use crate::domain::account::LinkedAccount;
use crate::domain::calendar::Span;
use crate::domain::id::{AccountId, PaymentId, UserId};
use crate::domain::money::Money;
use crate::domain::payment::Payment;
use crate::service::access::OwnAccess;
use crate::service::accounts::balance_on;
use crate::service::{Fault, Services};
use crate::storage::{Database, payments};

/// How long the page of all accounts names a payment as just made: enough to pay several accounts with 3-D Secure.
const JUST_MADE: Span = Span::hours(1);

/// The user's payments that wait for the payer or for the bank, newest first; without those whose notice is hidden.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn under_way(services: &Services, user_id: &UserId) -> Result<Vec<Payment>, Fault> {
    Ok(payments::under_way(&mut *services.db().read().await?, user_id).await?)
}

/// Hides the notice of the user's own payment and returns the payment; `None` when it belongs to another user or does
/// not exist. The acquirer has no way to cancel a payment that waits for the payer, so it is still polled, and counted
/// if it is paid after all.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn hide(services: &Services, user_id: &UserId, id: &PaymentId) -> Result<Option<Payment>, Fault> {
    let Some(payment) = own(services, user_id, id).await? else { return Ok(None) };
    let mut tx = services.db().begin().await?;
    payments::hide(&mut tx, id, services.now()).await?;
    Database::commit(tx).await?;
    Ok(Some(payment))
}

/// An account on the page that pays all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountToPay {
    /// The account's number, its provider and the access level.
    pub linked: LinkedAccount,
    /// What is left to do.
    pub step: PayStep,
    /// The sum of the user's newest payment of the last hour for it.
    pub just_paid: Option<Money>,
}

/// What is left to do about an account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PayStep {
    /// This sum is due.
    Pay(Money),
    /// A payment is under way.
    Wait(Payment),
    /// Nothing is due after a payment of the last hour.
    Done,
    /// The sum is not shown in lite access.
    Closed,
}

impl AccountToPay {
    /// `due` is the sum due, in full access. `None` when nothing is due and nothing was paid just now.
    fn of(linked: &LinkedAccount, due: Option<Money>, under_way: &[Payment], paid: &[Payment]) -> Option<Self> {
        let of_account = |payment: &&Payment| payment.account_id == linked.id;
        let just_paid = paid.iter().find(of_account).map(|payment| payment.amount);
        let step = match (under_way.iter().find(of_account), due) {
            (Some(payment), _) => PayStep::Wait(payment.clone()),
            (None, None) => PayStep::Closed,
            (None, Some(due)) if !due.is_zero() => PayStep::Pay(due),
            (None, Some(_)) => just_paid.map(|_| PayStep::Done)?,
        };
        Some(Self { linked: linked.clone(), step, just_paid })
    }
}

/// The user's accounts with something due, under way or just paid, and those in lite access, in the order of linking.
///
/// # Errors
/// [`Fault`] when the storage fails or the sum of the payments overflows.
pub async fn accounts_to_pay(services: &Services, user_id: &UserId) -> Result<Vec<AccountToPay>, Fault> {
    let own_accounts = OwnAccess::all(services, user_id).await?;
    let mut connection = services.db().read().await?;
    let under_way = payments::under_way(&mut connection, user_id).await?;
    let paid = payments::paid_since(&mut connection, user_id, services.now().minus(JUST_MADE)).await?;
    let mut accounts = Vec::new();
    for own in own_accounts {
        let due = match own.full() {
            Some(access) => Some(balance_on(services, &mut connection, access.id()).await?.balance.due()),
            None => None,
        };
        accounts.extend(AccountToPay::of(own.linked(), due, &under_way, &paid));
    }
    Ok(accounts)
}

/// The number of the user's other accounts with a sum due and no payment under way.
///
/// # Errors
/// [`Fault`] when the storage fails or the sum of the payments overflows.
pub async fn others_due(services: &Services, user_id: &UserId, paid: &AccountId) -> Result<usize, Fault> {
    let accounts = accounts_to_pay(services, user_id).await?;
    let is_due = |account: &&AccountToPay| account.linked.id != *paid && matches!(account.step, PayStep::Pay(_));
    Ok(accounts.iter().filter(is_due).count())
}
