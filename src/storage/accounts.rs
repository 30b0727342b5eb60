//! Accounts, their PINs included.

use jiff::civil::Date;
use sqlx::{Arguments as _, FromRow};

use super::bulk::{Column, Upsert, day};
use super::{Connection, Engine, Result, StorageError};
use crate::domain::account::{Account, AccountNumber};
use crate::domain::calendar::parse_date;
use crate::domain::decimal::Area;
use crate::domain::id::{AccountId, ProviderId};

/// The columns of an account, also used in joins with a link.
#[derive(FromRow)]
pub(super) struct AccountRow {
    id: String,
    provider_id: String,
    number: String,
    address: String,
    subscriber: Option<String>,
    els: Option<String>,
    area: Option<i64>,
    heated_area: Option<i64>,
    residents: Option<i64>,
    phone: Option<String>,
    email: Option<String>,
    opened_on: Option<String>,
    closed_on: Option<String>,
}

impl TryFrom<AccountRow> for Account {
    type Error = StorageError;

    fn try_from(row: AccountRow) -> Result<Self> {
        Ok(Self {
            id: AccountId::trusted(row.id),
            provider_id: ProviderId::trusted(row.provider_id),
            number: AccountNumber::trusted(row.number),
            address: row.address,
            subscriber: row.subscriber,
            els: row.els,
            area: row.area.map(Area::from_raw),
            heated_area: row.heated_area.map(Area::from_raw),
            residents: row.residents.and_then(|n| u16::try_from(n).ok()),
            phone: row.phone,
            email: row.email,
            opened_on: optional_date(row.opened_on)?,
            closed_on: optional_date(row.closed_on)?,
        })
    }
}

/// Parses a stored date.
pub(super) fn optional_date(text: Option<String>) -> Result<Option<Date>> {
    text.map(|text| parse_date(&text)).transpose().map_err(|_| StorageError::Corrupt { what: "day" })
}

/// A query for accounts.
macro_rules! accounts {
    ($rest:literal) => {
        concat!(
            "SELECT id, provider_id, number, address, subscriber, els, area, heated_area, residents, phone, email, \
             opened_on, closed_on FROM accounts ",
            $rest
        )
    };
}

const FIND: &str = accounts!("WHERE provider_id = $1 AND number = $2");

/// The account with a number at a provider.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn find(
    connection: &mut Connection,
    provider_id: &ProviderId,
    number: &AccountNumber,
) -> Result<Option<Account>> {
    let row: Option<AccountRow> =
        sqlx::query_as(FIND).bind(provider_id.as_str()).bind(number.as_str()).fetch_optional(connection).await?;
    row.map(Account::try_from).transpose()
}

const OF_PROVIDER: &str = accounts!("WHERE provider_id = $1 AND number > $2 ORDER BY number LIMIT 0 + $3");

/// A page of a provider's accounts ordered by number, at most `most`, starting after a number or at the beginning.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn of_provider(
    connection: &mut Connection,
    provider_id: &ProviderId,
    after: Option<&AccountNumber>,
    most: i64,
) -> Result<Vec<Account>> {
    let after = after.map_or("", AccountNumber::as_str);
    let bound = sqlx::query_as(OF_PROVIDER).bind(provider_id.as_str()).bind(after).bind(most);
    let rows: Vec<AccountRow> = bound.fetch_all(connection).await?;
    rows.into_iter().map(Account::try_from).collect()
}

const COUNT_OF_PROVIDER: &str = "SELECT COUNT(*) FROM accounts WHERE provider_id = $1";

/// How many accounts a provider has.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn count_of_provider(connection: &mut Connection, provider_id: &ProviderId) -> Result<i64> {
    Ok(sqlx::query_scalar(COUNT_OF_PROVIDER).bind(provider_id.as_str()).fetch_one(connection).await?)
}

const BY_ID: &str = accounts!("WHERE id = $1");

/// The account with an identifier.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn by_id(connection: &mut Connection, id: &AccountId) -> Result<Option<Account>> {
    let row: Option<AccountRow> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(connection).await?;
    row.map(Account::try_from).transpose()
}

const PIN_SEALED: &str = "SELECT pin_sealed FROM accounts WHERE id = $1";

/// The sealed PIN of an account, if it has one.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn pin_sealed(connection: &mut Connection, id: &AccountId) -> Result<Option<String>> {
    let row: Option<Option<String>> =
        sqlx::query_scalar(PIN_SEALED).bind(id.as_str()).fetch_optional(connection).await?;
    Ok(row.flatten())
}

const ANY_SEALED_PIN: &str = "SELECT id, pin_sealed FROM accounts WHERE pin_sealed IS NOT NULL LIMIT 1";

