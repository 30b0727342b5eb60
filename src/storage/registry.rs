//! What registries write: rows by the million, many to a statement, each upsert by its natural key; the imports
//! themselves; and the portal's payments that billing has brought back.
//!
//! Nothing here begins or commits a transaction: a file is one, and the use case holds it.

use jiff::civil::Date;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::error::BoxDynError;
use sqlx::{Arguments as _, AssertSqlSafe, Row as _};

use futures::TryStreamExt as _;

use super::{Connection, Engine, Result, StorageError};
use crate::domain::account::{Account, AccountNumber};
use crate::domain::calendar::{Moment, Period};
use crate::domain::id::{AccountId, ID_LENGTH, ImportId, MeterId, PaymentId, ProviderId};
use crate::domain::meter::{Meter, Reading};
use crate::domain::money::Money;
use crate::domain::payment::{BillingPayment, PaymentState};
use crate::domain::provider::Provider;
use crate::domain::settlement::Charge;
use crate::domain::text::fold;

/// Rows of one statement: enough that the way to the database is not felt, few enough for its limit of parameters
/// (65 535 in PostgreSQL, 32 766 in SQLite).
const ROWS_PER_STATEMENT: usize = 64;
/// Accounts asked about in one statement.
pub const ACCOUNTS_PER_QUERY: usize = 200;
/// The portal's payments looked at in one go.
const PAYMENTS_PER_PAGE: i64 = 500;
/// Longest account number that the exchange format allows.
const NUMBER_LENGTH: usize = 20;

/// One multi-row INSERT … ON CONFLICT. Its text is the same for every full statement, so the engine prepares it once.
struct Upsert<'a> {
    table: &'static str,
    columns: &'a [&'static str],
    key: &'static str,
    /// What a row that is there already takes from the new one; nothing means that it stays as it is.
    updated: String,
}

impl<'a> Upsert<'a> {
    fn new(table: &'static str, columns: &'a [&'static str], key: &'static str) -> Self {
        Self { table, columns, key, updated: String::new() }
    }

    fn updating(self, columns: &[&str]) -> Self {
        let set: Vec<String> = columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        Self { updated: set.join(", "), ..self }
    }

    fn sql(&self, engine: Engine, rows: usize) -> String {
        let width = self.columns.len();
        let mut sql = format!("INSERT INTO {} ({}) VALUES ", self.table, self.columns.join(", "));
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            push_placeholders(&mut sql, engine, row * width, width);
            sql.push(')');
        }
        let action = if self.updated.is_empty() { "NOTHING" } else { "UPDATE SET " };
        sql + &format!(" ON CONFLICT ({}) DO {action}{}", self.key, self.updated)
    }

    /// Writes the rows, a statement for every [`ROWS_PER_STATEMENT`].
    async fn run<T>(
        &self,
        connection: &mut Connection,
        engine: Engine,
        rows: Vec<T>,
        bind: impl Fn(T, &mut AnyArguments) -> std::result::Result<(), BoxDynError>,
    ) -> Result<()> {
        let full = self.sql(engine, ROWS_PER_STATEMENT);
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let count = rows.len().min(ROWS_PER_STATEMENT);
            let mut arguments = AnyArguments::default();
            arguments.reserve(count * self.columns.len(), 0);
            for row in rows.by_ref().take(count) {
                bind(row, &mut arguments).map_err(sqlx::Error::Encode)?;
            }
            let sql = if count == ROWS_PER_STATEMENT { full.clone() } else { self.sql(engine, count) };
            let query = sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(count == ROWS_PER_STATEMENT);
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }
}

/// `$5, $6, $7`, or `?, ?, ?`: SQLite looks a numbered parameter up by walking all before it, which for a thousand
/// of them costs more than the rows.
fn push_placeholders(sql: &mut String, engine: Engine, before: usize, count: usize) {
    for index in 0..count {
        if index > 0 {
            sql.push_str(", ");
        }
        match engine {
            Engine::Sqlite => sql.push('?'),
            Engine::Postgres => {
                sql.push('$');
                sql.push_str(&(before + index + 1).to_string());
            }
        }
    }
}

fn day(date: Option<Date>) -> Option<String> {
    date.map(|date| date.to_string())
}

// Providers.

