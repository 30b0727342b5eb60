//! The links between users and accounts of a provider whose users are to be told, in the order of a plan.

use jiff::civil::Date;
use sqlx::FromRow;

use super::accounts::optional_date;
use super::notice_plans::Place;
use super::{Connection, Result, StorageError};
use crate::domain::account::Access;
use crate::domain::calendar::{Moment, Period};
use crate::domain::id::{AccountId, AnnouncementId, PaymentId, ProviderId, UserId};
use crate::domain::money::Money;

/// A link whose user may be told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Candidate {
    /// The account.
    pub account_id: AccountId,
    /// The user.
    pub user_id: UserId,
    /// The earliest end of a verification, if asked for.
    pub date: Option<Date>,
}

/// Which accounts of a provider are meant. Only links with full access count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Selection {
    /// Billing has sent charges of the month.
    ChargedIn(Period),
    /// The month ended with a sum due.
    OwingIn(Period),
    /// The month began and ended with a sum due.
    OwingBeforeAnd(Period),
    /// A meter is installed.
    WithMeter,
    /// The verification of an installed meter ends within these days.
    VerifiedBetween(Date, Date),
}

#[derive(FromRow)]
struct Row {
    account_id: String,
    user_id: String,
    on_day: Option<String>,
}

impl TryFrom<Row> for Candidate {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            account_id: AccountId::trusted(row.account_id),
            user_id: UserId::trusted(row.user_id),
            date: optional_date(row.on_day)?,
        })
    }
}

/// The links after a place. The `CROSS JOIN` keeps SQLite on the order of `links_by_account`: a sort would read all links
/// for each batch. `>= $2` keeps PostgreSQL from reading the joined tables from their beginning each time.
macro_rules! links_after {
    ($columns:literal, $access:literal, $condition:literal) => {
        concat!(
            "SELECT l.account_id, l.user_id, ",
            $columns,
            " FROM links l CROSS JOIN accounts a WHERE a.id = l.account_id AND a.id >= $2 AND a.provider_id = $1 ",
            $access,
            " AND (l.account_id, l.user_id) > ($2, $3) ",
            $condition,
            " ORDER BY l.account_id, l.user_id LIMIT 0 + $4"
        )
    };
}
macro_rules! full_links_after {
    ($condition:literal) => {
        links_after!("CAST(NULL AS TEXT) AS on_day", "AND l.access = 'full'", $condition)
    };
}

const CHARGED_IN: &str = full_links_after!(
    "AND EXISTS (SELECT 1 FROM charges c WHERE c.account_id = l.account_id AND c.account_id >= $2 \
     AND c.period = $5)"
);
const OWING_IN: &str = full_links_after!(
    "AND (SELECT SUM(c.closing) FROM charges c WHERE c.account_id = l.account_id AND c.period = $5) > 0"
);
const OWING_BEFORE_AND: &str = full_links_after!(
    "AND (SELECT SUM(c.closing) FROM charges c WHERE c.account_id = l.account_id AND c.period = $5) > 0 \
     AND (SELECT SUM(c.opening) FROM charges c WHERE c.account_id = l.account_id AND c.period = $5) > 0"
);
const WITH_METER: &str = full_links_after!(
    "AND EXISTS (SELECT 1 FROM meters m WHERE m.account_id = l.account_id AND m.account_id >= $2 AND m.removed_on IS NULL)"
);
const VERIFIED_BETWEEN: &str = links_after!(
    "(SELECT MIN(m.verified_until) FROM meters m WHERE m.account_id = l.account_id AND m.removed_on IS NULL \
     AND m.verified_until BETWEEN $5 AND $6) AS on_day",
    "AND l.access = 'full'",
    "AND EXISTS (SELECT 1 FROM meters m WHERE m.account_id = l.account_id AND m.account_id >= $2 AND m.removed_on IS NULL \
     AND m.verified_until BETWEEN $5 AND $6)"
);

