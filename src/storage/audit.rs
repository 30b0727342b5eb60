//! The audit trail (append-only: actor, action, time, address) and its lists for users and operators.

use sqlx::FromRow;

use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::{OperatorId, Owner, UserId};
use crate::domain::paging::PagePlace;

/// Lines per page.
pub const PAGE: u32 = 20;
/// Retention of events: three years, the limitation period of civil claims (Civil Code, article 196).
pub const KEPT_DAYS: i64 = 3 * 365;

/// One event.
#[derive(Clone, Eq, PartialEq)]
pub struct Event {
    /// The time of the event.
    pub at: Moment,
    /// The portal user whom it concerns.
    pub user_id: Option<UserId>,
    /// The operator who did it, if any.
    pub operator_id: Option<OperatorId>,
    /// The action, from the closed list of `service::audit`.
    pub action: String,
    /// The identifier of the object of the action.
    pub subject: Option<String>,
    /// The network address of the request.
    pub address: String,
}

crate::opaque_debug!(Event, action);

const INSERT: &str = "INSERT INTO audit (id, at, user_id, operator_id, action, subject, address, request_id) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Appends an event. `request_id` correlates it with the log; CLI commands have no request id.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn insert(connection: &mut Connection, id: &str, event: &Event, request_id: Option<&str>) -> Result<()> {
    sqlx::query(INSERT)
        .bind(id)
        .bind(event.at.micros())
        .bind(event.user_id.as_ref().map(UserId::as_str))
        .bind(event.operator_id.as_ref().map(OperatorId::as_str))
        .bind(&event.action)
        .bind(event.subject.as_deref())
        .bind(&event.address)
        .bind(request_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The list covers this many of a person's newest events: under attack a trail grows long, and no person pages further.
const LOOKED_THROUGH: i64 = 10_000;
/// Refused tries are counted up to this number: a larger one is of no use to a person.
pub const MAX_TRIES: i64 = 1_000;

/// Actions that a stranger can cause without signing in, as `service::audit` stores them. The partial indexes of the
/// migration list the same actions in the same order.
macro_rules! of_strangers {
    () => {
        "'sign_in_failed', 'sign_in_refused', 'recovery_begun', 'code_wrong', 'operator_sign_in_failed'"
    };
}
/// Refused tries: a run of the same one is shown as one line.
macro_rules! refused {
    () => {
        concat!(of_strangers!(), ", 'current_password_wrong', 'pin_wrong', 'second_factor_wrong', 'decision_refused'")
    };
}
/// The list as the statements use it, for the test that each name is an action.
#[cfg(test)]
pub const REFUSED: &str = refused!();

/// Which events are listed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Show {
    /// Without the actions of strangers, so that a flood of wrong passwords cannot hide an event.
    Important,
    /// All events.
    All,
}

/// A line of a list: one event, or a run of the same refused try.
#[derive(Clone, Eq, PartialEq)]
pub struct Line {
    /// The time; of a run, the latest.
    pub at: Moment,
    /// The operator who did it, if any.
    pub operator_id: Option<OperatorId>,
    /// The action.
    pub action: String,
    /// The network address; of a run, the latest.
    pub address: String,
    /// The number of events.
    pub times: i64,
    /// The number of distinct network addresses.
    pub addresses: i64,
    /// The number of the account concerned, if any.
    pub account: Option<String>,
}

crate::opaque_debug!(Line, action);

#[derive(FromRow)]
struct LineRow {
    at: i64,
    operator_id: Option<String>,
    action: String,
    address: String,
    times: i64,
    addresses: i64,
    account: Option<String>,
}

impl From<LineRow> for Line {
    fn from(row: LineRow) -> Self {
        Self {
            at: Moment::from_micros(row.at),
            operator_id: row.operator_id.map(OperatorId::trusted),
            action: row.action,
            address: row.address,
            times: row.times,
            addresses: row.addresses,
            account: row.account,
        }
    }
}

