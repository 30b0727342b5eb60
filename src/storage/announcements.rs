//! Announcements of providers.

use sqlx::FromRow;
use sqlx::any::{Any, AnyArguments};
use sqlx::query::Query;

use super::operators::account_in_scope;
use super::{Connection, Result, StorageError};
use crate::domain::account::AccountNumber;
use crate::domain::announcement::{
    Announcement, AnnouncementKind, AnnouncementState, Audience, AudienceKind, MAX_ACCOUNTS, StreetAudience,
};
use crate::domain::calendar::Moment;
use crate::domain::id::{AccountId, AnnouncementId, OperatorId, ProviderId};
use crate::domain::money::Money;
use crate::domain::operator::Scope;
use crate::domain::paging::PagePlace;

/// Announcements per page of the staff's list.
pub const STAFF_PAGE: u32 = 50;
/// Most announcements in the list of the command line: the newest are enough to find one.
const MAX_LIST: i64 = 200;
/// Most announcements of a provider that one account is compared with: four a week for a year. Beyond it the oldest are
/// left out.
const MAX_OF_ACCOUNT: i64 = 200;

#[derive(FromRow)]
struct Row {
    id: String,
    provider_id: String,
    provider: String,
    kind: String,
    title: String,
    body: String,
    starts_at: i64,
    ends_at: i64,
    audience: String,
    street: Option<String>,
    houses: Option<String>,
    debt_over: Option<i64>,
    state: String,
}

/// An announcement with the name of its provider.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// The announcement.
    pub announcement: Announcement,
    /// The provider's name.
    pub provider: String,
}

impl TryFrom<Row> for Listed {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self> {
        let audience = audience(&row)?;
        let announcement = Announcement {
            id: AnnouncementId::trusted(row.id),
            provider_id: ProviderId::trusted(row.provider_id),
            kind: AnnouncementKind::parse(&row.kind)
                .ok_or(StorageError::Corrupt { what: "kind of an announcement" })?,
            title: row.title,
            text: row.body,
            starts_at: Moment::from_micros(row.starts_at),
            ends_at: Moment::from_micros(row.ends_at),
            audience,
            stored: AnnouncementState::parse(&row.state)
                .ok_or(StorageError::Corrupt { what: "state of an announcement" })?,
        };
        Ok(Self { announcement, provider: row.provider })
    }
}

fn audience(row: &Row) -> Result<Audience> {
    const CORRUPT: StorageError = StorageError::Corrupt { what: "audience of an announcement" };
    match AudienceKind::parse(&row.audience).ok_or(CORRUPT)? {
        AudienceKind::All => Ok(Audience::All),
        AudienceKind::Accounts => Ok(Audience::Accounts),
        AudienceKind::Debtors => Ok(Audience::Debtors(Money::from_kopecks(row.debt_over.ok_or(CORRUPT)?))),
        AudienceKind::Street => {
            let (street, houses) = (row.street.as_deref(), row.houses.as_deref());
            let parsed = StreetAudience::parse(street.ok_or(CORRUPT)?, houses.unwrap_or_default());
            Ok(Audience::Street(Box::new(parsed.map_err(|_| CORRUPT)?)))
        }
    }
}

/// The columns of an audience.
struct AudienceColumns<'a> {
    street: Option<&'a str>,
    houses: Option<&'a str>,
    debt_over: Option<i64>,
}

impl<'a> AudienceColumns<'a> {
    fn of(audience: &'a Audience) -> Self {
        let none = Self { street: None, houses: None, debt_over: None };
        match audience {
            Audience::All | Audience::Accounts => none,
            Audience::Debtors(over) => Self { debt_over: Some(over.kopecks()), ..none },
            Audience::Street(on) => Self {
                street: Some(on.street()),
                houses: Some(on.houses()).filter(|houses| !houses.is_empty()),
                ..none
            },
        }
    }
}

