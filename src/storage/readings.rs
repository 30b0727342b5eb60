//! Readings of meters.

use sqlx::{Arguments as _, FromRow};

use super::bulk::{Column, Upsert};
use super::{Connection, Engine, Result, StorageError};
use crate::domain::calendar::parse_date;
use crate::domain::decimal::Volume;
use crate::domain::id::{AccountId, MeterId};
use crate::domain::meter::{LastReading, Reading, ReadingSource};

/// Most readings of one meter on a page: ten years of weekly readings.
const MAX_READINGS: i64 = 520;

#[derive(FromRow)]
struct ReadingRow {
    date: String,
    value: i64,
    source: String,
}

impl TryFrom<ReadingRow> for Reading {
    type Error = StorageError;

    fn try_from(row: ReadingRow) -> Result<Self> {
        Ok(Self {
            date: parse_date(&row.date).map_err(|_| StorageError::Corrupt { what: "day of a reading" })?,
            value: Volume::from_raw(row.value),
            source: ReadingSource::parse(&row.source).ok_or(StorageError::Corrupt { what: "source of a reading" })?,
        })
    }
}

const OF_METER: &str = "SELECT date, value, source FROM (SELECT date, value, source FROM readings \
    WHERE meter_id = $1 ORDER BY date DESC LIMIT 0 + $2) AS newest ORDER BY date";

/// The newest readings of a meter, in ascending order.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn of_meter(connection: &mut Connection, meter_id: &MeterId) -> Result<Vec<Reading>> {
    let rows: Vec<ReadingRow> =
        sqlx::query_as(OF_METER).bind(meter_id.as_str()).bind(MAX_READINGS).fetch_all(connection).await?;
    rows.into_iter().map(Reading::try_from).collect()
}

/// Most meters of one account on the home screen: a house with gas, hot and cold water has three or four.
const MAX_METERS: i64 = 10;
const NEWEST: &str = "SELECT meters.id, meters.serial, meters.model, readings.date, readings.value, readings.source \
    FROM meters LEFT JOIN readings ON readings.meter_id = meters.id AND readings.date = \
    (SELECT MAX(others.date) FROM readings others WHERE others.meter_id = meters.id) \
    WHERE meters.account_id = $1 AND meters.removed_on IS NULL ORDER BY meters.serial, meters.id LIMIT 0 + $2";

#[derive(FromRow)]
struct NewestRow {
    id: String,
    serial: String,
    model: String,
    date: Option<String>,
    value: Option<i64>,
    source: Option<String>,
}

impl TryFrom<NewestRow> for LastReading {
    type Error = StorageError;

    fn try_from(row: NewestRow) -> Result<Self> {
        let reading = match (row.date, row.value, row.source) {
            (Some(date), Some(value), Some(source)) => Some(ReadingRow { date, value, source }.try_into()?),
            _ => None,
        };
        Ok(Self { meter_id: MeterId::trusted(row.id), serial: row.serial, model: row.model, reading })
    }
}

/// The installed meters of an account, each with its newest reading.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn newest(connection: &mut Connection, account_id: &AccountId) -> Result<Vec<LastReading>> {
    let rows: Vec<NewestRow> =
        sqlx::query_as(NEWEST).bind(account_id.as_str()).bind(MAX_METERS).fetch_all(connection).await?;
    rows.into_iter().map(LastReading::try_from).collect()
}

const COLUMNS: &[Column<(MeterId, Reading)>] = &[
    Column::key("meter_id", |(meter_id, _), to| to.add(meter_id.as_str())),
    Column::key("date", |(_, reading), to| to.add(reading.date.to_string())),
    Column::replaced("value", |(_, reading), to| to.add(reading.value.raw())),
    Column::replaced("source", |(_, reading), to| to.add(reading.source.as_str())),
];

/// Upserts readings by meter and day.
///
/// # Errors
/// [`StorageError::Database`] when the database refuses or does not answer.
pub async fn upsert(connection: &mut Connection, engine: Engine, readings: &[(MeterId, Reading)]) -> Result<()> {
    Upsert::new("readings", COLUMNS).run(connection, engine, readings).await
}