/// A condition on events: they belong to the person `$1`.
macro_rules! listed {
    ($whose:literal, all) => {
        concat!($whose, " = $1")
    };
    ($whose:literal, important) => {
        concat!($whose, " = $1 AND action NOT IN (", of_strangers!(), ")")
    };
}
/// `marked`: the newest `$2` events of a person; `begins` is 1 for the newest event of each run, 0 for the rest.
macro_rules! marked {
    ($whose:literal, $which:ident) => {
        concat!(
            "WITH latest AS (SELECT id, at, operator_id, action, subject, address FROM audit WHERE ",
            listed!($whose, $which),
            " ORDER BY at DESC, id LIMIT 0 + $2), marked AS (SELECT latest.*, CASE WHEN action IN (",
            refused!(),
            ") AND action = LAG(action) OVER newest \
             AND COALESCE(subject, '') = COALESCE(LAG(subject) OVER newest, '') THEN 0 ELSE 1 END AS begins \
             FROM latest WINDOW newest AS (ORDER BY at DESC, id))"
        )
    };
}
/// `$3` lines after skipping `$4`, newest first.
macro_rules! lines {
    ($whose:literal, $which:ident) => {
        concat!(
            marked!($whose, $which),
            ", numbered AS (SELECT marked.*, SUM(begins) OVER (ORDER BY at DESC, id) AS run FROM marked), \
             sized AS (SELECT run, COUNT(*) AS times, COUNT(DISTINCT address) AS addresses FROM numbered GROUP BY run), \
             page AS (SELECT numbered.*, sized.times, sized.addresses FROM numbered \
             JOIN sized ON sized.run = numbered.run WHERE begins = 1 ORDER BY numbered.run LIMIT 0 + $3 OFFSET 0 + $4) \
             SELECT page.at, page.operator_id, page.action, page.address, page.times, page.addresses, \
             accounts.number AS account FROM page LEFT JOIN pin_requests ON pin_requests.id = page.subject \
             LEFT JOIN accounts ON accounts.id = COALESCE(pin_requests.account_id, page.subject) ORDER BY page.run"
        )
    };
}
macro_rules! count {
    ($whose:literal, $which:ident) => {
        concat!(marked!($whose, $which), " SELECT COALESCE(SUM(begins), 0) FROM marked")
    };
}
macro_rules! tries {
    ($whose:literal) => {
        concat!(
            "SELECT COUNT(*), COALESCE(MAX(at), 0) FROM (SELECT at FROM audit WHERE ",
            $whose,
            " = $1 AND at > $2 AND action IN (",
            of_strangers!(),
            ") ORDER BY at DESC LIMIT 0 + $3) AS tries"
        )
    };
}

/// The statements of a list.
struct Statements {
    lines: &'static str,
    count: &'static str,
}

const OF_USER: Statements = Statements { lines: lines!("user_id", all), count: count!("user_id", all) };
const OF_USER_IMPORTANT: Statements =
    Statements { lines: lines!("user_id", important), count: count!("user_id", important) };
const OF_OPERATOR: Statements = Statements { lines: lines!("operator_id", all), count: count!("operator_id", all) };
const OF_OPERATOR_IMPORTANT: Statements =
    Statements { lines: lines!("operator_id", important), count: count!("operator_id", important) };

const fn statements(owner: &Owner, show: Show) -> Statements {
    match (owner, show) {
        (Owner::User(_), Show::All) => OF_USER,
        (Owner::User(_), Show::Important) => OF_USER_IMPORTANT,
        (Owner::Operator(_), Show::All) => OF_OPERATOR,
        (Owner::Operator(_), Show::Important) => OF_OPERATOR_IMPORTANT,
    }
}

/// The number of lines in a person's list.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn count(connection: &mut Connection, owner: &Owner, show: Show) -> Result<i64> {
    let bound = sqlx::query_scalar(statements(owner, show).count).bind(owner.as_str()).bind(LOOKED_THROUGH);
    Ok(bound.fetch_one(connection).await?)
}

/// A page of a person's list, newest first.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn list(connection: &mut Connection, owner: &Owner, show: Show, place: PagePlace) -> Result<Vec<Line>> {
    let bound = sqlx::query_as(statements(owner, show).lines).bind(owner.as_str()).bind(LOOKED_THROUGH);
    let rows: Vec<LineRow> = bound.bind(place.size()).bind(place.offset()).fetch_all(connection).await?;
    Ok(rows.into_iter().map(Line::from).collect())
}

