//! Payments made through the portal. Every change of state is conditional on the previous state.

use jiff::civil::Date;
use sqlx::FromRow;

use super::{Connection, Result, StorageError};
use crate::domain::account::AccountNumber;
use crate::domain::calendar::Moment;
use crate::domain::id::{AccountId, PaymentId, ProviderId, UserId};
use crate::domain::money::Money;
use crate::domain::payment::{CancelReason, OwnPayment, Payment, PaymentState};

/// Most payments of one page.
const MAX_LIST: i64 = 200;
/// Payments matched with billing's rows per batch, to bound memory.
const PAYMENTS_PER_PAGE: i64 = 500;

#[derive(FromRow)]
struct Row {
    id: String,
    account_id: String,
    user_id: String,
    amount: i64,
    state: String,
    cancel_reason: Option<String>,
    acquirer_payment_id: Option<String>,
    confirmation_url: Option<String>,
    idempotency_key: String,
    created_at: i64,
    changed_at: i64,
    paid_at: Option<i64>,
}

impl TryFrom<Row> for Payment {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: PaymentId::trusted(row.id),
            account_id: AccountId::trusted(row.account_id),
            user_id: UserId::trusted(row.user_id),
            amount: Money::from_kopecks(row.amount),
            state: PaymentState::parse(&row.state).ok_or(StorageError::Corrupt { what: "state of a payment" })?,
            cancel_reason: row.cancel_reason.as_deref().map(|r| CancelReason::parse(r).unwrap_or(CancelReason::Other)),
            acquirer_payment_id: row.acquirer_payment_id,
            confirmation_url: row.confirmation_url,
            idempotency_key: row.idempotency_key,
            created_at: Moment::from_micros(row.created_at),
            changed_at: Moment::from_micros(row.changed_at),
            paid_at: row.paid_at.map(Moment::from_micros),
        })
    }
}

const INSERT: &str = "INSERT INTO payments (id, account_id, user_id, amount, state, idempotency_key, form_key, \
    created_at, changed_at, poll_at, polls) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, 0)";

/// Stores a new payment before the request to the acquirer. The form's key makes a second click idempotent.
///
/// # Errors
/// [`StorageError::Conflict`] when this form was submitted before.
pub async fn insert(connection: &mut Connection, payment: &Payment, form_key: &str, poll_at: Moment) -> Result<()> {
    sqlx::query(INSERT)
        .bind(payment.id.as_str())
        .bind(payment.account_id.as_str())
        .bind(payment.user_id.as_str())
        .bind(payment.amount.kopecks())
        .bind(payment.state.as_str())
        .bind(&payment.idempotency_key)
        .bind(form_key)
        .bind(payment.created_at.micros())
        .bind(poll_at.micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// A query for payments.
macro_rules! payments {
    ($rest:literal) => {
        concat!(
            "SELECT payments.id, payments.account_id, payments.user_id, payments.amount, payments.state, \
             payments.cancel_reason, payments.acquirer_payment_id, payments.confirmation_url, \
             payments.idempotency_key, payments.created_at, payments.changed_at, payments.paid_at",
            $rest
        )
    };
}

const BY_ID: &str = payments!(" FROM payments WHERE id = $1");

/// The payment with an identifier.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn by_id(connection: &mut Connection, id: &PaymentId) -> Result<Option<Payment>> {
    let row: Option<Row> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(connection).await?;
    row.map(Payment::try_from).transpose()
}

const BY_FORM_KEY: &str = payments!(" FROM payments WHERE form_key = $1 AND user_id = $2");

/// The payment created by the first submit of a form.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn by_form_key(connection: &mut Connection, form_key: &str, user_id: &UserId) -> Result<Option<Payment>> {
    let row: Option<Row> =
        sqlx::query_as(BY_FORM_KEY).bind(form_key).bind(user_id.as_str()).fetch_optional(connection).await?;
    row.map(Payment::try_from).transpose()
}

const BY_ACQUIRER_ID: &str = payments!(" FROM payments WHERE acquirer_payment_id = $1");