const PROVIDER_COLUMNS: [&str; 15] = [
    "id",
    "code",
    "name",
    "region",
    "folded",
    "inn",
    "kpp",
    "bank_name",
    "bik",
    "settlement_account",
    "correspondent_account",
    "account_length",
    "support_email",
    "support_phone",
    "site",
];

/// Writes providers with all they have; one of the same code keeps its id.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn upsert_providers(connection: &mut Connection, engine: Engine, providers: Vec<Provider>) -> Result<()> {
    let upsert = Upsert::new("providers", &PROVIDER_COLUMNS, "code").updating(&PROVIDER_COLUMNS[2..]);
    upsert.run(connection, engine, providers, bind_provider).await
}

fn bind_provider(provider: Provider, to: &mut AnyArguments) -> std::result::Result<(), BoxDynError> {
    let folded = fold(&format!("{} {}", provider.name, provider.region.as_deref().unwrap_or_default()));
    to.add(provider.id.as_str())?;
    to.add(provider.code)?;
    to.add(provider.name)?;
    to.add(provider.region)?;
    to.add(folded)?;
    to.add(provider.inn)?;
    to.add(provider.kpp)?;
    to.add(provider.bank_name)?;
    to.add(provider.bik)?;
    to.add(provider.settlement_account)?;
    to.add(provider.correspondent_account)?;
    to.add(i64::from(provider.account_length))?;
    to.add(provider.support_email)?;
    to.add(provider.support_phone)?;
    to.add(provider.site)
}

const LOCK_PROVIDER: &str = "UPDATE providers SET code = code WHERE id = $1";

/// Makes another import for the same provider wait until this transaction ends.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn lock_provider(connection: &mut Connection, provider: &ProviderId) -> Result<()> {
    sqlx::query(LOCK_PROVIDER).bind(provider.as_str()).execute(connection).await?;
    Ok(())
}

// Which accounts and meters a provider has, packed: half a million of either stays under 25 MB.

/// The ids of one provider's accounts by their numbers.
#[derive(Debug, Default)]
pub struct AccountIds(Vec<([u8; NUMBER_LENGTH], [u8; ID_LENGTH])>);

const ACCOUNT_IDS: &str = "SELECT number, id FROM accounts WHERE provider_id = $1";

impl AccountIds {
    /// Reads them all.
    ///
    /// # Errors
    /// [`StorageError::Database`]; [`StorageError::Corrupt`] for a number or an id of a wrong length.
    pub async fn load(connection: &mut Connection, provider: &ProviderId) -> Result<Self> {
        let mut rows = sqlx::query(ACCOUNT_IDS).bind(provider.as_str()).fetch(connection);
        let mut entries = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let number = pack_number(row.try_get(0)?).ok_or(StorageError::Corrupt { what: "account number" })?;
            entries.push((number, pack_id(row.try_get(1)?)?));
        }
        entries.sort_unstable();
        Ok(Self(entries))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of an account among the others: they are told apart by it without their ids.
    pub fn place(&self, number: &AccountNumber) -> Option<usize> {
        let key = pack_number(number.as_str())?;
        self.0.binary_search_by(|(number, _)| number.cmp(&key)).ok()
    }

    /// The id at a place.
    pub fn id(&self, place: usize) -> Option<AccountId> {
        self.0.get(place).map(|(_, id)| AccountId::trusted(unpack(id)))
    }

    /// The id of an account.
    pub fn find(&self, number: &AccountNumber) -> Option<AccountId> {
        self.place(number).and_then(|place| self.id(place))
    }
}

/// The ids of one provider's meters by the account's number and the serial.
#[derive(Debug, Default)]
pub struct MeterIds(Vec<([u8; DIGEST_LENGTH], [u8; ID_LENGTH])>);

/// Bytes of a digest that stands for an account's number and a serial: 128 bits do not collide.
const DIGEST_LENGTH: usize = 16;

const METER_IDS: &str = "SELECT accounts.number, meters.serial, meters.id FROM accounts \
     JOIN meters ON meters.account_id = accounts.id WHERE accounts.provider_id = $1";

impl MeterIds {
    /// Reads them all.
    ///
    /// # Errors
    /// [`StorageError::Database`]; [`StorageError::Corrupt`] for an id of a wrong length.
    pub async fn load(connection: &mut Connection, provider: &ProviderId) -> Result<Self> {
        let mut rows = sqlx::query(METER_IDS).bind(provider.as_str()).fetch(connection);
        let mut entries = Vec::new();
        while let Some(row) = rows.try_next().await? {
            entries.push((digest(row.try_get(0)?, row.try_get(1)?), pack_id(row.try_get(2)?)?));
        }
        entries.sort_unstable();
        Ok(Self(entries))
    }

