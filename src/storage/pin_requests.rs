//! Requests for a PIN (M5).

use sqlx::FromRow;

use super::operators::account_in_scope;
use super::{Connection, Result, StorageError};
use crate::domain::account::AccountNumber;
use crate::domain::calendar::Moment;
use crate::domain::id::{AccountId, OperatorId, PinRequestId, UserId};
use crate::domain::operator::Scope;
use crate::domain::paging::PagePlace;
use crate::domain::pin::{PinRequest, PinRequestState, QueuedRequest};

/// Requests per page of the operators' queue.
pub const QUEUE_PAGE: u32 = 50;

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

/// Stores a request.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
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

/// A query for requests `r`.
macro_rules! requests {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.user_id, r.account_id, r.applicant_name, r.applicant_address, r.contact, r.state, \
             r.reason, r.created_at",
            $rest
        )
    };
}

const LATEST: &str =
    requests!(" FROM pin_requests r WHERE r.user_id = $1 AND r.account_id = $2 ORDER BY r.created_at DESC LIMIT 1");

/// The newest request of a user for an account.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn latest(
    connection: &mut Connection,
    user_id: &UserId,
    account_id: &AccountId,
) -> Result<Option<PinRequest>> {
    let row: Option<Row> =
        sqlx::query_as(LATEST).bind(user_id.as_str()).bind(account_id.as_str()).fetch_optional(connection).await?;
    row.map(PinRequest::try_from).transpose()
}

const BY_ID: &str = requests!(" FROM pin_requests r WHERE r.id = $1");

/// The request with an identifier.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn by_id(connection: &mut Connection, id: &PinRequestId) -> Result<Option<PinRequest>> {
    let row: Option<Row> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(connection).await?;
    row.map(PinRequest::try_from).transpose()
}

const DECIDE: &str = "UPDATE pin_requests SET state = $2, reason = $3, decided_at = $4, operator_id = $5 \
    WHERE id = $1 AND state = 'pending'";

/// Decides a pending request, once. `false` when it was no longer pending.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
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

const CLOSE: &str = "UPDATE pin_requests SET state = 'closed', decided_at = $3 \
    WHERE user_id = $1 AND account_id = $2 AND state = 'pending'";

/// Closes a user's pending request for an account, which no longer needs a decision.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn close(connection: &mut Connection, user_id: &UserId, account_id: &AccountId, now: Moment) -> Result<()> {
    sqlx::query(CLOSE).bind(user_id.as_str()).bind(account_id.as_str()).bind(now.micros()).execute(connection).await?;
    Ok(())
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

const IN_SCOPE: &str = concat!(
    "SELECT COUNT(*) FROM pin_requests r JOIN accounts a ON a.id = r.account_id WHERE r.id = $2 AND ",
    account_in_scope!()
);

/// Whether a request is for an account of the operator's providers.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn is_in_scope(connection: &mut Connection, scope: &Scope, id: &PinRequestId) -> Result<bool> {
    let count: i64 =
        sqlx::query_scalar(IN_SCOPE).bind(scope.operator_id.as_str()).bind(id.as_str()).fetch_one(connection).await?;
    Ok(count > 0)
}

const WAITING: &str = concat!(
    "SELECT COUNT(*) FROM pin_requests r JOIN accounts a ON a.id = r.account_id WHERE r.state = 'pending' AND ",
    account_in_scope!()
);

/// The number of pending requests in the operator's scope.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn waiting(connection: &mut Connection, scope: &Scope) -> Result<i64> {
    let bound = sqlx::query_scalar(WAITING).bind(scope.operator_id.as_str());
    Ok(bound.fetch_one(connection).await?)
}

const PENDING_OF_USER: &str = "SELECT COUNT(*) FROM pin_requests WHERE user_id = $1 AND state = 'pending'";

/// The number of a user's pending requests for all accounts.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn pending_of_user(connection: &mut Connection, user_id: &UserId) -> Result<i64> {
    Ok(sqlx::query_scalar(PENDING_OF_USER).bind(user_id.as_str()).fetch_one(connection).await?)
}

const OWN_OF_CONTACT: &str = "SELECT COUNT(*) FROM pin_requests r WHERE r.id = $1 AND (r.contact = $2 OR EXISTS \
    (SELECT 1 FROM users u WHERE (u.login = $2 OR EXISTS \
    (SELECT 1 FROM contacts c WHERE c.user_id = u.id AND c.address = $2)) AND (u.id = r.user_id OR EXISTS \
    (SELECT 1 FROM links l WHERE l.user_id = u.id AND l.account_id = r.account_id))))";

/// Whether a request concerns the operator's own contact: as the login or the second contact of a user it made the
/// request or has linked the account, or it would receive the PIN.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn is_of_contact(connection: &mut Connection, id: &PinRequestId, contact: &str) -> Result<bool> {
    let count: i64 = sqlx::query_scalar(OWN_OF_CONTACT).bind(id.as_str()).bind(contact).fetch_one(connection).await?;
    Ok(count > 0)
}

const QUEUE: &str = concat!(
    requests!(
        ", a.number, p.name AS provider, a.subscriber, a.address AS billed_address, a.phone, a.email \
         FROM pin_requests r JOIN accounts a ON a.id = r.account_id JOIN providers p ON p.id = a.provider_id \
         WHERE r.state = 'pending' AND "
    ),
    account_in_scope!(),
    " ORDER BY r.created_at, r.id LIMIT 0 + $2 OFFSET 0 + $3"
);

/// A page of the pending requests in the operator's scope, oldest first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn queue(connection: &mut Connection, scope: &Scope, place: PagePlace) -> Result<Vec<QueuedRequest>> {
    let rows: Vec<QueueRow> = sqlx::query_as(QUEUE)
        .bind(scope.operator_id.as_str())
        .bind(place.size())
        .bind(place.offset())
        .fetch_all(connection)
        .await?;
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
