//! Payments of an account as one of its users sees them: portal payments and billing rows, without duplicates (M9).

use jiff::civil::Date;
use sqlx::FromRow;

use super::{Connection, Engine, Result, StorageError};
use crate::domain::calendar::parse_date;
use crate::domain::id::{AccountId, PaymentId, UserId};
use crate::domain::money::Money;
use crate::domain::paging::PagePlace;
use crate::domain::payment::{AccountPayment, Payer, PaymentState};

/// Payments of one page.
pub const PAGE: u32 = 20;
/// Most years offered in the filter: billing keeps fewer, and wrong dates of an import must not fill the page.
const MAX_YEARS: i64 = 50;
/// The first and the last possible day of a payment: the range of all years.
const ALL_DAYS: [&str; 2] = ["0000-01-01", "9999-12-31"];

/// A user's view of an account.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The engine: each converts a timestamp to a date with its own function.
    pub engine: Engine,
    /// The account.
    pub account_id: &'a AccountId,
    /// The user.
    pub user_id: &'a UserId,
    /// The subscribers' offset from UTC, in hours.
    pub utc_offset_hours: i8,
}

impl View<'_> {
    /// The offset from UTC, in microseconds.
    const fn offset_micros(self) -> i64 {
        self.utc_offset_hours as i64 * 3_600_000_000
    }
}

/// The local date of a portal payment, at an offset of `$3` microseconds from UTC.
macro_rules! day {
    (sqlite) => {
        "strftime('%Y-%m-%d', (COALESCE(payments.paid_at, payments.created_at) + $3) / 1000000, 'unixepoch')"
    };
    (postgres) => {
        "to_char(to_timestamp((COALESCE(payments.paid_at, payments.created_at) + $3) / 1000000) AT TIME ZONE 'UTC', \
         'YYYY-MM-DD')"
    };
}
/// `listed`: the payments of the account `$1` for the user `$2`. A credited portal payment appears as its billing row.
/// Unpaid payments of other users are left out: no money was taken and they are private.
macro_rules! listed {
    ($engine:ident) => {
        concat!(
            "WITH listed AS (SELECT ",
            day!($engine),
            " AS day, CAST(0 AS BIGINT) AS billed, COALESCE(payments.paid_at, payments.created_at) AS moment, payments.amount, \
             payments.state, CASE WHEN payments.user_id = $2 THEN payments.id END AS own_id, \
             CAST(1 AS BIGINT) AS of_portal, \
             CAST(NULL AS TEXT) AS source, payments.id AS row_key FROM payments WHERE payments.account_id = $1 \
             AND (payments.state = 'succeeded' OR (payments.user_id = $2 AND payments.state <> 'credited')) \
             UNION ALL SELECT billing_payments.date, 1, 0, billing_payments.amount, 'credited', \
             CASE WHEN payments.user_id = $2 THEN payments.id END, \
             CASE WHEN payments.id IS NULL THEN 0 ELSE 1 END, billing_payments.source, billing_payments.operation_id \
             FROM billing_payments LEFT JOIN payments ON payments.account_id = billing_payments.account_id \
             AND payments.billing_operation_id = billing_payments.operation_id \
             WHERE billing_payments.account_id = $1) "
        )
    };
}
macro_rules! years {
    ($engine:ident) => {
        concat!(
            listed!($engine),
            "SELECT DISTINCT SUBSTR(day, 1, 4) AS year FROM listed ORDER BY year DESC LIMIT 0 + $4"
        )
    };
}
macro_rules! count {
    ($engine:ident) => {
        concat!(listed!($engine), "SELECT COUNT(*) FROM listed WHERE day >= $4 AND day <= $5")
    };
}
macro_rules! page {
    ($engine:ident) => {
        concat!(
            listed!($engine),
            "SELECT day, billed, amount, state, own_id, of_portal, source FROM listed WHERE day >= $4 AND day <= $5 \
             ORDER BY day DESC, billed, moment DESC, row_key LIMIT 0 + $6 OFFSET 0 + $7"
        )
    };
}

const YEARS_SQLITE: &str = years!(sqlite);
const YEARS_POSTGRES: &str = years!(postgres);

#[derive(FromRow)]
struct YearRow {
    year: String,
}