/// A statement with the columns that a draft may change as its first eleven parameters, the identifier first.
fn written<'q>(sql: &'static str, announcement: &'q Announcement) -> Query<'q, Any, AnyArguments> {
    let columns = AudienceColumns::of(&announcement.audience);
    sqlx::query(sql)
        .bind(announcement.id.as_str())
        .bind(announcement.provider_id.as_str())
        .bind(announcement.kind.as_str())
        .bind(&announcement.title)
        .bind(&announcement.text)
        .bind(announcement.starts_at.micros())
        .bind(announcement.ends_at.micros())
        .bind(announcement.audience.kind().as_str())
        .bind(columns.street)
        .bind(columns.houses)
        .bind(columns.debt_over)
}

const INSERT: &str = "INSERT INTO announcements (id, provider_id, kind, title, body, starts_at, ends_at, audience, street, \
    houses, debt_over, state, operator_id, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

/// Stores an announcement with the account numbers of its audience. `operator_id` is `None` for the administrator.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn insert(
    connection: &mut Connection,
    announcement: &Announcement,
    accounts: &[AccountNumber],
    operator_id: Option<&OperatorId>,
    now: Moment,
) -> Result<()> {
    written(INSERT, announcement)
        .bind(announcement.stored.as_str())
        .bind(operator_id.map(OperatorId::as_str))
        .bind(now.micros())
        .execute(&mut *connection)
        .await?;
    add_accounts(connection, &announcement.id, accounts).await
}

const CHANGE: &str = "UPDATE announcements SET provider_id = $2, kind = $3, title = $4, body = $5, starts_at = $6, \
    ends_at = $7, audience = $8, street = $9, houses = $10, debt_over = $11 WHERE id = $1 AND state = 'draft'";
const REMOVE_ACCOUNTS: &str = "DELETE FROM announcement_accounts WHERE announcement_id = $1";

/// Replaces a draft with the account numbers of its audience. `false` when it is no draft any more.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn change(
    connection: &mut Connection,
    announcement: &Announcement,
    accounts: &[AccountNumber],
) -> Result<bool> {
    let changed = written(CHANGE, announcement).execute(&mut *connection).await?;
    if changed.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(REMOVE_ACCOUNTS).bind(announcement.id.as_str()).execute(&mut *connection).await?;
    add_accounts(connection, &announcement.id, accounts).await?;
    Ok(true)
}

const ADD_ACCOUNT: &str = "INSERT INTO announcement_accounts (announcement_id, number) VALUES ($1, $2)";

async fn add_accounts(connection: &mut Connection, id: &AnnouncementId, accounts: &[AccountNumber]) -> Result<()> {
    for number in accounts {
        sqlx::query(ADD_ACCOUNT).bind(id.as_str()).bind(number.as_str()).execute(&mut *connection).await?;
    }
    Ok(())
}

const SET_STATE: &str = "UPDATE announcements SET state = $3 WHERE id = $1 AND state = $2";

/// Moves an announcement from one stored state to another. `false` when it has another state meanwhile.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn set_state(
    connection: &mut Connection,
    id: &AnnouncementId,
    from: AnnouncementState,
    to: AnnouncementState,
) -> Result<bool> {
    let bound = sqlx::query(SET_STATE).bind(id.as_str()).bind(from.as_str()).bind(to.as_str());
    Ok(bound.execute(connection).await?.rows_affected() > 0)
}

/// A query for announcements `a` of providers `p`.
macro_rules! announcements {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.provider_id, p.name AS provider, a.kind, a.title, a.body, a.starts_at, a.ends_at, \
             a.audience, a.street, a.houses, a.debt_over, a.state \
             FROM announcements a JOIN providers p ON p.id = a.provider_id ",
            $rest
        )
    };
}

const BY_ID: &str = announcements!("WHERE a.id = $1");

/// The announcement with an identifier.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn by_id(connection: &mut Connection, id: &AnnouncementId) -> Result<Option<Listed>> {
    let row: Option<Row> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(connection).await?;
    row.map(Listed::try_from).transpose()
}