    /// The id of a meter.
    pub fn find(&self, number: &AccountNumber, serial: &str) -> Option<MeterId> {
        let key = digest(number.as_str(), serial);
        let place = self.0.binary_search_by(|(digest, _)| digest.cmp(&key)).ok()?;
        self.0.get(place).map(|(_, id)| MeterId::trusted(unpack(id)))
    }
}

fn pack_number(number: &str) -> Option<[u8; NUMBER_LENGTH]> {
    let mut packed = [0; NUMBER_LENGTH];
    packed.get_mut(..number.len())?.copy_from_slice(number.as_bytes());
    Some(packed)
}

fn pack_id(id: &str) -> Result<[u8; ID_LENGTH]> {
    id.as_bytes().try_into().map_err(|_| StorageError::Corrupt { what: "id" })
}

fn unpack(id: &[u8; ID_LENGTH]) -> String {
    String::from_utf8_lossy(id).into_owned()
}

fn digest(number: &str, serial: &str) -> [u8; DIGEST_LENGTH] {
    use sha2::{Digest as _, Sha256};
    let whole = Sha256::new().chain_update(number).chain_update([0]).chain_update(serial).finalize();
    let mut digest = [0; DIGEST_LENGTH];
    digest.copy_from_slice(&whole[..DIGEST_LENGTH]);
    digest
}

// Accounts.

const ACCOUNT_COLUMNS: [&str; 14] = [
    "id",
    "provider_id",
    "number",
    "address",
    "subscriber",
    "els",
    "area",
    "heated_area",
    "residents",
    "phone",
    "email",
    "opened_on",
    "closed_on",
    "pin_sealed",
];

/// An account as written; a PIN that is not given leaves the stored one.
pub struct AccountRow {
    /// The account.
    pub account: Account,
    /// The PIN under the AEAD key.
    pub pin_sealed: Option<String>,
}

/// Writes accounts. Of those that are there already only the columns named in `updated` change (names of the table;
/// the PIN of a row without one stays).
///
/// # Errors
/// [`StorageError::Database`].
pub async fn upsert_accounts(
    connection: &mut Connection,
    engine: Engine,
    accounts: Vec<AccountRow>,
    updated: &[&'static str],
) -> Result<()> {
    let updated: Vec<&str> = ACCOUNT_COLUMNS[3..13].iter().copied().filter(|column| updated.contains(column)).collect();
    let mut upsert = Upsert::new("accounts", &ACCOUNT_COLUMNS, "provider_id, number").updating(&updated);
    let separator = if upsert.updated.is_empty() { "" } else { ", " };
    upsert.updated += separator;
    upsert.updated += "pin_sealed = COALESCE(excluded.pin_sealed, accounts.pin_sealed)";
    upsert.run(connection, engine, accounts, bind_account).await
}

fn bind_account(row: AccountRow, to: &mut AnyArguments) -> std::result::Result<(), BoxDynError> {
    let account = row.account;
    to.add(account.id.as_str())?;
    to.add(account.provider_id.as_str())?;
    to.add(account.number.as_str())?;
    to.add(account.address)?;
    to.add(account.subscriber)?;
    to.add(account.els)?;
    to.add(account.area.map(|area| area.raw()))?;
    to.add(account.heated_area.map(|area| area.raw()))?;
    to.add(account.residents.map(i64::from))?;
    to.add(account.phone)?;
    to.add(account.email)?;
    to.add(day(account.opened_on))?;
    to.add(day(account.closed_on))?;
    to.add(row.pin_sealed)
}

// Charges.

const CHARGE_COLUMNS: [&str; 17] = [
    "account_id",
    "period",
    "service",
    "opening",
    "charged",
    "recalculated",
    "benefit",
    "adjusted",
    "written_off",
    "paid",
    "closing",
    "volume",
    "unit",
    "tariff",
    "method",
    "norm",
    "recalculation_reason",
];

/// Writes charges; a row of the same account, month and service is replaced. Rows sorted by account are written
/// several times faster than strewn ones, since neighbours share a page.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn upsert_charges(
    connection: &mut Connection,
    engine: Engine,
    charges: Vec<(AccountId, Charge)>,
) -> Result<()> {
    let upsert = Upsert::new("charges", &CHARGE_COLUMNS, "account_id, period, service").updating(&CHARGE_COLUMNS[3..]);
    upsert.run(connection, engine, charges, bind_charge).await
}

