//! Charges and billing's payments of an account.

use jiff::civil::Date;
use sqlx::FromRow;

use super::{Connection, Result, StorageError};
use crate::domain::calendar::{Period, parse_date};
use crate::domain::decimal::{Tariff, Volume};
use crate::domain::id::AccountId;
use crate::domain::money::Money;
use crate::domain::payment::BillingPayment;
use crate::domain::receipt::MOST_ROWS;
use crate::domain::settlement::{Charge, Method, MonthSettlement};
use crate::domain::statement::MOST_ENTRIES;

/// Most rows of two months, which is what is read at once: a receipt has at most [`MOST_ROWS`] services a month.
const CHARGES_MOST: i64 = 2 * MOST_ROWS as i64;
/// Most months that receipts are offered for: ten years.
const PERIODS_MOST: i64 = 120;
/// One more than the charges, and than the payments, of a statement.
const TOO_MANY_TO_STATE: i64 = MOST_ENTRIES as i64 + 1;

#[derive(FromRow)]
struct ChargeRow {
    period: i64,
    service: String,
    opening: i64,
    charged: i64,
    recalculated: i64,
    benefit: i64,
    adjusted: i64,
    written_off: i64,
    paid: i64,
    closing: i64,
    volume: Option<i64>,
    unit: Option<String>,
    tariff: Option<i64>,
    method: Option<String>,
    norm: Option<i64>,
    recalculation_reason: Option<String>,
}

impl TryFrom<ChargeRow> for Charge {
    type Error = StorageError;

    fn try_from(row: ChargeRow) -> Result<Self> {
        let money = Money::from_kopecks;
        let method = match row.method {
            Some(text) => Some(Method::parse(&text).ok_or(StorageError::Corrupt { what: "method of a charge" })?),
            None => None,
        };
        Ok(Self {
            period: Period::from_number(row.period).map_err(|_| StorageError::Corrupt { what: "period" })?,
            service: row.service,
            opening: money(row.opening),
            charged: money(row.charged),
            recalculated: money(row.recalculated),
            benefit: money(row.benefit),
            adjusted: money(row.adjusted),
            written_off: money(row.written_off),
            paid: money(row.paid),
            closing: money(row.closing),
            volume: row.volume.map(Volume::from_raw),
            unit: row.unit,
            tariff: row.tariff.map(Tariff::from_raw),
            method,
            norm: row.norm.map(Volume::from_raw),
            recalculation_reason: row.recalculation_reason,
        })
    }
}

const CHARGES: &str = "SELECT period, service, opening, charged, recalculated, benefit, adjusted, written_off, paid, \
    closing, volume, unit, tariff, method, norm, recalculation_reason FROM charges \
    WHERE account_id = $1 AND period >= $2 AND period <= $3 ORDER BY period DESC, service DESC LIMIT 0 + $4";

/// Charges of an account from one month to another, both included, oldest month first; where there are too many, the
/// older ones are left out. They are read backwards, as the key lies, so that SQLite need not sort them.
///
/// # Errors
/// [`StorageError`].
pub async fn charges(
    connection: &mut Connection,
    account_id: &AccountId,
    from: Period,
    to: Period,
) -> Result<Vec<Charge>> {
    newest_charges(connection, account_id, from, to, CHARGES_MOST).await
}

/// The same for a statement: one row more than a statement has tells that there are too many.
///
/// # Errors
/// [`StorageError`].
pub async fn charges_to_state(
    connection: &mut Connection,
    account_id: &AccountId,
    from: Period,
    to: Period,
) -> Result<Vec<Charge>> {
    newest_charges(connection, account_id, from, to, TOO_MANY_TO_STATE).await
}

async fn newest_charges(
    connection: &mut Connection,
    account_id: &AccountId,
    from: Period,
    to: Period,
    most: i64,
) -> Result<Vec<Charge>> {
    let mut rows: Vec<ChargeRow> = sqlx::query_as(CHARGES)
        .bind(account_id.as_str())
        .bind(from.number())
        .bind(to.number())
        .bind(most)
        .fetch_all(connection)
        .await?;
    rows.reverse();
    rows.into_iter().map(Charge::try_from).collect()
}

const MONTHS: &str = "SELECT period, CAST(SUM(opening) AS BIGINT) AS opening, CAST(SUM(paid) AS BIGINT) AS paid, \
    CAST(SUM(closing) AS BIGINT) AS closing FROM charges \
    WHERE account_id = $1 GROUP BY period ORDER BY period DESC LIMIT 0 + $2 OFFSET $3";

#[derive(FromRow)]
struct MonthRow {
    period: i64,
    opening: i64,
    paid: i64,
    closing: i64,
}

impl TryFrom<MonthRow> for MonthSettlement {
    type Error = StorageError;

    fn try_from(row: MonthRow) -> Result<Self> {
        let period = Period::from_number(row.period).map_err(|_| StorageError::Corrupt { what: "period" })?;
        let money = Money::from_kopecks;
        MonthSettlement::of(period, money(row.opening), money(row.paid), money(row.closing))
            .map_err(|_| StorageError::Corrupt { what: "sums of a month" })
    }
}

