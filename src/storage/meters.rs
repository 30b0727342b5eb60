//! Meters of accounts.

use sqlx::{Arguments as _, FromRow};

use super::accounts::optional_date;
use super::bulk::{Column, Upsert, day};
use super::{Connection, Engine, Result, StorageError};
use crate::domain::decimal::Volume;
use crate::domain::id::{AccountId, MeterId};
use crate::domain::meter::Meter;

/// Most meters of one account on a page.
const MAX_METERS: i64 = 40;

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

/// The meters of an account, including removed ones.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn of_account(connection: &mut Connection, account_id: &AccountId) -> Result<Vec<Meter>> {
    let rows: Vec<MeterRow> =
        sqlx::query_as(METERS).bind(account_id.as_str()).bind(MAX_METERS).fetch_all(connection).await?;
    rows.into_iter().map(Meter::try_from).collect()
}

const COLUMNS: &[Column<Meter>] = &[
    Column::kept("id", |meter, to| to.add(meter.id.as_str())),
    Column::key("account_id", |meter, to| to.add(meter.account_id.as_str())),
    Column::key("serial", |meter, to| to.add(meter.serial.as_str())),
    Column::replaced("model", |meter, to| to.add(meter.model.as_str())),
    Column::replaced("digits", |meter, to| to.add(meter.digits.map(i64::from))),
    Column::replaced("decimals", |meter, to| to.add(meter.decimals.map(i64::from))),
    Column::replaced("coefficient", |meter, to| to.add(meter.coefficient.map(Volume::raw))),
    Column::replaced("installed_on", |meter, to| to.add(day(meter.installed_on))),
    Column::replaced("verified_until", |meter, to| to.add(day(meter.verified_until))),
    Column::replaced("sealed_on", |meter, to| to.add(day(meter.sealed_on))),
    Column::replaced("location", |meter, to| to.add(meter.location.as_deref())),
    Column::replaced("removed_on", |meter, to| to.add(day(meter.removed_on))),
];

/// Upserts meters by account and serial; a stored meter keeps its id. Of its other columns only those listed in
/// `updated` change.
///
/// # Errors
/// [`StorageError::Database`] when the database refuses or does not answer.
pub async fn upsert(connection: &mut Connection, engine: Engine, meters: &[Meter], updated: &[&str]) -> Result<()> {
    Upsert::new("meters", COLUMNS).replacing_only(updated).run(connection, engine, meters).await
}