fn bind_charge((account, charge): (AccountId, Charge), to: &mut AnyArguments) -> std::result::Result<(), BoxDynError> {
    to.add(account.as_str())?;
    to.add(charge.period.number())?;
    to.add(charge.service)?;
    to.add(charge.opening.kopecks())?;
    to.add(charge.charged.kopecks())?;
    to.add(charge.recalculated.kopecks())?;
    to.add(charge.benefit.kopecks())?;
    to.add(charge.adjusted.kopecks())?;
    to.add(charge.written_off.kopecks())?;
    to.add(charge.paid.kopecks())?;
    to.add(charge.closing.kopecks())?;
    to.add(charge.volume.map(|volume| volume.raw()))?;
    to.add(charge.unit)?;
    to.add(charge.tariff.map(|tariff| tariff.raw()))?;
    to.add(charge.method.map(|method| method.as_str()))?;
    to.add(charge.norm.map(|norm| norm.raw()))?;
    to.add(charge.recalculation_reason)
}

/// A month whose opening is not the closing of the month before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gap {
    /// The account's number.
    pub number: AccountNumber,
    /// The later month.
    pub period: Period,
    /// The service.
    pub service: String,
    /// What the later month opens with.
    pub opening: Money,
    /// What the earlier month closed with.
    pub previous_closing: Money,
}

/// Looks whether months of some accounts (at most [`ACCOUNTS_PER_QUERY`]) continue one another, for later months
/// from `first` to `last`.
///
/// # Errors
/// [`StorageError::Database`]; [`StorageError::Corrupt`] when a stored month is none.
pub async fn find_gaps(
    connection: &mut Connection,
    engine: Engine,
    accounts: &[AccountId],
    first: Period,
    last: Period,
) -> Result<Vec<Gap>> {
    let mut sql = String::from(
        "SELECT accounts.number, later.period, later.service, later.opening, earlier.closing \
         FROM charges later \
         JOIN charges earlier ON earlier.account_id = later.account_id AND earlier.service = later.service \
         AND earlier.period = CASE WHEN later.period % 100 = 1 THEN later.period - 89 ELSE later.period - 1 END \
         JOIN accounts ON accounts.id = later.account_id WHERE later.account_id IN (",
    );
    push_placeholders(&mut sql, engine, 0, accounts.len());
    sql.push_str(") AND later.period BETWEEN ");
    push_placeholders(&mut sql, engine, accounts.len(), 1);
    sql.push_str(" AND ");
    push_placeholders(&mut sql, engine, accounts.len() + 1, 1);
    sql.push_str(" AND later.opening <> earlier.closing ORDER BY accounts.number, later.period, later.service");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for account in accounts {
        query = query.bind(account.as_str());
    }
    let rows = query.bind(first.number()).bind(last.number()).fetch_all(connection).await?;
    rows.iter().map(read_gap).collect()
}

fn read_gap(row: &AnyRow) -> Result<Gap> {
    Ok(Gap {
        number: AccountNumber::trusted(row.try_get(0)?),
        period: Period::from_number(row.try_get(1)?).map_err(|_| StorageError::Corrupt { what: "period" })?,
        service: row.try_get(2)?,
        opening: Money::from_kopecks(row.try_get(3)?),
        previous_closing: Money::from_kopecks(row.try_get(4)?),
    })
}

// Payments.

const PAYMENT_COLUMNS: [&str; 6] = ["account_id", "operation_id", "date", "amount", "source", "service"];

/// Writes payments as billing lists them; one of the same account and operation is replaced.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn upsert_billing_payments(
    connection: &mut Connection,
    engine: Engine,
    payments: Vec<(AccountId, BillingPayment)>,
) -> Result<()> {
    let upsert = Upsert::new("billing_payments", &PAYMENT_COLUMNS, "account_id, operation_id");
    upsert.updating(&PAYMENT_COLUMNS[2..]).run(connection, engine, payments, bind_payment).await
}

fn bind_payment(
    (account, payment): (AccountId, BillingPayment),
    to: &mut AnyArguments,
) -> std::result::Result<(), BoxDynError> {
    to.add(account.as_str())?;
    to.add(payment.operation_id)?;
    to.add(payment.date.to_string())?;
    to.add(payment.amount.kopecks())?;
    to.add(payment.source)?;
    to.add(payment.service)
}