/// The payment with an acquirer's identifier.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn by_acquirer_id(connection: &mut Connection, acquirer_id: &str) -> Result<Option<Payment>> {
    let row: Option<Row> = sqlx::query_as(BY_ACQUIRER_ID).bind(acquirer_id).fetch_optional(connection).await?;
    row.map(Payment::try_from).transpose()
}

const UPDATE: &str = "UPDATE payments SET state = $3, cancel_reason = $4, acquirer_payment_id = $5, \
    confirmation_url = $6, changed_at = $7, poll_at = $8, \
    paid_at = CASE WHEN $3 = 'succeeded' THEN $7 ELSE paid_at END WHERE id = $1 AND state = $2";

/// Stores a payment's transition from a state. `false` when another request changed the state first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn update(
    connection: &mut Connection,
    payment: &Payment,
    from: PaymentState,
    poll_at: Option<Moment>,
) -> Result<bool> {
    let done = sqlx::query(UPDATE)
        .bind(payment.id.as_str())
        .bind(from.as_str())
        .bind(payment.state.as_str())
        .bind(payment.cancel_reason.map(CancelReason::as_str))
        .bind(payment.acquirer_payment_id.as_deref())
        .bind(payment.confirmation_url.as_deref())
        .bind(payment.changed_at.micros())
        .bind(poll_at.map(Moment::micros))
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

const LEASE: &str = "UPDATE payments SET poll_at = $3, polls = polls + 1 WHERE id IN \
    (SELECT id FROM payments WHERE poll_at <= $1 ORDER BY poll_at LIMIT 0 + $2) AND poll_at <= $1 RETURNING id, polls";

#[derive(FromRow)]
struct LeaseRow {
    id: String,
    polls: i64,
}

/// Leases payments that are due for a poll: no other instance takes them before `until`. Returns the number of polls
/// too.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn lease_due(
    connection: &mut Connection,
    now: Moment,
    until: Moment,
    most: i64,
) -> Result<Vec<(PaymentId, i64)>> {
    let rows: Vec<LeaseRow> =
        sqlx::query_as(LEASE).bind(now.micros()).bind(most).bind(until.micros()).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| (PaymentId::trusted(row.id), row.polls)).collect())
}

const POLL_AT: &str = "UPDATE payments SET poll_at = $2 WHERE id = $1 AND state IN ('created', 'pending')";

/// Schedules the next poll of a payment that is not final.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn plan_poll(connection: &mut Connection, id: &PaymentId, at: Moment) -> Result<()> {
    sqlx::query(POLL_AT).bind(id.as_str()).bind(at.micros()).execute(connection).await?;
    Ok(())
}

const OF_ACCOUNT: &str =
    payments!(" FROM payments WHERE account_id = $1 AND user_id = $2 ORDER BY created_at DESC LIMIT 0 + $3");

/// A user's payments for an account, newest first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn of_account(connection: &mut Connection, account_id: &AccountId, user_id: &UserId) -> Result<Vec<Payment>> {
    let rows: Vec<Row> = sqlx::query_as(OF_ACCOUNT)
        .bind(account_id.as_str())
        .bind(user_id.as_str())
        .bind(MAX_LIST)
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(Payment::try_from).collect()
}

const OF_USER: &str = payments!(
    ", accounts.number, providers.name AS provider FROM payments JOIN accounts ON accounts.id = payments.account_id \
     JOIN providers ON providers.id = accounts.provider_id WHERE payments.user_id = $1 \
     ORDER BY payments.created_at DESC LIMIT 0 + $2"
);

#[derive(FromRow)]
struct OwnRow {
    #[sqlx(flatten)]
    payment: Row,
    number: String,
    provider: String,
}

/// A user's payments with their payees, newest first, including those for unlinked accounts (M10).
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn of_user(connection: &mut Connection, user_id: &UserId) -> Result<Vec<OwnPayment>> {
    let rows: Vec<OwnRow> = sqlx::query_as(OF_USER).bind(user_id.as_str()).bind(MAX_LIST).fetch_all(connection).await?;
    let own = |row: OwnRow| {
        let number = AccountNumber::trusted(row.number);
        Ok(OwnPayment { payment: row.payment.try_into()?, number, provider: row.provider })
    };
    rows.into_iter().map(own).collect()
}