/// The years that have payments, newest first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn years(connection: &mut Connection, view: View<'_>) -> Result<Vec<i16>> {
    let sql = match view.engine {
        Engine::Sqlite => YEARS_SQLITE,
        Engine::Postgres => YEARS_POSTGRES,
    };
    let bound = sqlx::query_as(sql).bind(view.account_id.as_str()).bind(view.user_id.as_str());
    let rows: Vec<YearRow> = bound.bind(view.offset_micros()).bind(MAX_YEARS).fetch_all(connection).await?;
    let year = |row: YearRow| row.year.parse().map_err(|_| StorageError::Corrupt { what: "day of a payment" });
    rows.into_iter().map(year).collect()
}

const COUNT_SQLITE: &str = count!(sqlite);
const COUNT_POSTGRES: &str = count!(postgres);

/// The number of payments in a year, or in all years.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn count(connection: &mut Connection, view: View<'_>, year: Option<i16>) -> Result<i64> {
    let sql = match view.engine {
        Engine::Sqlite => COUNT_SQLITE,
        Engine::Postgres => COUNT_POSTGRES,
    };
    let [from, to] = days(year);
    let bound = sqlx::query_scalar(sql).bind(view.account_id.as_str()).bind(view.user_id.as_str());
    Ok(bound.bind(view.offset_micros()).bind(from).bind(to).fetch_one(connection).await?)
}

const PAGE_SQLITE: &str = page!(sqlite);
const PAGE_POSTGRES: &str = page!(postgres);

/// A page of the payments of a year, or of all years: newest day first; in a day, payments missing in billing first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn page(
    connection: &mut Connection,
    view: View<'_>,
    year: Option<i16>,
    place: PagePlace,
) -> Result<Vec<AccountPayment>> {
    let sql = match view.engine {
        Engine::Sqlite => PAGE_SQLITE,
        Engine::Postgres => PAGE_POSTGRES,
    };
    let [from, to] = days(year);
    let bound = sqlx::query_as(sql).bind(view.account_id.as_str()).bind(view.user_id.as_str());
    let bound = bound.bind(view.offset_micros()).bind(from).bind(to).bind(place.size()).bind(place.offset());
    let rows: Vec<Row> = bound.fetch_all(connection).await?;
    rows.into_iter().map(AccountPayment::try_from).collect()
}

/// The first and the last day of a year, or of all years.
fn days(year: Option<i16>) -> [String; 2] {
    let [first, last] = ALL_DAYS;
    year.map_or_else(
        || [first.to_owned(), last.to_owned()],
        |year| [format!("{year:04}-01-01"), format!("{year:04}-12-31")],
    )
}

#[derive(FromRow)]
struct Row {
    day: String,
    billed: i64,
    amount: i64,
    state: String,
    own_id: Option<String>,
    of_portal: i64,
    source: Option<String>,
}