const CREDIT_BY_OPERATION: &str = "UPDATE payments SET state = $1, changed_at = $2, \
     billing_operation_id = acquirer_payment_id WHERE state = $3 \
     AND account_id IN (SELECT id FROM accounts WHERE provider_id = $4) \
     AND EXISTS (SELECT 1 FROM billing_payments WHERE billing_payments.account_id = payments.account_id \
     AND billing_payments.operation_id = payments.acquirer_payment_id) \
     AND NOT EXISTS (SELECT 1 FROM payments taken WHERE taken.account_id = payments.account_id \
     AND taken.billing_operation_id = payments.acquirer_payment_id)";
const CREDIT_NAMED: &str = "UPDATE payments SET state = $1, changed_at = $2, \
     billing_operation_id = acquirer_payment_id WHERE id = $3 AND state = $4 \
     AND EXISTS (SELECT 1 FROM billing_payments WHERE billing_payments.account_id = payments.account_id \
     AND billing_payments.operation_id = payments.acquirer_payment_id) \
     AND NOT EXISTS (SELECT 1 FROM payments taken WHERE taken.account_id = payments.account_id \
     AND taken.billing_operation_id = payments.acquirer_payment_id)";

/// Marks one payment of the portal as credited when billing has named its operation already.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn credit_named(connection: &mut Connection, id: &PaymentId, now: Moment) -> Result<()> {
    sqlx::query(CREDIT_NAMED)
        .bind(PaymentState::Credited.as_str())
        .bind(now.micros())
        .bind(id.as_str())
        .bind(PaymentState::Succeeded.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

const CREDIT_BY_ID: &str =
    "UPDATE payments SET state = $1, changed_at = $2, billing_operation_id = $3 WHERE id = $4 AND state = $5";

/// Marks the portal's payments that billing has brought back as credited, so that nothing is counted twice: first
/// those whose operation billing names, then those of the same account, day and sum. A row of billing credits one
/// payment at most. Days are those of the wall clock at `utc_offset_hours`.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn credit_payments(
    connection: &mut Connection,
    provider: &ProviderId,
    utc_offset_hours: i8,
    now: Moment,
) -> Result<u64> {
    let mut credited = sqlx::query(CREDIT_BY_OPERATION)
        .bind(PaymentState::Credited.as_str())
        .bind(now.micros())
        .bind(PaymentState::Succeeded.as_str())
        .bind(provider.as_str())
        .execute(&mut *connection)
        .await?
        .rows_affected();
    let mut after = (i64::MIN, String::new());
    loop {
        let page = paid_page(connection, provider, &after).await?;
        let Some(last) = page.last() else { return Ok(credited) };
        after = (last.paid_at.micros(), last.id.as_str().to_owned());
        for payment in page {
            let date = payment.paid_at.date(utc_offset_hours);
            let Some(operation) = free_operation(connection, &payment, date).await? else { continue };
            credited += sqlx::query(CREDIT_BY_ID)
                .bind(PaymentState::Credited.as_str())
                .bind(now.micros())
                .bind(operation)
                .bind(payment.id.as_str())
                .bind(PaymentState::Succeeded.as_str())
                .execute(&mut *connection)
                .await?
                .rows_affected();
        }
    }
}

/// A payment of the portal that billing has not brought back.
struct Paid {
    id: PaymentId,
    account_id: AccountId,
    amount: Money,
    paid_at: Moment,
}

const PAID_PAGE: &str = "SELECT payments.id, payments.account_id, payments.amount, \
     COALESCE(payments.paid_at, payments.changed_at) AS moment FROM payments \
     JOIN accounts ON accounts.id = payments.account_id \
     WHERE accounts.provider_id = $1 AND payments.state = $2 \
     AND (COALESCE(payments.paid_at, payments.changed_at) > $3 \
     OR (COALESCE(payments.paid_at, payments.changed_at) = $3 AND payments.id > $4)) \
     ORDER BY moment, payments.id LIMIT 0 + $5";