/// Any account's sealed PIN: enough to check whether a key opens it.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn any_sealed_pin(connection: &mut Connection) -> Result<Option<(AccountId, String)>> {
    let row: Option<(String, String)> = sqlx::query_as(ANY_SEALED_PIN).fetch_optional(connection).await?;
    Ok(row.map(|(id, sealed)| (AccountId::trusted(id), sealed)))
}

const SET_PIN: &str = "UPDATE accounts SET pin_sealed = $2 WHERE id = $1 AND pin_sealed IS NULL";

/// Sets the PIN of an account that has none; an existing PIN is kept.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn set_first_pin(connection: &mut Connection, id: &AccountId, sealed: &str) -> Result<bool> {
    let done = sqlx::query(SET_PIN).bind(id.as_str()).bind(sealed).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

const LOCK: &str = "UPDATE accounts SET number = number WHERE id = $1";

/// Locks an account until the transaction ends.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn lock(connection: &mut Connection, id: &AccountId) -> Result<()> {
    sqlx::query(LOCK).bind(id.as_str()).execute(connection).await?;
    Ok(())
}

const REPLACE_PIN: &str = "UPDATE accounts SET pin_sealed = $2 WHERE id = $1";

/// Replaces the PIN of an account.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn replace_pin(connection: &mut Connection, id: &AccountId, sealed: &str) -> Result<()> {
    sqlx::query(REPLACE_PIN).bind(id.as_str()).bind(sealed).execute(connection).await?;
    Ok(())
}

/// An account as imported from billing.
pub struct ImportedAccount {
    /// The account.
    pub account: Account,
    /// Its PIN, sealed; `None` keeps the stored PIN.
    pub pin_sealed: Option<String>,
}

const COLUMNS: &[Column<ImportedAccount>] = &[
    Column::kept("id", |row, to| to.add(row.account.id.as_str())),
    Column::key("provider_id", |row, to| to.add(row.account.provider_id.as_str())),
    Column::key("number", |row, to| to.add(row.account.number.as_str())),
    Column::replaced("address", |row, to| to.add(row.account.address.as_str())),
    Column::replaced("subscriber", |row, to| to.add(row.account.subscriber.as_deref())),
    Column::replaced("els", |row, to| to.add(row.account.els.as_deref())),
    Column::replaced("area", |row, to| to.add(row.account.area.map(Area::raw))),
    Column::replaced("heated_area", |row, to| to.add(row.account.heated_area.map(Area::raw))),
    Column::replaced("residents", |row, to| to.add(row.account.residents.map(i64::from))),
    Column::replaced("phone", |row, to| to.add(row.account.phone.as_deref())),
    Column::replaced("email", |row, to| to.add(row.account.email.as_deref())),
    Column::replaced("opened_on", |row, to| to.add(day(row.account.opened_on))),
    Column::replaced("closed_on", |row, to| to.add(day(row.account.closed_on))),
    Column::replaced_if_given("pin_sealed", |row, to| to.add(row.pin_sealed.as_deref())),
];

/// Upserts accounts by provider and number; a stored account keeps its id. Of its other columns only those listed in
/// `updated` change, and the PIN if it is given.
///
/// # Errors
/// [`StorageError::Database`] when the database refuses or does not answer.
pub async fn upsert(
    connection: &mut Connection,
    engine: Engine,
    accounts: &[ImportedAccount],
    updated: &[&str],
) -> Result<()> {
    Upsert::new("accounts", COLUMNS).replacing_only(updated).run(connection, engine, accounts).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::providers;
    use crate::storage::testing::{TestDatabase, account, on_both_engines, provider};

    on_both_engines! {
        async fn the_accounts_of_a_provider_come_in_parts_by_their_number(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            let (gas, water) = (provider("gas"), provider("water"));
            providers::upsert(&mut tx, engine, &[gas.clone(), water.clone()]).await.unwrap();
            let rows: Vec<_> = (0..5).rev().map(|number| account(&gas, number)).collect();
            upsert(&mut tx, engine, &rows, &["address"]).await.unwrap();
            upsert(&mut tx, engine, &[account(&water, 200)], &[]).await.unwrap();
            let numbers = |accounts: &[Account]| -> Vec<usize> {
                accounts.iter().map(|account| account.number.as_str().parse().unwrap()).collect()
            };
            let first = of_provider(&mut tx, &gas.id, None, 3).await.unwrap();
            let rest = of_provider(&mut tx, &gas.id, Some(&first[2].number), 3).await.unwrap();
            assert_eq!((numbers(&first), numbers(&rest)), (vec![0, 1, 2], vec![3, 4]));
            assert!(of_provider(&mut tx, &gas.id, Some(&rest[1].number), 3).await.unwrap().is_empty());
            assert_eq!(count_of_provider(&mut tx, &gas.id).await.unwrap(), 5);
        }
    }
}
