//! Charges of accounts, by month and service.

use sqlx::any::AnyRow;
use sqlx::{Arguments as _, AssertSqlSafe, FromRow, Row as _};

use super::bulk::{Column, Upsert, push_placeholders};
use super::{Connection, Engine, Result, StorageError};
use crate::domain::account::AccountNumber;
use crate::domain::calendar::Period;
use crate::domain::consumption::ChargedVolume;
use crate::domain::decimal::{Tariff, Volume};
use crate::domain::id::AccountId;
use crate::domain::money::Money;
use crate::domain::receipt::MAX_ROWS;
use crate::domain::sent_reading::MeterPrice;
use crate::domain::settlement::{Charge, Method, MonthSettlement};
use crate::domain::statement::MAX_ENTRIES;

/// Most rows of one query, which reads two months: a receipt has at most [`MAX_ROWS`] services a month.
#[expect(clippy::cast_possible_wrap, reason = "a small constant")]
const MAX_CHARGES: i64 = 2 * MAX_ROWS as i64;
/// Most months with a receipt to choose from: ten years.
const MAX_PERIODS: i64 = 120;
/// Most rows that explain a month: two years of a household with twenty services.
const MAX_EXPLAINED: i64 = 500;
/// One row more than a statement may have: the extra row signals truncation.
#[expect(clippy::cast_possible_wrap, reason = "a small constant")]
const TOO_MANY_TO_STATE: i64 = MAX_ENTRIES as i64 + 1;
/// Most volumes of one query: three years of 40 services. An account has a few; more would be corrupt data, and a chart
/// of one service needs no more.
const MAX_VOLUMES: i64 = 36 * 40;
/// Accounts per query for gaps: far below the limit of parameters.
pub const ACCOUNTS_PER_QUERY: usize = 200;

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
        let method = stored_method(row.method.as_deref())?;
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

fn stored_method(text: Option<&str>) -> Result<Option<Method>> {
    let parse = |text| Method::parse(text).ok_or(StorageError::Corrupt { what: "method of a charge" });
    text.map(parse).transpose()
}

const OF_ACCOUNT: &str = "SELECT period, service, opening, charged, recalculated, benefit, adjusted, written_off, paid, \
    closing, volume, unit, tariff, method, norm, recalculation_reason FROM charges \
    WHERE account_id = $1 AND period >= $2 AND period <= $3 ORDER BY period DESC, service DESC LIMIT 0 + $4";

/// Charges of an account from one month to another, both included, oldest month first; beyond the limit the oldest are
/// left out. They are read in reverse key order, so that SQLite need not sort them.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn of_account(
    connection: &mut Connection,
    account_id: &AccountId,
    from: Period,
    to: Period,
) -> Result<Vec<Charge>> {
    newest(connection, account_id, from, to, MAX_CHARGES).await
}

/// The same for a statement: one row more than a statement may have signals that there are too many.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn to_state(
    connection: &mut Connection,
    account_id: &AccountId,
    from: Period,
    to: Period,
) -> Result<Vec<Charge>> {
    newest(connection, account_id, from, to, TOO_MANY_TO_STATE).await
}

/// The same for the explanation of the last month: beyond the limit the oldest are not compared.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn to_explain(
    connection: &mut Connection,
    account_id: &AccountId,
    from: Period,
    to: Period,
) -> Result<Vec<Charge>> {
    newest(connection, account_id, from, to, MAX_EXPLAINED).await
}

async fn newest(
    connection: &mut Connection,
    account_id: &AccountId,
    from: Period,
    to: Period,
    most: i64,
) -> Result<Vec<Charge>> {
    let mut rows: Vec<ChargeRow> = sqlx::query_as(OF_ACCOUNT)
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

/// Months with charges, newest first, after skipping `skipped`; missing months are not marked.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
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

/// The number of months with charges after a month.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn months_after(connection: &mut Connection, account_id: &AccountId, period: Period) -> Result<i64> {
    let bound = sqlx::query_scalar(MONTHS_AFTER).bind(account_id.as_str()).bind(period.number());
    Ok(bound.fetch_one(connection).await?)
}

const METER_UNITS: &str =
    "SELECT DISTINCT unit FROM charges WHERE account_id = $1 AND method = $2 AND unit IS NOT NULL LIMIT 2";