async fn paid_page(connection: &mut Connection, provider: &ProviderId, after: &(i64, String)) -> Result<Vec<Paid>> {
    let rows = sqlx::query(PAID_PAGE)
        .bind(provider.as_str())
        .bind(PaymentState::Succeeded.as_str())
        .bind(after.0)
        .bind(after.1.as_str())
        .bind(PAYMENTS_PER_PAGE)
        .fetch_all(connection)
        .await?;
    let read = |row: &AnyRow| {
        Ok(Paid {
            id: PaymentId::trusted(row.try_get(0)?),
            account_id: AccountId::trusted(row.try_get(1)?),
            amount: Money::from_kopecks(row.try_get(2)?),
            paid_at: Moment::from_micros(row.try_get(3)?),
        })
    };
    rows.iter().map(read).collect()
}

const FREE_OPERATION: &str = "SELECT operation_id FROM billing_payments \
     WHERE account_id = $1 AND date = $2 AND amount = $3 \
     AND NOT EXISTS (SELECT 1 FROM payments WHERE payments.account_id = billing_payments.account_id \
     AND (payments.billing_operation_id = billing_payments.operation_id \
     OR payments.acquirer_payment_id = billing_payments.operation_id)) \
     ORDER BY operation_id LIMIT 1";

/// A row of billing with the payment's account, day and sum that is not taken by another payment.
async fn free_operation(connection: &mut Connection, payment: &Paid, date: Date) -> Result<Option<String>> {
    let operation = sqlx::query_scalar(FREE_OPERATION)
        .bind(payment.account_id.as_str())
        .bind(date.to_string())
        .bind(payment.amount.kopecks())
        .fetch_optional(connection)
        .await?;
    Ok(operation)
}

// Meters and readings.

const METER_COLUMNS: [&str; 12] = [
    "id",
    "account_id",
    "serial",
    "model",
    "digits",
    "decimals",
    "coefficient",
    "installed_on",
    "verified_until",
    "sealed_on",
    "location",
    "removed_on",
];

/// Writes meters; one of the same account and serial keeps its id. Of those that are there already only the columns
/// named in `updated` change.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn upsert_meters(
    connection: &mut Connection,
    engine: Engine,
    meters: Vec<Meter>,
    updated: &[&'static str],
) -> Result<()> {
    let updated: Vec<&str> = METER_COLUMNS[3..].iter().copied().filter(|column| updated.contains(column)).collect();
    let upsert = Upsert::new("meters", &METER_COLUMNS, "account_id, serial").updating(&updated);
    upsert.run(connection, engine, meters, bind_meter).await
}

fn bind_meter(meter: Meter, to: &mut AnyArguments) -> std::result::Result<(), BoxDynError> {
    to.add(meter.id.as_str())?;
    to.add(meter.account_id.as_str())?;
    to.add(meter.serial)?;
    to.add(meter.model)?;
    to.add(meter.digits.map(i64::from))?;
    to.add(meter.decimals.map(i64::from))?;
    to.add(meter.coefficient.map(|coefficient| coefficient.raw()))?;
    to.add(day(meter.installed_on))?;
    to.add(day(meter.verified_until))?;
    to.add(day(meter.sealed_on))?;
    to.add(meter.location)?;
    to.add(day(meter.removed_on))
}

const READING_COLUMNS: [&str; 4] = ["meter_id", "date", "value", "source"];

/// Writes readings; one of the same meter and day is replaced.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn upsert_readings(
    connection: &mut Connection,
    engine: Engine,
    readings: Vec<(MeterId, Reading)>,
) -> Result<()> {
    let upsert = Upsert::new("readings", &READING_COLUMNS, "meter_id, date").updating(&READING_COLUMNS[2..]);
    upsert.run(connection, engine, readings, bind_reading).await
}

fn bind_reading((meter, reading): (MeterId, Reading), to: &mut AnyArguments) -> std::result::Result<(), BoxDynError> {
    to.add(meter.as_str())?;
    to.add(reading.date.to_string())?;
    to.add(reading.value.raw())?;
    to.add(reading.source.as_str())
}

// The imports themselves.

/// A loaded file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Import {
    /// Random.
    pub id: ImportId,
    /// What it holds, as the exchange format names it.
    pub kind: &'static str,
    /// Whose it is; none for the list of providers.
    pub provider_id: Option<ProviderId>,
    /// SHA-256 of the content, in hexadecimal.
    pub content_hash: String,
    /// Its name, without folders.
    pub file_name: String,
    /// Rows stored.
    pub row_count: u64,
    /// Warnings, also those that are not kept.
    pub warning_count: u64,
    /// When.
    pub loaded_at: Moment,
}

