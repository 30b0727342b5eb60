//! Counts the accounts that an announcement is for, in parts, so that the memory stays small for any provider.

use crate::domain::account::AccountNumber;
use crate::domain::address::Address;
use crate::domain::announcement::{Announcement, Audience, Recipient};
use crate::domain::id::ProviderId;
use crate::domain::money::Money;
use crate::service::accounts::balance_on;
use crate::service::{Fault, Services};
use crate::storage::{Connection, accounts, announcements};

/// Accounts read at once: enough that the queries cost little, few enough that memory stays small.
const BATCH: i64 = 2_000;

/// The number of the provider's accounts that an announcement is for. `listed`: the account numbers of its list.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn count_reached(
    services: &Services,
    announcement: &Announcement,
    listed: &[AccountNumber],
) -> Result<u64, Fault> {
    let mut connection = services.db().read().await?;
    let provider_id = &announcement.provider_id;
    match &announcement.audience {
        Audience::All => Ok(accounts::count_of_provider(&mut connection, provider_id).await?.unsigned_abs()),
        Audience::Street(_) => on_street(&mut connection, announcement).await,
        Audience::Accounts => existing(&mut connection, provider_id, listed).await,
        Audience::Debtors(over) => debtors(services, &mut connection, provider_id, *over).await,
    }
}

async fn on_street(connection: &mut Connection, announcement: &Announcement) -> Result<u64, Fault> {
    let (mut after, mut count) = (None, 0);
    loop {
        let batch = accounts::of_provider(connection, &announcement.provider_id, after.as_ref(), BATCH).await?;
        let Some(last) = batch.last() else { return Ok(count) };
        after = Some(last.number.clone());
        let is_reached = |text: &str| {
            let address = Address::parse(text);
            let recipient = Recipient { address: address.as_ref(), is_listed: false, due: Money::ZERO };
            announcement.audience.reaches(recipient)
        };
        count += batch.iter().filter(|account| is_reached(&account.address)).count() as u64;
    }
}

/// The listed numbers that the provider has: at most [`crate::domain::announcement::MAX_ACCOUNTS`] look-ups by key.
async fn existing(
    connection: &mut Connection,
    provider_id: &ProviderId,
    listed: &[AccountNumber],
) -> Result<u64, Fault> {
    let mut count = 0;
    for number in listed {
        count += u64::from(accounts::find(connection, provider_id, number).await?.is_some());
    }
    Ok(count)
}

/// The accounts that owe more than a sum. Payments since the newest month only lower a debt, so the balance is computed
/// only for accounts whose month ended above the sum.
async fn debtors(
    services: &Services,
    connection: &mut Connection,
    provider_id: &ProviderId,
    over: Money,
) -> Result<u64, Fault> {
    let (mut after, mut count) = (None, 0);
    loop {
        let batch = announcements::owing(connection, provider_id, after.as_ref(), BATCH).await?;
        let Some(last) = batch.last() else { return Ok(count) };
        after = Some(last.number.clone());
        for owing in batch.into_iter().filter(|owing| owing.closing.is_some_and(|closing| closing > over)) {
            let due = balance_on(services, connection, &owing.account_id).await?.balance.due();
            count += u64::from(due > over);
        }
    }
}