/// The next links of a provider after a place, at most `most`.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn next(
    connection: &mut Connection,
    provider_id: &ProviderId,
    selection: Selection,
    after: &Place,
    most: i64,
) -> Result<Vec<Candidate>> {
    let statement = match selection {
        Selection::ChargedIn(_) => CHARGED_IN,
        Selection::OwingIn(_) => OWING_IN,
        Selection::OwingBeforeAnd(_) => OWING_BEFORE_AND,
        Selection::WithMeter => WITH_METER,
        Selection::VerifiedBetween(..) => VERIFIED_BETWEEN,
    };
    let bound = sqlx::query_as(statement).bind(provider_id.as_str()).bind(&after.account).bind(&after.user).bind(most);
    let bound = match selection {
        Selection::ChargedIn(period) | Selection::OwingIn(period) | Selection::OwingBeforeAnd(period) => {
            bound.bind(period.number())
        }
        Selection::WithMeter => bound,
        Selection::VerifiedBetween(from, until) => bound.bind(from.to_string()).bind(until.to_string()),
    };
    let rows: Vec<Row> = bound.fetch_all(connection).await?;
    rows.into_iter().map(Candidate::try_from).collect()
}

/// A link as an announcement's audience is compared with it.
#[derive(Clone, Eq, PartialEq)]
pub struct Reader {
    /// The account.
    pub account_id: AccountId,
    /// The user.
    pub user_id: UserId,
    /// The access.
    pub access: Access,
    /// The account's address.
    pub address: String,
    /// Whether the announcement's list has the account's number.
    pub is_listed: bool,
    /// What the newest month ended with.
    pub closing: Money,
}

crate::opaque_debug!(Reader, account_id, user_id);

#[derive(FromRow)]
struct ReaderRow {
    account_id: String,
    user_id: String,
    access: String,
    address: String,
    is_listed: i64,
    closing: i64,
}

impl TryFrom<ReaderRow> for Reader {
    type Error = StorageError;

    fn try_from(row: ReaderRow) -> Result<Self> {
        Ok(Self {
            account_id: AccountId::trusted(row.account_id),
            user_id: UserId::trusted(row.user_id),
            access: Access::parse(&row.access).ok_or(StorageError::Corrupt { what: "access of a link" })?,
            address: row.address,
            is_listed: row.is_listed > 0,
            closing: Money::from_kopecks(row.closing),
        })
    }
}

const READERS: &str = links_after!(
    "l.access, a.address, CAST((SELECT COUNT(*) FROM announcement_accounts n WHERE n.announcement_id = $5 \
     AND n.number = a.number) AS BIGINT) AS is_listed, CAST(COALESCE((SELECT SUM(c.closing) FROM charges c \
     WHERE c.account_id = l.account_id AND c.period = (SELECT MAX(period) FROM charges WHERE account_id = l.account_id)), 0) \
     AS BIGINT) AS closing",
    "",
    ""
);

/// The next links of a provider after a place, of any access, for an announcement.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn readers(
    connection: &mut Connection,
    provider_id: &ProviderId,
    announcement: &AnnouncementId,
    after: &Place,
    most: i64,
) -> Result<Vec<Reader>> {
    let bound = sqlx::query_as(READERS)
        .bind(provider_id.as_str())
        .bind(&after.account)
        .bind(&after.user)
        .bind(most)
        .bind(announcement.as_str());
    let rows: Vec<ReaderRow> = bound.fetch_all(connection).await?;
    rows.into_iter().map(Reader::try_from).collect()
}

/// A payment that an import credited.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CreditedPayment {
    /// The payment.
    pub payment_id: PaymentId,
    /// The payer.
    pub user_id: UserId,
    /// The account.
    pub account_id: AccountId,
}

#[derive(FromRow)]
struct CreditedRow {
    id: String,
    user_id: String,
    account_id: String,
}

const CREDITED: &str = "SELECT p.id, p.user_id, p.account_id FROM payments p JOIN accounts a ON a.id = p.account_id \
    WHERE a.provider_id = $1 AND p.state = 'credited' AND p.changed_at = $2 AND p.id > $3 ORDER BY p.id LIMIT 0 + $4";

/// The payments of a provider that were credited at a moment, after an identifier, at most `most`.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn credited(
    connection: &mut Connection,
    provider_id: &ProviderId,
    at: Moment,
    after: &str,
    most: i64,
) -> Result<Vec<CreditedPayment>> {
    let bound = sqlx::query_as(CREDITED).bind(provider_id.as_str()).bind(at.micros()).bind(after).bind(most);
    let rows: Vec<CreditedRow> = bound.fetch_all(connection).await?;
    let credited = |row: CreditedRow| CreditedPayment {
        payment_id: PaymentId::trusted(row.id),
        user_id: UserId::trusted(row.user_id),
        account_id: AccountId::trusted(row.account_id),
    };
    Ok(rows.into_iter().map(credited).collect())
}