const IN_SCOPE: &str = concat!(announcements!("WHERE a.id = $2 AND "), account_in_scope!());

/// The announcement with an identifier, if its provider is in the operator's scope.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn in_scope(connection: &mut Connection, scope: &Scope, id: &AnnouncementId) -> Result<Option<Listed>> {
    let bound = sqlx::query_as(IN_SCOPE).bind(scope.operator_id.as_str()).bind(id.as_str());
    let row: Option<Row> = bound.fetch_optional(connection).await?;
    row.map(Listed::try_from).transpose()
}

const COUNT_IN_SCOPE: &str = concat!("SELECT COUNT(*) FROM announcements a WHERE ", account_in_scope!());

/// The number of announcements in the operator's scope.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn count(connection: &mut Connection, scope: &Scope) -> Result<i64> {
    Ok(sqlx::query_scalar(COUNT_IN_SCOPE).bind(scope.operator_id.as_str()).fetch_one(connection).await?)
}

const PAGE_IN_SCOPE: &str = concat!(
    announcements!("WHERE "),
    account_in_scope!(),
    " ORDER BY a.created_at DESC, a.id LIMIT 0 + $2 OFFSET 0 + $3"
);

/// A page of the announcements in the operator's scope, the newest first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn page(connection: &mut Connection, scope: &Scope, place: PagePlace) -> Result<Vec<Listed>> {
    let bound = sqlx::query_as(PAGE_IN_SCOPE).bind(scope.operator_id.as_str());
    let rows: Vec<Row> = bound.bind(place.size()).bind(place.offset()).fetch_all(connection).await?;
    rows.into_iter().map(Listed::try_from).collect()
}

const NEWEST: &str = announcements!("ORDER BY a.created_at DESC, a.id LIMIT 0 + $1");

/// The newest announcements of all providers.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn newest(connection: &mut Connection) -> Result<Vec<Listed>> {
    let rows: Vec<Row> = sqlx::query_as(NEWEST).bind(MAX_LIST).fetch_all(connection).await?;
    rows.into_iter().map(Listed::try_from).collect()
}

const ACCOUNTS: &str =
    "SELECT number FROM announcement_accounts WHERE announcement_id = $1 ORDER BY number LIMIT 0 + $2";

/// The account numbers of an announcement's audience.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn accounts(connection: &mut Connection, id: &AnnouncementId) -> Result<Vec<AccountNumber>> {
    let most = i64::try_from(MAX_ACCOUNTS).unwrap_or(i64::MAX);
    let numbers: Vec<String> = sqlx::query_scalar(ACCOUNTS).bind(id.as_str()).bind(most).fetch_all(connection).await?;
    Ok(numbers.into_iter().map(AccountNumber::trusted).collect())
}

#[derive(FromRow)]
struct OfAccountRow {
    #[sqlx(flatten)]
    announcement: Row,
    listed: Option<String>,
}

const OF_ACCOUNT: &str = "SELECT a.id, a.provider_id, p.name AS provider, a.kind, a.title, a.body, a.starts_at, \
    a.ends_at, a.audience, a.street, a.houses, a.debt_over, a.state, n.number AS listed \
    FROM announcements a JOIN providers p ON p.id = a.provider_id \
    LEFT JOIN announcement_accounts n ON n.announcement_id = a.id AND n.number = $2 \
    WHERE a.provider_id = $1 AND a.state = 'scheduled' AND a.starts_at <= $3 AND a.ends_at > $4 \
    ORDER BY a.starts_at DESC, a.id LIMIT 0 + $5";

/// The announcements of a provider that have begun by `now` and end after `ended_after`, the newest first. Each with
/// whether its list has the account's number.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn of_account(
    connection: &mut Connection,
    provider_id: &ProviderId,
    number: &AccountNumber,
    now: Moment,
    ended_after: Moment,
) -> Result<Vec<(Listed, bool)>> {
    let rows: Vec<OfAccountRow> = sqlx::query_as(OF_ACCOUNT)
        .bind(provider_id.as_str())
        .bind(number.as_str())
        .bind(now.micros())
        .bind(ended_after.micros())
        .bind(MAX_OF_ACCOUNT)
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(|row| Ok((row.announcement.try_into()?, row.listed.is_some()))).collect()
}