const FIND_IMPORT: &str = "SELECT id FROM imports WHERE kind = $1 AND provider_id = $2 AND content_hash = $3";

/// The import of a content that was loaded before.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn find_import(
    connection: &mut Connection,
    kind: &str,
    provider: Option<&ProviderId>,
    content_hash: &str,
) -> Result<Option<ImportId>> {
    let id: Option<String> = sqlx::query_scalar(FIND_IMPORT)
        .bind(kind)
        .bind(provider.map_or("", ProviderId::as_str))
        .bind(content_hash)
        .fetch_optional(connection)
        .await?;
    Ok(id.map(ImportId::trusted))
}

const INSERT_IMPORT: &str = "INSERT INTO imports (id, kind, provider_id, content_hash, file_name, row_count, \
     warning_count, loaded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Notes a loaded file.
///
/// # Errors
/// [`StorageError::Conflict`] when the same content was loaded meanwhile.
pub async fn insert_import(connection: &mut Connection, import: &Import) -> Result<()> {
    sqlx::query(INSERT_IMPORT)
        .bind(import.id.as_str())
        .bind(import.kind)
        .bind(import.provider_id.as_ref().map_or("", ProviderId::as_str))
        .bind(import.content_hash.as_str())
        .bind(import.file_name.as_str())
        .bind(i64::try_from(import.row_count).unwrap_or(i64::MAX))
        .bind(i64::try_from(import.warning_count).unwrap_or(i64::MAX))
        .bind(import.loaded_at.micros())
        .execute(connection)
        .await?;
    Ok(())
}

const WARNING_COLUMNS: [&str; 3] = ["import_id", "line", "warning"];

