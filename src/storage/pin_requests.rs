//! Requests for a PIN (M5).

use sqlx::FromRow;

use super::{Connection, Result, StorageError};
use crate::domain::account::AccountNumber;
use crate::domain::calendar::Moment;
use crate::domain::id::{AccountId, OperatorId, PinRequestId, UserId};
use crate::domain::pin::PinRequestState;

/// Most requests of the operators' page: the oldest come first, so none is left behind.
const QUEUE_MOST: i64 = 100;

/// A request for a PIN.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PinRequest {
    /// Random.
    pub id: PinRequestId,
    /// Who asks.
    pub user_id: UserId,
    /// For which account.
    pub account_id: AccountId,
    /// The name they gave.
    pub applicant_name: String,
    /// The address they gave.
    pub applicant_address: String,
    /// Where they want the answer: an e-mail address or a phone.
    pub contact: String,
    /// Where the request stands.
    pub state: PinRequestState,
    /// Why it was refused.
    pub reason: Option<String>,
    /// When it came.
    pub created_at: Moment,
}

#[derive(FromRow)]
struct Row {
    id: String,
    user_id: String,
    account_id: String,
    applicant_name: String,
    applicant_address: String,
    contact: String,
    state: String,
    reason: Option<String>,
    created_at: i64,
}

impl TryFrom<Row> for PinRequest {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: PinRequestId::trusted(row.id),
            user_id: UserId::trusted(row.user_id),
            account_id: AccountId::trusted(row.account_id),
            applicant_name: row.applicant_name,
            applicant_address: row.applicant_address,
            contact: row.contact,
            state: PinRequestState::parse(&row.state)
                .ok_or(StorageError::Corrupt { what: "state of a PIN request" })?,
            reason: row.reason,
            created_at: Moment::from_micros(row.created_at),
        })
    }
}

const INSERT: &str = "INSERT INTO pin_requests (id, user_id, account_id, applicant_name, applicant_address, contact, \
    state, created_at, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Keeps a request.
///
/// # Errors
/// [`StorageError`].
pub async fn insert(connection: &mut Connection, request: &PinRequest) -> Result<()> {
    let decided = (request.state != PinRequestState::Pending).then(|| request.created_at.micros());
    sqlx::query(INSERT)
        .bind(request.id.as_str())
        .bind(request.user_id.as_str())
        .bind(request.account_id.as_str())
        .bind(&request.applicant_name)
        .bind(&request.applicant_address)
        .bind(&request.contact)
        .bind(request.state.as_str())
        .bind(request.created_at.micros())
        .bind(decided)
        .execute(connection)
        .await?;
    Ok(())
}

const LATEST: &str = "SELECT id, user_id, account_id, applicant_name, applicant_address, contact, state, reason, \
    created_at FROM pin_requests WHERE user_id = $1 AND account_id = $2 ORDER BY created_at DESC LIMIT 1";

/// The newest request of a user for an account.
///
/// # Errors
/// [`StorageError`].
pub async fn latest(
    connection: &mut Connection,
    user_id: &UserId,
    account_id: &AccountId,
) -> Result<Option<PinRequest>> {
    let row: Option<Row> =
        sqlx::query_as(LATEST).bind(user_id.as_str()).bind(account_id.as_str()).fetch_optional(connection).await?;
    row.map(PinRequest::try_from).transpose()
}

const BY_ID: &str = "SELECT id, user_id, account_id, applicant_name, applicant_address, contact, state, reason, \
    created_at FROM pin_requests WHERE id = $1";

/// The request with an identifier.
///
/// # Errors
/// [`StorageError`].
pub async fn by_id(connection: &mut Connection, id: &PinRequestId) -> Result<Option<PinRequest>> {
    let row: Option<Row> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(connection).await?;
    row.map(PinRequest::try_from).transpose()
}

const DECIDE: &str = "UPDATE pin_requests SET state = $2, reason = $3, decided_at = $4, operator_id = $5 \
    WHERE id = $1 AND state = 'pending'";

/// Decides a waiting request, once. `false` when another operator was first.
///
/// # Errors
/// [`StorageError`].
pub async fn decide(
    connection: &mut Connection,
    id: &PinRequestId,
    state: PinRequestState,
    reason: Option<&str>,
    operator_id: &OperatorId,
    now: Moment,
) -> Result<bool> {
    let done = sqlx::query(DECIDE)
        .bind(id.as_str())
        .bind(state.as_str())
        .bind(reason)
        .bind(now.micros())
        .bind(operator_id.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// A waiting request beside what billing holds, for the operator's eye.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QueuedRequest {
    /// The request.
    pub request: PinRequest,
    /// The account's number.
    pub number: AccountNumber,
    /// The provider's name.
    pub provider: String,
    /// The subscriber that billing holds.
    pub subscriber: Option<String>,
    /// The address that billing holds.
    pub address: String,
    /// The phone that billing holds, as `+7XXXXXXXXXX`.
    pub phone: Option<String>,
    /// The e-mail address that billing holds.
    pub email: Option<String>,
}

#[derive(FromRow)]
struct QueueRow {
    #[sqlx(flatten)]
    request: Row,
    number: String,
    provider: String,
    subscriber: Option<String>,
    billed_address: String,
    phone: Option<String>,
    email: Option<String>,
}

const QUEUE: &str = "SELECT r.id, r.user_id, r.account_id, r.applicant_name, r.applicant_address, r.contact, r.state, \
    r.reason, r.created_at, a.number, p.name AS provider, a.subscriber, a.address AS billed_address, \
    a.phone, a.email \
    FROM pin_requests r JOIN accounts a ON a.id = r.account_id JOIN providers p ON p.id = a.provider_id \
    WHERE r.state = 'pending' ORDER BY r.created_at LIMIT 0 + $1";

/// Waiting requests, the oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn queue(connection: &mut Connection) -> Result<Vec<QueuedRequest>> {
    let rows: Vec<QueueRow> = sqlx::query_as(QUEUE).bind(QUEUE_MOST).fetch_all(connection).await?;
    rows.into_iter()
        .map(|row| {
            Ok(QueuedRequest {
                request: row.request.try_into()?,
                number: AccountNumber::trusted(row.number),
                provider: row.provider,
                subscriber: row.subscriber,
                address: row.billed_address,
                phone: row.phone,
                email: row.email,
            })
        })
        .collect()
}