/// An account with its newest closing balance.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Owing {
    /// The account's identifier.
    pub account_id: AccountId,
    /// The account's number.
    pub number: AccountNumber,
    /// The sum at the end of the newest month of billing; `None` without charges.
    pub closing: Option<Money>,
}

#[derive(FromRow)]
struct OwingRow {
    id: String,
    number: String,
    closing: Option<i64>,
}

const OWING: &str = "SELECT x.id, x.number, (SELECT CAST(SUM(c.closing) AS BIGINT) FROM charges c \
    WHERE c.account_id = x.id AND c.period = (SELECT MAX(m.period) FROM charges m WHERE m.account_id = x.id)) \
    AS closing FROM accounts x WHERE x.provider_id = $1 AND x.number > $2 ORDER BY x.number LIMIT 0 + $3";

/// A part of a provider's accounts with what they owed at the end of the newest month, in the order of their numbers,
/// after one.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn owing(
    connection: &mut Connection,
    provider_id: &ProviderId,
    after: Option<&AccountNumber>,
    most: i64,
) -> Result<Vec<Owing>> {
    let after = after.map_or("", AccountNumber::as_str);
    let bound = sqlx::query_as(OWING).bind(provider_id.as_str()).bind(after).bind(most);
    let rows: Vec<OwingRow> = bound.fetch_all(connection).await?;
    let owing = |row: OwingRow| Owing {
        account_id: AccountId::trusted(row.id),
        number: AccountNumber::trusted(row.number),
        closing: row.closing.map(Money::from_kopecks),
    };
    Ok(rows.into_iter().map(owing).collect())
}

const FORGET_ACCOUNTS: &str = "DELETE FROM announcement_accounts WHERE announcement_id IN \
    (SELECT id FROM announcements WHERE ends_at < $1)";
const FORGET: &str = "DELETE FROM announcements WHERE ends_at < $1";