/// Refused tries of strangers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tries {
    /// Their number, up to [`MAX_TRIES`].
    pub times: i64,
    /// The time of the latest, if any.
    pub latest: Option<Moment>,
}

const TRIES_OF_USER: &str = tries!("user_id");
const TRIES_OF_OPERATOR: &str = tries!("operator_id");

/// The refused tries on a person's login since a moment.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn tries(connection: &mut Connection, owner: &Owner, since: Moment) -> Result<Tries> {
    let statement = match owner {
        Owner::User(_) => TRIES_OF_USER,
        Owner::Operator(_) => TRIES_OF_OPERATOR,
    };
    let bound = sqlx::query_as(statement).bind(owner.as_str()).bind(since.micros()).bind(MAX_TRIES);
    let (times, latest): (i64, i64) = bound.fetch_one(connection).await?;
    Ok(Tries { times, latest: (times > 0).then(|| Moment::from_micros(latest)) })
}

const FORGET: &str = "DELETE FROM audit WHERE at <= $1";

/// Deletes events up to a moment; the database refuses to delete events younger than [`KEPT_DAYS`].
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn forget(connection: &mut Connection, before: Moment) -> Result<u64> {
    Ok(sqlx::query(FORGET).bind(before.micros()).execute(connection).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Nature;
    use crate::domain::calendar::Span;
    use crate::domain::paging::AskedPage;
    use crate::storage::Engine;
    use crate::storage::testing::{TestDatabase, on_both_engines};

    fn event(at: Moment) -> Event {
        of("signed_in", at, "::1")
    }

    fn of(action: &str, at: Moment, address: &str) -> Event {
        let user_id = Some(UserId::trusted("a".repeat(26)));
        let (action, address) = (action.to_owned(), address.to_owned());
        Event { at, user_id, operator_id: None, action, subject: None, address }
    }

    /// The lines of a page and the total on all pages.
    async fn page_of(connection: &mut Connection, show: Show, page: u64) -> (Vec<Line>, i64) {
        let count = count(connection, &owner(), show).await.unwrap();
        let place = PagePlace::within(AskedPage::from(page.to_string()), count.unsigned_abs(), PAGE);
        (list(connection, &owner(), show, place).await.unwrap(), count)
    }

    fn owner() -> Owner {
        Owner::User(UserId::trusted("a".repeat(26)))
    }

    on_both_engines! {
        async fn an_event_of_the_trail_is_neither_changed_nor_deleted(test: TestDatabase) {
            let now = Nature::system().now();
            let mut tx = test.database.begin().await.unwrap();
            insert(&mut tx, "one", &event(now), Some("request")).await.unwrap();
            crate::storage::Database::commit(tx).await.unwrap();
            let over = "INSERT INTO audit (id, at, action, address) VALUES ('one', 1, 'signed_out', '') \
                ON CONFLICT (id) DO UPDATE SET at = 1";
            let put_away = "INSERT OR REPLACE INTO audit (id, at, action, address) VALUES ('one', 1, 'signed_out', '')";
            let mut statements =
                vec!["UPDATE audit SET address = 'elsewhere'", "UPDATE audit SET at = 1", "DELETE FROM audit", over];
            match test.database.engine() {
                Engine::Sqlite => statements.push(put_away),
                Engine::Postgres => statements.push("TRUNCATE audit"),
            }
            for sql in statements {
                let mut tx = test.database.begin().await.unwrap();
                let refused = sqlx::raw_sql(sql).execute(&mut *tx).await.unwrap_err().to_string();
                assert!(refused.contains("append-only"), "{sql}: {refused}");
            }
        }

        async fn only_events_older_than_three_years_are_forgotten(test: TestDatabase) {
            let now = Nature::system().now();
            let old = now.minus(Span::days(KEPT_DAYS + 1));
            let mut tx = test.database.begin().await.unwrap();
            insert(&mut tx, "old", &event(old), None).await.unwrap();
            insert(&mut tx, "new", &event(now), None).await.unwrap();
            assert_eq!(forget(&mut tx, now.minus(Span::days(KEPT_DAYS))).await.unwrap(), 1);
            let (lines, count) = page_of(&mut tx, Show::All, 1).await;
            assert_eq!((lines[0].at, count), (now, 1));
        }

        async fn migrating_twice_keeps_the_trail_closed(test: TestDatabase) {
            test.database.migrate().await.unwrap();
            let mut tx = test.database.begin().await.unwrap();
            insert(&mut tx, "one", &event(Nature::system().now()), None).await.unwrap();
            assert!(sqlx::raw_sql("DELETE FROM audit").execute(&mut *tx).await.is_err());
        }

        async fn a_run_of_the_same_refused_try_is_one_line_across_pages(test: TestDatabase) {
            let now = Nature::system().now();
            let mut tx = test.database.begin().await.unwrap();
            let mut number = 0;
            let mut add = async |action: &str, address: &str| {
                number += 1;
                let at = now.plus(Span::seconds(number));
                insert(&mut tx, &number.to_string(), &of(action, at, address), None).await.unwrap();
            };
            add("full_access", "::1").await;
            for host in 0..PAGE * 2 {
                add("sign_in_failed", &format!("192.0.2.{}", host % 3)).await;
            }
            add("signed_in", "::1").await;
            add("signed_in", "::1").await;
            let (lines, count) = page_of(&mut tx, Show::All, 1).await;
            let shown: Vec<_> = lines.iter().map(|line| (line.action.as_str(), line.times, line.addresses)).collect();
            let run = ("sign_in_failed", i64::from(PAGE) * 2, 3);
            assert_eq!(shown, [("signed_in", 1, 1), ("signed_in", 1, 1), run, ("full_access", 1, 1)]);
            assert_eq!((count, lines[2].at), (4, now.plus(Span::seconds(i64::from(PAGE) * 2 + 1))));
            assert_eq!(lines[2].address, format!("192.0.2.{}", (PAGE * 2 - 1) % 3), "the latest one's");
        }

        async fn the_important_events_are_listed_without_the_tries_of_strangers_which_are_counted(test: TestDatabase) {
            let now = Nature::system().now();
            let mut tx = test.database.begin().await.unwrap();
            let tried = ["sign_in_failed", "recovery_begun", "code_wrong", "sign_in_refused"];
            for (number, action) in ["full_access"].into_iter().chain(tried).enumerate() {
                insert(&mut tx, &number.to_string(), &of(action, now, "::1"), None).await.unwrap();
            }
            let (lines, count) = page_of(&mut tx, Show::Important, 1).await;
            assert_eq!((lines[0].action.as_str(), lines.len(), count), ("full_access", 1, 1));
            let counted = tries(&mut tx, &owner(), now.minus(Span::days(1))).await.unwrap();
            assert_eq!(counted, Tries { times: 4, latest: Some(now) });
            let none = tries(&mut tx, &owner(), now).await.unwrap();
            assert_eq!(none, Tries { times: 0, latest: None });
        }

        async fn a_page_far_beyond_the_end_is_empty(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let (lines, count) = page_of(&mut tx, Show::All, u64::MAX).await;
            assert!(lines.is_empty() && count == 0);
        }
    }

    #[tokio::test]
    async fn important_events_are_found_by_an_index_without_the_tries_of_strangers() {
        let test = crate::storage::testing::sqlite().await;
        let mut connection = test.database.read().await.unwrap();
        for (statements, index) in
            [(OF_USER_IMPORTANT, "audit_important_by_user"), (OF_OPERATOR_IMPORTANT, "audit_important_by_operator")]
        {
            let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", statements.lines));
            let bound = sqlx::query(explain).bind("a").bind(1_i64).bind(1_i64).bind(0_i64);
            let steps = bound.fetch_all(&mut *connection).await.unwrap();
            let plan: Vec<String> = steps.iter().map(|step| sqlx::Row::get(step, "detail")).collect();
            assert!(plan.iter().any(|step| step.contains(index)), "{plan:?}");
        }
    }
}