/// The unit of an account's metered charges; `None` when there are no such charges or several units.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn meter_unit(connection: &mut Connection, account_id: &AccountId) -> Result<Option<String>> {
    let units: Vec<String> = sqlx::query_scalar(METER_UNITS)
        .bind(account_id.as_str())
        .bind(Method::Meter.as_str())
        .fetch_all(connection)
        .await?;
    Ok(<[String; 1]>::try_from(units).ok().map(|[unit]| unit))
}

const METER_PRICE: &str = "SELECT tariff, charged, benefit FROM charges WHERE account_id = $1 AND method = $2 \
    AND tariff IS NOT NULL AND period = (SELECT MAX(period) FROM charges WHERE account_id = $1 AND method = $2) LIMIT 2";

/// The price of an account's metered service in the newest month that has one; `None` when there is no such month, or
/// several services share it.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn meter_price(connection: &mut Connection, account_id: &AccountId) -> Result<Option<MeterPrice>> {
    let bound = sqlx::query_as(METER_PRICE).bind(account_id.as_str()).bind(Method::Meter.as_str());
    let rows: Vec<(i64, i64, Option<i64>)> = bound.fetch_all(connection).await?;
    let price = |[(tariff, charged, benefit)]: [(i64, i64, Option<i64>); 1]| {
        let sum = Money::from_kopecks;
        MeterPrice::of(Tariff::from_raw(tariff), sum(charged), sum(benefit.unwrap_or_default()))
    };
    Ok(<[_; 1]>::try_from(rows).ok().map(price))
}

const VOLUMES: &str = "SELECT period, service, volume, unit, method FROM charges \
    WHERE account_id = $1 AND period >= $2 AND period <= $3 AND volume IS NOT NULL AND unit IS NOT NULL \
    ORDER BY period DESC, service DESC LIMIT 0 + $4";

#[derive(FromRow)]
struct VolumeRow {
    period: i64,
    service: String,
    volume: i64,
    unit: String,
    method: Option<String>,
}

impl TryFrom<VolumeRow> for ChargedVolume {
    type Error = StorageError;

    fn try_from(row: VolumeRow) -> Result<Self> {
        Ok(Self {
            period: Period::from_number(row.period).map_err(|_| StorageError::Corrupt { what: "period" })?,
            service: row.service,
            volume: Volume::from_raw(row.volume),
            unit: row.unit,
            method: stored_method(row.method.as_deref())?,
        })
    }
}

/// The volumes charged to an account from one month to another, both included, newest first; charges without a volume
/// or a unit are left out.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn volumes(
    connection: &mut Connection,
    account_id: &AccountId,
    from: Period,
    to: Period,
) -> Result<Vec<ChargedVolume>> {
    let rows: Vec<VolumeRow> = sqlx::query_as(VOLUMES)
        .bind(account_id.as_str())
        .bind(from.number())
        .bind(to.number())
        .bind(MAX_VOLUMES)
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(ChargedVolume::try_from).collect()
}

const PERIODS: &str = "SELECT DISTINCT period FROM charges WHERE account_id = $1 ORDER BY period DESC LIMIT 0 + $2";

/// Months with charges, newest first: at most ten years.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn periods(connection: &mut Connection, account_id: &AccountId) -> Result<Vec<Period>> {
    let numbers: Vec<i64> =
        sqlx::query_scalar(PERIODS).bind(account_id.as_str()).bind(MAX_PERIODS).fetch_all(connection).await?;
    numbers
        .into_iter()
        .map(|number| Period::from_number(number).map_err(|_| StorageError::Corrupt { what: "period" }))
        .collect()
}