/// Deletes the announcements that ended before a moment, with their lists of accounts.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn forget(connection: &mut Connection, before: Moment) -> Result<()> {
    for statement in [FORGET_ACCOUNTS, FORGET] {
        sqlx::query(statement).bind(before.micros()).execute(&mut *connection).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, id, on_both_engines, provider};
    use crate::storage::{Tx, providers};

    const NOW: Moment = Moment::from_micros(1_000);

    fn announcement(number: usize, audience: Audience) -> Announcement {
        Announcement {
            id: AnnouncementId::trusted(id(number)),
            provider_id: provider("gas").id,
            kind: AnnouncementKind::Works,
            title: "Работы".to_owned(),
            text: "Газа **не будет**".to_owned(),
            starts_at: Moment::from_micros(500),
            ends_at: Moment::from_micros(2_000),
            audience,
            stored: AnnouncementState::Scheduled,
        }
    }

    fn number(text: &str) -> AccountNumber {
        AccountNumber::trusted(text.to_owned())
    }

    /// A transaction with the provider `gas`.
    async fn with_provider(test: &TestDatabase) -> Tx {
        let mut tx = test.database.begin().await.unwrap();
        providers::upsert(&mut tx, test.database.engine(), &[provider("gas")]).await.unwrap();
        tx
    }

    async fn current(connection: &mut Connection, now: Moment) -> Vec<(String, bool)> {
        let gas = provider("gas").id;
        let found = of_account(connection, &gas, &number("00000001"), now, now).await.unwrap();
        found.into_iter().map(|(listed, is_listed)| (listed.announcement.id.to_string(), is_listed)).collect()
    }

    on_both_engines! {
        async fn an_announcement_is_read_back_as_it_was_stored(test: TestDatabase) {
            let mut tx = with_provider(&test).await;
            let street = StreetAudience::parse("ул. Ленина", "1–15 нечётные").unwrap();
            let audiences = [
                Audience::All,
                Audience::Street(Box::new(street)),
                Audience::Accounts,
                Audience::Debtors(Money::from_kopecks(50_000)),
            ];
            for (at, audience) in audiences.into_iter().enumerate() {
                let stored = announcement(at, audience);
                insert(&mut tx, &stored, &[], None, NOW).await.unwrap();
                let listed = by_id(&mut tx, &stored.id).await.unwrap().unwrap();
                assert_eq!((listed.announcement, listed.provider), (stored, provider("gas").name));
            }
            assert_eq!(newest(&mut tx).await.unwrap().len(), 4);
        }

        async fn an_account_gets_the_current_announcements_with_its_mark_in_their_lists(test: TestDatabase) {
            let mut tx = with_provider(&test).await;
            insert(&mut tx, &announcement(1, Audience::All), &[], None, NOW).await.unwrap();
            let listed = [number("00000001"), number("00000002")];
            insert(&mut tx, &announcement(2, Audience::Accounts), &listed, None, NOW).await.unwrap();
            insert(&mut tx, &announcement(3, Audience::Accounts), &listed[1..], None, NOW).await.unwrap();
            let expected = [(id(1), false), (id(2), true), (id(3), false)];
            assert_eq!(current(&mut tx, NOW).await, expected);
            assert_eq!(accounts(&mut tx, &AnnouncementId::trusted(id(2))).await.unwrap(), listed);
        }

        async fn before_its_beginning_and_from_its_end_on_an_announcement_is_not_current(test: TestDatabase) {
            let mut tx = with_provider(&test).await;
            insert(&mut tx, &announcement(1, Audience::All), &[], None, NOW).await.unwrap();
            for (now, count) in [(499, 0), (500, 1), (1_999, 1), (2_000, 0)] {
                assert_eq!(current(&mut tx, Moment::from_micros(now)).await.len(), count, "{now}");
            }
        }

        async fn only_a_draft_is_changed_and_a_state_is_left_once(test: TestDatabase) {
            use AnnouncementState::{Draft, Scheduled, Withdrawn};
            let mut tx = with_provider(&test).await;
            let draft = Announcement { stored: Draft, ..announcement(1, Audience::Accounts) };
            insert(&mut tx, &draft, &[number("00000001")], None, NOW).await.unwrap();
            assert!(current(&mut tx, NOW).await.is_empty());
            let changed = Announcement { title: "Новые".to_owned(), ..draft.clone() };
            assert!(change(&mut tx, &changed, &[number("00000002")]).await.unwrap());
            assert_eq!(accounts(&mut tx, &draft.id).await.unwrap(), [number("00000002")]);
            assert!(set_state(&mut tx, &draft.id, Draft, Scheduled).await.unwrap());
            assert!(!set_state(&mut tx, &draft.id, Draft, Scheduled).await.unwrap());
            assert!(!change(&mut tx, &draft, &[]).await.unwrap());
            assert_eq!(by_id(&mut tx, &draft.id).await.unwrap().unwrap().announcement.title, "Новые");
            assert!(set_state(&mut tx, &draft.id, Scheduled, Withdrawn).await.unwrap());
            assert!(current(&mut tx, NOW).await.is_empty());
        }

        async fn what_ended_long_ago_is_forgotten_with_its_list(test: TestDatabase) {
            let mut tx = with_provider(&test).await;
            let stored = announcement(1, Audience::Accounts);
            insert(&mut tx, &stored, &[number("00000001")], None, NOW).await.unwrap();
            forget(&mut tx, stored.ends_at).await.unwrap();
            assert_eq!(newest(&mut tx).await.unwrap().len(), 1);
            forget(&mut tx, Moment::from_micros(2_001)).await.unwrap();
            assert!(newest(&mut tx).await.unwrap().is_empty());
            assert!(accounts(&mut tx, &stored.id).await.unwrap().is_empty());
        }
    }
}