const UNDER_WAY: &str = payments!(
    " FROM payments WHERE user_id = $1 AND state IN ('created', 'pending') AND hidden_at IS NULL \
     ORDER BY created_at DESC LIMIT 0 + $2"
);

/// A user's payments that are not final and whose notices are not hidden, newest first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn under_way(connection: &mut Connection, user_id: &UserId) -> Result<Vec<Payment>> {
    let rows: Vec<Row> = sqlx::query_as(UNDER_WAY).bind(user_id.as_str()).bind(MAX_LIST).fetch_all(connection).await?;
    rows.into_iter().map(Payment::try_from).collect()
}

const PAID_SINCE: &str =
    payments!(" FROM payments WHERE user_id = $1 AND paid_at >= $2 ORDER BY paid_at DESC LIMIT 0 + $3");

/// A user's payments whose money was taken since a moment, newest first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn paid_since(connection: &mut Connection, user_id: &UserId, since: Moment) -> Result<Vec<Payment>> {
    let rows: Vec<Row> = sqlx::query_as(PAID_SINCE)
        .bind(user_id.as_str())
        .bind(since.micros())
        .bind(MAX_LIST)
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(Payment::try_from).collect()
}

const HIDE: &str = "UPDATE payments SET hidden_at = $2 WHERE id = $1 AND hidden_at IS NULL";

/// Hides the notice of a payment. Nothing else changes: it is still polled, and it may still be paid.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn hide(connection: &mut Connection, id: &PaymentId, at: Moment) -> Result<()> {
    sqlx::query(HIDE).bind(id.as_str()).bind(at.micros()).execute(connection).await?;
    Ok(())
}

const UNCREDITED: &str = "SELECT amount, COALESCE(paid_at, changed_at) AS paid_at FROM payments \
    WHERE account_id = $1 AND state = 'succeeded' ORDER BY 2 DESC LIMIT 0 + $2";

#[derive(FromRow)]
struct UncreditedRow {
    amount: i64,
    paid_at: i64,
}

/// Payments of all users for the account that succeeded in the portal but are not credited by billing yet: sum and time
/// of each, newest first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn uncredited(connection: &mut Connection, account_id: &AccountId) -> Result<Vec<(Money, Moment)>> {
    let rows: Vec<UncreditedRow> =
        sqlx::query_as(UNCREDITED).bind(account_id.as_str()).bind(MAX_LIST).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| (Money::from_kopecks(row.amount), Moment::from_micros(row.paid_at))).collect())
}

const COUNT_BY_STATE: &str = "SELECT state, COUNT(*) AS count FROM payments GROUP BY state";

#[derive(FromRow)]
struct CountRow {
    state: String,
    count: i64,
}

/// The number of payments in each state, for the administrator's metrics.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn count_by_state(connection: &mut Connection) -> Result<Vec<(String, i64)>> {
    let rows: Vec<CountRow> = sqlx::query_as(COUNT_BY_STATE).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.state, row.count)).collect())
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

/// Marks a payment as credited if billing already has its operation.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
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

/// Marks a provider's payments as credited when billing has them, so that no payment is counted twice: matches first by
/// operation, then by account, day and sum. A billing row credits at most one payment. Days are local dates at
/// `utc_offset_hours`. Returns the number of credited payments.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn credit_returned(
    connection: &mut Connection,
    provider: &ProviderId,
    utc_offset_hours: i8,
    now: Moment,
) -> Result<u64> {
    let named = credit_by_operation(connection, provider, now).await?;
    Ok(named + credit_by_day_and_sum(connection, provider, utc_offset_hours, now).await?)
}

