//! Payments as billing lists them.

use jiff::civil::Date;
use sqlx::{Arguments as _, FromRow};

use super::bulk::{Column, Upsert};
use super::{Connection, Engine, Result, StorageError};
use crate::domain::calendar::parse_date;
use crate::domain::id::AccountId;
use crate::domain::money::Money;
use crate::domain::payment::BillingPayment;
use crate::domain::statement::MAX_ENTRIES;

/// One row more than a statement may have: the extra row signals truncation.
#[expect(clippy::cast_possible_wrap, reason = "a small constant")]
const TOO_MANY_TO_STATE: i64 = MAX_ENTRIES as i64 + 1;

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

const TO_STATE: &str = "SELECT operation_id, date, amount, source, service FROM billing_payments \
    WHERE account_id = $1 AND date >= $2 AND date <= $3 ORDER BY date, operation_id LIMIT 0 + $4";

/// Billing's payments from one day to another, both included, oldest first; one row more than a statement may have
/// signals that there are too many.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn to_state(
    connection: &mut Connection,
    account_id: &AccountId,
    from: Date,
    to: Date,
) -> Result<Vec<BillingPayment>> {
    let rows: Vec<PaymentRow> = sqlx::query_as(TO_STATE)
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

/// Two sums of billing's payments: after the first day up to the second, and after the second up to the third.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn paid_between(
    connection: &mut Connection,
    account_id: &AccountId,
    days: [Date; 3],
) -> Result<(Money, Money)> {
    let [after, to, then_to] = days.map(|day| day.to_string());
    let bound = sqlx::query_as(PAID_BETWEEN).bind(account_id.as_str()).bind(after).bind(to).bind(then_to);
    let (first, second): (i64, i64) = bound.fetch_one(connection).await?;
    Ok((Money::from_kopecks(first), Money::from_kopecks(second)))
}

const NEWEST: &str = "SELECT date, CAST(SUM(amount) AS BIGINT) FROM billing_payments WHERE account_id = $1 \
    GROUP BY date HAVING SUM(amount) > 0 ORDER BY date DESC LIMIT 1";

/// The newest day with payments, and the sum of that day: billing may split a payment by service.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored day is invalid.
pub async fn newest(connection: &mut Connection, account_id: &AccountId) -> Result<Option<(Date, Money)>> {
    let row: Option<(String, i64)> =
        sqlx::query_as(NEWEST).bind(account_id.as_str()).fetch_optional(connection).await?;
    let parsed = row.map(|(date, amount)| {
        let date = parse_date(&date).map_err(|_| StorageError::Corrupt { what: "day of a payment" })?;
        Ok((date, Money::from_kopecks(amount)))
    });
    parsed.transpose()
}

const COLUMNS: &[Column<(AccountId, BillingPayment)>] = &[
    Column::key("account_id", |(account_id, _), to| to.add(account_id.as_str())),
    Column::key("operation_id", |(_, payment), to| to.add(payment.operation_id.as_str())),
    Column::replaced("date", |(_, payment), to| to.add(payment.date.to_string())),
    Column::replaced("amount", |(_, payment), to| to.add(payment.amount.kopecks())),
    Column::replaced("source", |(_, payment), to| to.add(payment.source.as_deref())),
    Column::replaced("service", |(_, payment), to| to.add(payment.service.as_deref())),
];

/// Upserts billing's payments by account and operation.
///
/// # Errors
/// [`StorageError::Database`] when the database refuses or does not answer.
pub async fn upsert(
    connection: &mut Connection,
    engine: Engine,
    payments: &[(AccountId, BillingPayment)],
) -> Result<()> {
    Upsert::new("billing_payments", COLUMNS).run(connection, engine, payments).await
}