const COLUMNS: &[Column<(AccountId, Charge)>] = &[
    Column::key("account_id", |(account_id, _), to| to.add(account_id.as_str())),
    Column::key("period", |(_, charge), to| to.add(charge.period.number())),
    Column::key("service", |(_, charge), to| to.add(charge.service.as_str())),
    Column::replaced("opening", |(_, charge), to| to.add(charge.opening.kopecks())),
    Column::replaced("charged", |(_, charge), to| to.add(charge.charged.kopecks())),
    Column::replaced("recalculated", |(_, charge), to| to.add(charge.recalculated.kopecks())),
    Column::replaced("benefit", |(_, charge), to| to.add(charge.benefit.kopecks())),
    Column::replaced("adjusted", |(_, charge), to| to.add(charge.adjusted.kopecks())),
    Column::replaced("written_off", |(_, charge), to| to.add(charge.written_off.kopecks())),
    Column::replaced("paid", |(_, charge), to| to.add(charge.paid.kopecks())),
    Column::replaced("closing", |(_, charge), to| to.add(charge.closing.kopecks())),
    Column::replaced("volume", |(_, charge), to| to.add(charge.volume.map(Volume::raw))),
    Column::replaced("unit", |(_, charge), to| to.add(charge.unit.as_deref())),
    Column::replaced("tariff", |(_, charge), to| to.add(charge.tariff.map(Tariff::raw))),
    Column::replaced("method", |(_, charge), to| to.add(charge.method.map(Method::as_str))),
    Column::replaced("norm", |(_, charge), to| to.add(charge.norm.map(Volume::raw))),
    Column::replaced("recalculation_reason", |(_, charge), to| to.add(charge.recalculation_reason.as_deref())),
];

/// Upserts charges by account, month and service. Rows sorted by account are written several times faster than unsorted
/// ones, since neighbours share a database page.
///
/// # Errors
/// [`StorageError::Database`] when the database refuses or does not answer.
pub async fn upsert(connection: &mut Connection, engine: Engine, charges: &[(AccountId, Charge)]) -> Result<()> {
    Upsert::new("charges", COLUMNS).run(connection, engine, charges).await
}

/// A month whose opening balance differs from the closing balance of the month before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gap {
    /// The account's number.
    pub number: AccountNumber,
    /// The later month.
    pub period: Period,
    /// The service.
    pub service: String,
    /// The opening balance of the later month.
    pub opening: Money,
    /// The closing balance of the earlier month.
    pub previous_closing: Money,
}

/// Finds gaps between consecutive months of some accounts (at most [`ACCOUNTS_PER_QUERY`]) whose later month is from
/// `first` to `last`.
///
/// # Errors
/// [`StorageError::Database`] when the database refuses or does not answer; [`StorageError::Corrupt`] when a
/// stored month is invalid.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, account, id, on_both_engines, provider};
    use crate::storage::{accounts, providers};

    fn period(text: &str) -> Period {
        Period::parse(text).unwrap()
    }

    fn gas(month: &str, volume: Option<i64>, unit: Option<&str>) -> Charge {
        Charge {
            volume: volume.map(Volume::from_raw),
            unit: unit.map(str::to_owned),
            method: Some(Method::Average),
            ..Charge::unchanged(period(month), "Газ", Money::ZERO)
        }
    }

    on_both_engines! {
        async fn volumes_are_those_of_the_account_and_the_months(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            let town = provider("gas");
            providers::upsert(&mut tx, engine, std::slice::from_ref(&town)).await.unwrap();
            accounts::upsert(&mut tx, engine, &[account(&town, 1), account(&town, 2)], &[]).await.unwrap();
            let (own, other) = (AccountId::trusted(id(1)), AccountId::trusted(id(2)));
            let rows = [
                (own.clone(), gas("2025-10", Some(1_000), Some("м³"))),
                (own.clone(), gas("2025-11", Some(2_000), Some("м³"))),
                (own.clone(), gas("2026-10", Some(3_000), Some("м³"))),
                (own.clone(), gas("2026-11", Some(4_000), Some("м³"))),
                (own.clone(), gas("2026-08", None, Some("м³"))),
                (own.clone(), gas("2026-09", Some(5_000), None)),
                (other, gas("2026-10", Some(6_000), Some("м³"))),
            ];
            upsert(&mut tx, engine, &rows).await.unwrap();
            let found = volumes(&mut tx, &own, period("2025-11"), period("2026-10")).await.unwrap();
            let told: Vec<_> = found.iter().map(|row| (row.period.machine(), row.volume.raw())).collect();
            assert_eq!(told, [("2026-10".to_owned(), 3_000), ("2025-11".to_owned(), 2_000)]);
            assert_eq!((found[0].service.as_str(), found[0].unit.as_str()), ("Газ", "м³"));
            assert_eq!(found[0].method, Some(Method::Average));
        }
    }
}