async fn credit_by_operation(connection: &mut Connection, provider: &ProviderId, now: Moment) -> Result<u64> {
    let done = sqlx::query(CREDIT_BY_OPERATION)
        .bind(PaymentState::Credited.as_str())
        .bind(now.micros())
        .bind(PaymentState::Succeeded.as_str())
        .bind(provider.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

async fn credit_by_day_and_sum(
    connection: &mut Connection,
    provider: &ProviderId,
    utc_offset_hours: i8,
    now: Moment,
) -> Result<u64> {
    let mut credited = 0;
    let mut after = (i64::MIN, String::new());
    loop {
        let page = succeeded_page(connection, provider, &after).await?;
        let Some(last) = page.last() else { return Ok(credited) };
        after = (last.paid_at.micros(), last.id.as_str().to_owned());
        for payment in page {
            let date = payment.paid_at.date(utc_offset_hours);
            if let Some(operation) = free_operation(connection, &payment, date).await? {
                credited += credit_by_id(connection, &payment.id, operation, now).await?;
            }
        }
    }
}

const CREDIT_BY_ID: &str =
    "UPDATE payments SET state = $1, changed_at = $2, billing_operation_id = $3 WHERE id = $4 AND state = $5";

async fn credit_by_id(connection: &mut Connection, id: &PaymentId, operation: String, now: Moment) -> Result<u64> {
    let done = sqlx::query(CREDIT_BY_ID)
        .bind(PaymentState::Credited.as_str())
        .bind(now.micros())
        .bind(operation)
        .bind(id.as_str())
        .bind(PaymentState::Succeeded.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// A portal payment that billing has not credited.
#[derive(FromRow)]
struct SucceededRow {
    id: String,
    account_id: String,
    amount: i64,
    moment: i64,
}

/// The same in domain types.
struct Succeeded {
    id: PaymentId,
    account_id: AccountId,
    amount: Money,
    paid_at: Moment,
}

impl From<SucceededRow> for Succeeded {
    fn from(row: SucceededRow) -> Self {
        Self {
            id: PaymentId::trusted(row.id),
            account_id: AccountId::trusted(row.account_id),
            amount: Money::from_kopecks(row.amount),
            paid_at: Moment::from_micros(row.moment),
        }
    }
}

const SUCCEEDED_PAGE: &str = "SELECT payments.id, payments.account_id, payments.amount, \
     COALESCE(payments.paid_at, payments.changed_at) AS moment FROM payments \
     JOIN accounts ON accounts.id = payments.account_id \
     WHERE accounts.provider_id = $1 AND payments.state = $2 \
     AND (COALESCE(payments.paid_at, payments.changed_at) > $3 \
     OR (COALESCE(payments.paid_at, payments.changed_at) = $3 AND payments.id > $4)) \
     ORDER BY moment, payments.id LIMIT 0 + $5";

async fn succeeded_page(
    connection: &mut Connection,
    provider: &ProviderId,
    after: &(i64, String),
) -> Result<Vec<Succeeded>> {
    let rows: Vec<SucceededRow> = sqlx::query_as(SUCCEEDED_PAGE)
        .bind(provider.as_str())
        .bind(PaymentState::Succeeded.as_str())
        .bind(after.0)
        .bind(after.1.as_str())
        .bind(PAYMENTS_PER_PAGE)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(Succeeded::from).collect())
}

const FREE_OPERATION: &str = "SELECT operation_id FROM billing_payments \
     WHERE account_id = $1 AND date = $2 AND amount = $3 \
     AND NOT EXISTS (SELECT 1 FROM payments WHERE payments.account_id = billing_payments.account_id \
     AND (payments.billing_operation_id = billing_payments.operation_id \
     OR payments.acquirer_payment_id = billing_payments.operation_id)) \
     ORDER BY operation_id LIMIT 1";

/// A billing row with the payment's account, day and sum that is not matched to another payment.
async fn free_operation(connection: &mut Connection, payment: &Succeeded, date: Date) -> Result<Option<String>> {
    let operation = sqlx::query_scalar(FREE_OPERATION)
        .bind(payment.account_id.as_str())
        .bind(date.to_string())
        .bind(payment.amount.kopecks())
        .fetch_optional(connection)
        .await?;
    Ok(operation)
}