/// Months with charges, newest first, after `skipped` of them; gaps are not marked.
///
/// # Errors
/// [`StorageError`].
pub async fn months(
    connection: &mut Connection,
    account_id: &AccountId,
    skipped: i64,
    most: i64,
) -> Result<Vec<MonthSettlement>> {
    let rows: Vec<MonthRow> =
        sqlx::query_as(MONTHS).bind(account_id.as_str()).bind(most).bind(skipped).fetch_all(connection).await?;
    rows.into_iter().map(MonthSettlement::try_from).collect()
}

const MONTHS_AFTER: &str = "SELECT COUNT(DISTINCT period) FROM charges WHERE account_id = $1 AND period > $2";

/// How many months with charges are newer than a month.
///
/// # Errors
/// [`StorageError`].
pub async fn months_after(connection: &mut Connection, account_id: &AccountId, period: Period) -> Result<i64> {
    let bound = sqlx::query_scalar(MONTHS_AFTER).bind(account_id.as_str()).bind(period.number());
    Ok(bound.fetch_one(connection).await?)
}

const METER_UNITS: &str =
    "SELECT DISTINCT unit FROM charges WHERE account_id = $1 AND method = $2 AND unit IS NOT NULL LIMIT 2";

/// The unit of what an account is charged for by meter; `None` when nothing is, or when there are several.
///
/// # Errors
/// [`StorageError`].
pub async fn meter_unit(connection: &mut Connection, account_id: &AccountId) -> Result<Option<String>> {
    let units: Vec<String> = sqlx::query_scalar(METER_UNITS)
        .bind(account_id.as_str())
        .bind(Method::Meter.as_str())
        .fetch_all(connection)
        .await?;
    Ok(<[String; 1]>::try_from(units).ok().map(|[unit]| unit))
}

const PERIODS: &str = "SELECT DISTINCT period FROM charges WHERE account_id = $1 ORDER BY period DESC LIMIT 0 + $2";

/// Months with charges, newest first: at most ten years.
///
/// # Errors
/// [`StorageError`].
pub async fn periods(connection: &mut Connection, account_id: &AccountId) -> Result<Vec<Period>> {
    let numbers: Vec<i64> =
        sqlx::query_scalar(PERIODS).bind(account_id.as_str()).bind(PERIODS_MOST).fetch_all(connection).await?;
    numbers
        .into_iter()
        .map(|number| Period::from_number(number).map_err(|_| StorageError::Corrupt { what: "period" }))
        .collect()
}

#[derive(FromRow)]
struct PaymentRow {
    operation_id: String,
    date: String,
    amount: i64,
    source: Option<String>,
    service: Option<String>,
}

impl TryFrom<PaymentRow> for BillingPayment {
    type Error = StorageError;

    fn try_from(row: PaymentRow) -> Result<Self> {
        Ok(Self {
            date: parse_date(&row.date).map_err(|_| StorageError::Corrupt { what: "day of a payment" })?,
            amount: Money::from_kopecks(row.amount),
            operation_id: row.operation_id,
            source: row.source,
            service: row.service,
        })
    }
}

const PAYMENTS_TO_STATE: &str = "SELECT operation_id, date, amount, source, service FROM billing_payments \
    WHERE account_id = $1 AND date >= $2 AND date <= $3 ORDER BY date, operation_id LIMIT 0 + $4";

/// Payments that billing lists from one day to another, both included, oldest first; one more than a statement has tells
/// that there are too many.
///
/// # Errors
/// [`StorageError`].
pub async fn payments_to_state(
    connection: &mut Connection,
    account_id: &AccountId,
    from: Date,
    to: Date,
) -> Result<Vec<BillingPayment>> {
    let rows: Vec<PaymentRow> = sqlx::query_as(PAYMENTS_TO_STATE)
        .bind(account_id.as_str())
        .bind(from.to_string())
        .bind(to.to_string())
        .bind(TOO_MANY_TO_STATE)
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(BillingPayment::try_from).collect()
}

const PAID_BETWEEN: &str = "SELECT CAST(COALESCE(SUM(amount) FILTER (WHERE date <= $3), 0) AS BIGINT), \
    CAST(COALESCE(SUM(amount) FILTER (WHERE date > $3), 0) AS BIGINT) FROM billing_payments \
    WHERE account_id = $1 AND date > $2 AND date <= $4";

/// What billing lists as paid after the first day up to the second, and after that up to the third.
///
/// # Errors
/// [`StorageError`].
pub async fn billing_paid_between(
    connection: &mut Connection,
    account_id: &AccountId,
    days: [Date; 3],
) -> Result<(Money, Money)> {
    let [after, to, then_to] = days.map(|day| day.to_string());
    let bound = sqlx::query_as(PAID_BETWEEN).bind(account_id.as_str()).bind(after).bind(to).bind(then_to);
    let (first, second): (i64, i64) = bound.fetch_one(connection).await?;
    Ok((Money::from_kopecks(first), Money::from_kopecks(second)))
}