/// Keeps the warnings of a loaded file: the line of each and its text.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn insert_warnings(
    connection: &mut Connection,
    engine: Engine,
    import: &ImportId,
    warnings: Vec<(u64, String)>,
) -> Result<()> {
    let upsert = Upsert::new("import_warnings", &WARNING_COLUMNS, "import_id, line, warning");
    let bind = |(line, text): (u64, String), to: &mut AnyArguments| {
        to.add(import.as_str())?;
        to.add(i64::try_from(line).unwrap_or(i64::MAX))?;
        to.add(text)
    };
    upsert.run(connection, engine, warnings, bind).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, on_both_engines};
    use crate::storage::{accounts, providers};

    #[test]
    fn one_statement_holds_many_rows_in_the_way_of_its_engine() {
        let upsert = Upsert::new("readings", &["meter_id", "date"], "meter_id, date").updating(&["value", "source"]);
        assert_eq!(
            upsert.sql(Engine::Postgres, 2),
            "INSERT INTO readings (meter_id, date) VALUES ($1, $2), ($3, $4) \
             ON CONFLICT (meter_id, date) DO UPDATE SET value = excluded.value, source = excluded.source"
        );
        assert_eq!(
            Upsert::new("t", &["a", "b"], "a").sql(Engine::Sqlite, 2),
            "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) ON CONFLICT (a) DO NOTHING"
        );
    }

    #[test]
    fn numbers_of_different_lengths_are_packed_apart() {
        assert_ne!(pack_number("0012"), pack_number("12"));
        assert_ne!(pack_number("12"), pack_number("120"));
        assert_eq!(pack_number(&"1".repeat(21)), None);
        assert_ne!(digest("1", "23"), digest("12", "3"));
    }

    fn id(number: usize) -> String {
        format!("{number:026}")
    }

    fn provider(code: &str) -> Provider {
        Provider {
            id: ProviderId::trusted(id(code.len())),
            code: code.to_owned(),
            name: "«Ёлкин» Газ".to_owned(),
            region: Some("Пермский край".to_owned()),
            inn: None,
            kpp: None,
            bank_name: None,
            bik: None,
            settlement_account: None,
            correspondent_account: None,
            account_length: 8,
            support_email: None,
            support_phone: None,
            site: None,
        }
    }

    fn account(provider: &Provider, number: usize) -> AccountRow {
        let account = Account {
            id: AccountId::trusted(id(number)),
            provider_id: provider.id.clone(),
            number: AccountNumber::trusted(format!("{number:08}")),
            address: "ул. Придуманная".to_owned(),
            subscriber: None,
            els: None,
            area: None,
            heated_area: None,
            residents: None,
            phone: None,
            email: None,
            opened_on: None,
            closed_on: None,
        };
        AccountRow { account, pin_sealed: None }
    }

    on_both_engines! {
        async fn more_rows_than_one_statement_holds_are_all_found_again(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            let (gas, water) = (provider("gas"), provider("water"));
            upsert_providers(&mut tx, engine, vec![gas.clone(), water.clone()]).await.unwrap();
            let rows = (0..150).map(|number| account(&gas, number)).collect();
            upsert_accounts(&mut tx, engine, rows, &["address"]).await.unwrap();
            upsert_accounts(&mut tx, engine, vec![account(&water, 200)], &[]).await.unwrap();
            let ids = AccountIds::load(&mut tx, &gas.id).await.unwrap();
            assert_eq!(ids.len(), 150);
            let number = AccountNumber::trusted("00000149".into());
            assert_eq!(ids.find(&number), Some(AccountId::trusted(id(149))));
            assert_eq!(ids.find(&AccountNumber::trusted("00000200".into())), None);
        }

        async fn an_account_that_is_there_keeps_its_id(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            let gas = provider("gas");
            upsert_providers(&mut tx, engine, vec![gas.clone()]).await.unwrap();
            upsert_accounts(&mut tx, engine, vec![account(&gas, 1)], &[]).await.unwrap();
            let mut again = account(&gas, 1);
            again.account.id = AccountId::trusted(id(99));
            upsert_accounts(&mut tx, engine, vec![again], &["address"]).await.unwrap();
            let ids = AccountIds::load(&mut tx, &gas.id).await.unwrap();
            assert_eq!((ids.len(), ids.id(0)), (1, Some(AccountId::trusted(id(1)))));
        }

        async fn the_accounts_of_a_provider_come_in_parts_by_their_number(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            let (gas, water) = (provider("gas"), provider("water"));
            upsert_providers(&mut tx, engine, vec![gas.clone(), water.clone()]).await.unwrap();
            let rows = (0..5).rev().map(|number| account(&gas, number)).collect();
            upsert_accounts(&mut tx, engine, rows, &["address"]).await.unwrap();
            upsert_accounts(&mut tx, engine, vec![account(&water, 200)], &[]).await.unwrap();
            let numbers = |accounts: &[Account]| -> Vec<usize> {
                accounts.iter().map(|account| account.number.as_str().parse().unwrap()).collect()
            };
            let first = accounts::of_provider(&mut tx, &gas.id, None, 3).await.unwrap();
            let rest = accounts::of_provider(&mut tx, &gas.id, Some(&first[2].number), 3).await.unwrap();
            assert_eq!((numbers(&first), numbers(&rest)), (vec![0, 1, 2], vec![3, 4]));
            assert!(accounts::of_provider(&mut tx, &gas.id, Some(&rest[1].number), 3).await.unwrap().is_empty());
            assert_eq!(accounts::count_of_provider(&mut tx, &gas.id).await.unwrap(), 5);
        }

        async fn a_provider_is_found_by_its_folded_name(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            upsert_providers(&mut tx, test.database.engine(), vec![provider("gas")]).await.unwrap();
            assert_eq!(providers::search(&mut tx, "ЕЛКИН").await.unwrap(), [provider("gas")]);
        }

        async fn the_same_content_is_noted_once_for_each_provider_and_kind(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            let import = Import {
                id: ImportId::trusted(id(1)),
                kind: "charges",
                provider_id: Some(ProviderId::trusted(id(3))),
                content_hash: "hash".into(),
                file_name: "charges.csv".into(),
                row_count: 10,
                warning_count: 2,
                loaded_at: Moment::from_micros(0),
            };
            insert_import(&mut tx, &import).await.unwrap();
            insert_warnings(&mut tx, engine, &import.id, vec![(2, "раз".into()), (2, "раз".into())]).await.unwrap();
            let provider = import.provider_id.as_ref();
            assert_eq!(find_import(&mut tx, "charges", provider, "hash").await.unwrap(), Some(import.id.clone()));
            assert_eq!(find_import(&mut tx, "charges", None, "hash").await.unwrap(), None);
            assert_eq!(find_import(&mut tx, "payments", provider, "hash").await.unwrap(), None);
            let twice = Import { id: ImportId::trusted(id(2)), ..import };
            assert!(matches!(insert_import(&mut tx, &twice).await, Err(StorageError::Conflict)));
        }
    }
}