impl TryFrom<Row> for AccountPayment {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self> {
        let date: Date = parse_date(&row.day).map_err(|_| StorageError::Corrupt { what: "day of a payment" })?;
        let payer = match row.own_id {
            Some(id) => Payer::Own(PaymentId::trusted(id)),
            None if row.of_portal > 0 => Payer::Other,
            None => Payer::Outside,
        };
        Ok(Self {
            date,
            amount: Money::from_kopecks(row.amount),
            state: PaymentState::parse(&row.state).ok_or(StorageError::Corrupt { what: "state of a payment" })?,
            payer,
            billed: row.billed > 0,
            source: row.source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::Moment;
    use crate::domain::paging::AskedPage;
    use crate::storage::testing::{TestDatabase, on_both_engines};

    /// 31.12.2025 20:00 UTC: already 2026 in Perm.
    const NEW_YEARS_EVE: i64 = 1_767_211_200_000_000;
    const HOUR: i64 = 3_600_000_000;
    const PERM: i8 = 5;
    /// The account, and another one of the same provider.
    const ACCOUNTS: [char; 2] = ['a', 'b'];
    /// The user of the view, and another user of the account.
    const USERS: [char; 2] = ['m', 'n'];

    fn id(letter: char) -> String {
        letter.to_string().repeat(26)
    }

    /// A provider, its accounts and its users.
    async fn fill(database: &crate::storage::Database) {
        let mut sql = format!(
            "INSERT INTO providers (id, code, name, folded, account_length) VALUES ('{}', 'gas', 'Газ', 'газ', 8);",
            id('p')
        );
        for letter in ACCOUNTS {
            let row = format!("'{}', '{}', '5900000{letter}', 'ул. Береговая'", id(letter), id('p'));
            sql += &format!("INSERT INTO accounts (id, provider_id, number, address) VALUES ({row});");
        }
        for letter in USERS {
            let row = format!("'{}', '{letter}@example.ru', '', 0, '', '', 0", id(letter));
            let columns = "id, login, password_hash, consent_at, consent_from, consent_version, created_at";
            sql += &format!("INSERT INTO users ({columns}) VALUES ({row});");
        }
        run(database, sql).await;
    }

    async fn run(database: &crate::storage::Database, sql: String) {
        let mut tx = database.begin().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A portal payment: its letter, account, payer, state, creation time, payment time and the billing row that
    /// credits it.
    struct Paid(char, char, char, &'static str, i64, Option<i64>, Option<&'static str>);

    async fn pay(database: &crate::storage::Database, paid: Paid) {
        let Paid(letter, account, user, state, begun, paid_at, operation) = paid;
        let paid_at = paid_at.map_or_else(|| "NULL".to_owned(), |at| at.to_string());
        let operation = operation.map_or_else(|| "NULL".to_owned(), |operation| format!("'{operation}'"));
        let (payment, account, user) = (id(letter), id(account), id(user));
        let values = format!(
            "'{payment}', '{account}', '{user}', 10000, '{state}', '{letter}', '{letter}', {begun}, {begun}, {paid_at}, 0, \
             {operation}"
        );
        let columns = "id, account_id, user_id, amount, state, idempotency_key, form_key, created_at, changed_at, paid_at, \
            polls, billing_operation_id";
        run(database, format!("INSERT INTO payments ({columns}) VALUES ({values})")).await;
    }

    async fn bill(database: &crate::storage::Database, account: char, operation: &str, date: &str) {
        let values = format!("'{}', '{operation}', '{date}', 5000, 'Касса'", id(account));
        run(
            database,
            format!("INSERT INTO billing_payments (account_id, operation_id, date, amount, source) VALUES ({values})"),
        )
        .await;
    }

    /// The payments of the first account for the first user: each page as its days and payers.
    async fn listed(test: &TestDatabase, year: Option<i16>, asked: &str) -> Vec<(String, Payer)> {
        let (account_id, user_id) = (AccountId::trusted(id('a')), UserId::trusted(id('m')));
        let view =
            View { engine: test.database.engine(), account_id: &account_id, user_id: &user_id, utc_offset_hours: PERM };
        let mut connection = test.database.read().await.unwrap();
        let count = count(&mut connection, view, year).await.unwrap();
        let place = PagePlace::within(AskedPage::from(asked.to_owned()), count.unsigned_abs(), PAGE);
        let page = page(&mut connection, view, year, place).await.unwrap();
        page.into_iter().map(|payment| (payment.date.to_string(), payment.payer)).collect()
    }

    async fn years_of(test: &TestDatabase) -> Vec<i16> {
        let (account_id, user_id) = (AccountId::trusted(id('a')), UserId::trusted(id('m')));
        let engine = test.database.engine();
        let view = View { engine, account_id: &account_id, user_id: &user_id, utc_offset_hours: PERM };
        years(&mut test.database.read().await.unwrap(), view).await.unwrap()
    }

    fn own(letter: char) -> Payer {
        Payer::Own(PaymentId::trusted(id(letter)))
    }

    on_both_engines! {
        async fn payments_of_all_users_and_of_billing_are_listed_by_the_day_they_were_paid(test: TestDatabase) {
            let database = &test.database;
            fill(database).await;
            let evening = NEW_YEARS_EVE - 4 * HOUR;
            pay(database, Paid('c', 'a', 'm', "succeeded", evening, Some(NEW_YEARS_EVE), None)).await;
            pay(database, Paid('d', 'a', 'n', "succeeded", evening, Some(evening), None)).await;
            pay(database, Paid('e', 'b', 'm', "succeeded", evening, Some(evening), None)).await;
            bill(database, 'a', "1", "2025-12-31").await;
            bill(database, 'b', "2", "2025-12-31").await;
            let day = |day: &str, payer| (day.to_owned(), payer);
            let expected =
                [day("2026-01-01", own('c')), day("2025-12-31", Payer::Other), day("2025-12-31", Payer::Outside)];
            assert_eq!(listed(&test, None, "").await, expected);
        }

        async fn a_payment_that_billing_brought_back_is_listed_once_with_its_payer(test: TestDatabase) {
            let database = &test.database;
            fill(database).await;
            pay(database, Paid('c', 'a', 'm', "credited", NEW_YEARS_EVE, Some(NEW_YEARS_EVE), Some("1"))).await;
            pay(database, Paid('d', 'a', 'n', "credited", NEW_YEARS_EVE, Some(NEW_YEARS_EVE), Some("2"))).await;
            // Operations of two accounts may have the same number.
            pay(database, Paid('e', 'b', 'm', "credited", NEW_YEARS_EVE, Some(NEW_YEARS_EVE), Some("3"))).await;
            for (operation, date) in [("1", "2026-01-03"), ("2", "2026-01-02"), ("3", "2026-01-01")] {
                bill(database, 'a', operation, date).await;
            }
            let payers: Vec<Payer> = listed(&test, None, "").await.into_iter().map(|(_, payer)| payer).collect();
            assert_eq!(payers, [own('c'), Payer::Other, Payer::Outside]);
        }

        async fn unpaid_payments_are_listed_for_their_payer_only(test: TestDatabase) {
            let database = &test.database;
            fill(database).await;
            let unpaid = [('c', 'm', "created"), ('d', 'm', "pending"), ('e', 'm', "canceled"), ('f', 'n', "created"),
                ('g', 'n', "pending"), ('h', 'n', "canceled")];
            for (at, (letter, user, state)) in unpaid.into_iter().enumerate() {
                let begun = NEW_YEARS_EVE - HOUR * i64::try_from(at).unwrap();
                pay(database, Paid(letter, 'a', user, state, begun, None, None)).await;
            }
            let payers: Vec<Payer> = listed(&test, None, "").await.into_iter().map(|(_, payer)| payer).collect();
            assert_eq!(payers, [own('c'), own('d'), own('e')]);
        }

        async fn a_year_has_its_own_payments_and_only_years_with_payments_are_named(test: TestDatabase) {
            let database = &test.database;
            fill(database).await;
            assert_eq!(years_of(&test).await, Vec::<i16>::new());
            assert_eq!(listed(&test, Some(2026), "").await, []);
            pay(database, Paid('c', 'a', 'm', "succeeded", NEW_YEARS_EVE, Some(NEW_YEARS_EVE), None)).await;
            for (operation, date) in [("1", "2023-01-01"), ("2", "2023-12-31"), ("3", "2024-01-01")] {
                bill(database, 'a', operation, date).await;
            }
            assert_eq!(years_of(&test).await, [2026_i16, 2024, 2023]);
            let days: Vec<String> = listed(&test, Some(2023), "").await.into_iter().map(|(day, _)| day).collect();
            assert_eq!(days, ["2023-12-31", "2023-01-01"]);
            assert_eq!(listed(&test, Some(2026), "").await, [("2026-01-01".to_owned(), own('c'))]);
            assert_eq!(listed(&test, Some(2025), "").await, []);
        }

        async fn leafing_through_shows_each_payment_once(test: TestDatabase) {
            let database = &test.database;
            fill(database).await;
            let operations = 2 * i64::from(PAGE) + 1;
            for number in 0..operations {
                // Many payments of one day keep a stable order.
                bill(database, 'a', &format!("{number:03}"), &format!("2024-03-{:02}", number % 3 + 1)).await;
            }
            let mut shown = Vec::new();
            for asked in ["1", "2", "3"] {
                shown.extend(listed(&test, Some(2024), asked).await);
            }
            assert_eq!(i64::try_from(shown.len()).unwrap(), operations);
            let days: Vec<&String> = shown.iter().map(|(day, _)| day).collect();
            assert!(days.is_sorted_by(|newer, older| newer >= older), "{days:?}");
            assert_eq!(listed(&test, Some(2024), "3").await.len(), 1);
        }
    }

    #[test]
    fn the_moment_of_the_tests_is_in_the_new_year_in_perm() {
        assert_eq!(Moment::from_micros(NEW_YEARS_EVE).date(PERM).to_string(), "2026-01-01");
    }
}
