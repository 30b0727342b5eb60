//! Meters and readings of an account.

use sqlx::FromRow;

use super::accounts::optional_date;
use super::{Connection, Result, StorageError};
use crate::domain::calendar::parse_date;
use crate::domain::decimal::Volume;
use crate::domain::id::{AccountId, MeterId};
use crate::domain::meter::{Meter, Reading, ReadingSource};

/// Most meters of one account that a page shows.
const METERS_MOST: i64 = 40;
/// Most readings of one meter that a page shows: ten years of weeks.
const READINGS_MOST: i64 = 520;

#[derive(FromRow)]
struct MeterRow {
    id: String,
    account_id: String,
    serial: String,
    model: String,
    digits: Option<i64>,
    decimals: Option<i64>,
    coefficient: Option<i64>,
    installed_on: Option<String>,
    verified_until: Option<String>,
    sealed_on: Option<String>,
    location: Option<String>,
    removed_on: Option<String>,
}

impl TryFrom<MeterRow> for Meter {
    type Error = StorageError;

    fn try_from(row: MeterRow) -> Result<Self> {
        Ok(Self {
            id: MeterId::trusted(row.id),
            account_id: AccountId::trusted(row.account_id),
            serial: row.serial,
            model: row.model,
            digits: row.digits.and_then(|n| u8::try_from(n).ok()),
            decimals: row.decimals.and_then(|n| u8::try_from(n).ok()),
            coefficient: row.coefficient.map(Volume::from_raw),
            installed_on: optional_date(row.installed_on)?,
            verified_until: optional_date(row.verified_until)?,
            sealed_on: optional_date(row.sealed_on)?,
            location: row.location,
            removed_on: optional_date(row.removed_on)?,
        })
    }
}

const METERS: &str = "SELECT id, account_id, serial, model, digits, decimals, coefficient, installed_on, \
    verified_until, sealed_on, location, removed_on FROM meters WHERE account_id = $1 ORDER BY serial LIMIT 0 + $2";

/// The meters of an account, removed ones too.
///
/// # Errors
/// [`StorageError`].
pub async fn of_account(connection: &mut Connection, account_id: &AccountId) -> Result<Vec<Meter>> {
    let rows: Vec<MeterRow> =
        sqlx::query_as(METERS).bind(account_id.as_str()).bind(METERS_MOST).fetch_all(connection).await?;
    rows.into_iter().map(Meter::try_from).collect()
}

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

const READINGS: &str = "SELECT date, value, source FROM (SELECT date, value, source FROM readings \
    WHERE meter_id = $1 ORDER BY date DESC LIMIT 0 + $2) AS newest ORDER BY date";

/// The newest readings of a meter, oldest of them first.
///
/// # Errors
/// [`StorageError`].
pub async fn readings(connection: &mut Connection, meter_id: &MeterId) -> Result<Vec<Reading>> {
    let rows: Vec<ReadingRow> =
        sqlx::query_as(READINGS).bind(meter_id.as_str()).bind(READINGS_MOST).fetch_all(connection).await?;
    rows.into_iter().map(Reading::try_from).collect()
}
