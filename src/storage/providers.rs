//! Providers.

use sqlx::{Arguments as _, FromRow};

use super::bulk::{Column, Upsert};
use super::{Connection, Engine, Result, StorageError};
use crate::domain::decimal::Volume;
use crate::domain::id::ProviderId;
use crate::domain::operator::Scope;
use crate::domain::provider::Provider;
use crate::domain::reading_rules::{ExpiredVerification, ReadingRules, Window};
use crate::domain::text::fold;

/// Most providers of one portal, far more than any has.
const MAX_PROVIDERS: i64 = 1_000;

/// Most results of one search: two screens of a phone.
pub const MAX_SEARCH: i64 = 20;

/// The columns of a provider, also used in joins with an account: hence the alias of the first.
#[derive(FromRow)]
pub(super) struct ProviderRow {
    provider_id: String,
    code: String,
    name: String,
    region: Option<String>,
    inn: Option<String>,
    kpp: Option<String>,
    bank_name: Option<String>,
    bik: Option<String>,
    settlement_account: Option<String>,
    correspondent_account: Option<String>,
    account_length: i64,
    support_email: Option<String>,
    support_phone: Option<String>,
    support_hours: Option<String>,
    site: Option<String>,
    readings_window: Option<String>,
    readings_ceiling: Option<i64>,
    readings_expired: Option<String>,
    readings_digits: Option<i64>,
    readings_open: Option<i64>,
}

impl TryFrom<ProviderRow> for Provider {
    type Error = StorageError;

    fn try_from(row: ProviderRow) -> Result<Self> {
        let readings = rules(&row)?;
        Ok(Self {
            id: ProviderId::trusted(row.provider_id),
            code: row.code,
            name: row.name,
            region: row.region,
            inn: row.inn,
            kpp: row.kpp,
            bank_name: row.bank_name,
            bik: row.bik,
            settlement_account: row.settlement_account,
            correspondent_account: row.correspondent_account,
            account_length: u8::try_from(row.account_length)
                .map_err(|_| StorageError::Corrupt { what: "length of account numbers" })?,
            support_email: row.support_email,
            support_phone: row.support_phone,
            support_hours: row.support_hours,
            site: row.site,
            readings,
        })
    }
}

/// The rules for readings; a column that the provider never filled has the usual value.
fn rules(row: &ProviderRow) -> Result<Option<ReadingRules>> {
    let Some(window) = &row.readings_window else { return Ok(None) };
    let window = Window::parse(window).map_err(|_| StorageError::Corrupt { what: "window of readings" })?;
    let usual = ReadingRules::new(window);
    Ok(Some(ReadingRules {
        window,
        ceiling: row.readings_ceiling.map_or(usual.ceiling, Volume::from_raw),
        expired: row.readings_expired.as_deref().and_then(ExpiredVerification::parse).unwrap_or_default(),
        digits: row.readings_digits.and_then(|digits| u8::try_from(digits).ok()).unwrap_or(usual.digits),
        open: row.readings_open == Some(1),
    }))
}

/// The columns of a provider after its identifier, also for joins with an account.
macro_rules! provider_columns {
    () => {
        "code, name, region, inn, kpp, bank_name, bik, settlement_account, correspondent_account, account_length, \
         support_email, support_phone, support_hours, site, readings_window, readings_ceiling, readings_expired, \
         readings_digits, readings_open"
    };
}
pub(super) use provider_columns;

/// A query for providers.
macro_rules! providers {
    ($rest:literal) => {
        concat!("SELECT id AS provider_id, ", provider_columns!(), " FROM providers ", $rest)
    };
}

const SEARCH: &str = providers!("WHERE folded LIKE $1 ESCAPE '!' ORDER BY name LIMIT 0 + $2");

/// Providers whose name and region contain the query's words in order, ignoring case, `ё` as `е`; an empty query
/// matches all.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn search(connection: &mut Connection, query: &str) -> Result<Vec<Provider>> {
    let escaped = fold(query).replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let pattern = format!("%{}%", escaped.replace(' ', "%"));
    let rows: Vec<ProviderRow> = sqlx::query_as(SEARCH).bind(pattern).bind(MAX_SEARCH).fetch_all(connection).await?;
    rows.into_iter().map(Provider::try_from).collect()
}

const BY_CODE: &str = providers!("WHERE code = $1");

/// The provider with billing's code.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn by_code(connection: &mut Connection, code: &str) -> Result<Option<Provider>> {
    let row: Option<ProviderRow> = sqlx::query_as(BY_CODE).bind(code).fetch_optional(connection).await?;
    row.map(Provider::try_from).transpose()
}

const BY_ID: &str = providers!("WHERE id = $1");

/// The provider with an identifier.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn by_id(connection: &mut Connection, id: &ProviderId) -> Result<Option<Provider>> {
    let row: Option<ProviderRow> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(connection).await?;
    row.map(Provider::try_from).transpose()
}

const OPEN_FOR_READINGS: &str =
    providers!("WHERE readings_window IS NOT NULL AND readings_open = 1 ORDER BY name LIMIT 0 + $1");

/// The providers that accept readings without signing in.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn open_for_readings(connection: &mut Connection) -> Result<Vec<Provider>> {
    let rows: Vec<ProviderRow> = sqlx::query_as(OPEN_FOR_READINGS).bind(MAX_SEARCH).fetch_all(connection).await?;
    rows.into_iter().map(Provider::try_from).collect()
}

#[derive(FromRow)]
struct WindowRow {
    id: String,
    readings_window: Option<String>,
}

const WINDOWS: &str = "SELECT id, readings_window FROM providers ORDER BY id LIMIT 0 + $1";

/// Each provider with its window of readings, if it takes any.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn windows(connection: &mut Connection) -> Result<Vec<(ProviderId, Option<Window>)>> {
    let rows: Vec<WindowRow> = sqlx::query_as(WINDOWS).bind(MAX_PROVIDERS).fetch_all(connection).await?;
    rows.into_iter()
        .map(|row| {
            let window = row.readings_window.as_deref().map(Window::parse).transpose();
            Ok((ProviderId::trusted(row.id), window.map_err(|_| StorageError::Corrupt { what: "window of readings" })?))
        })
        .collect()
}

const COUNT: &str = "SELECT COUNT(*) FROM providers";

/// The number of providers: 0 before the first import.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn count(connection: &mut Connection) -> Result<i64> {
    Ok(sqlx::query_scalar(COUNT).fetch_one(connection).await?)
}

/// Most providers in the list of names: enough for one region.
const MAX_NAMES: i64 = 200;
const NAMES: &str = "SELECT name, code FROM providers ORDER BY code LIMIT 0 + $1";

/// The names and codes of providers in one flat list.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn names_and_codes(connection: &mut Connection) -> Result<Vec<String>> {
    let rows: Vec<(String, String)> = sqlx::query_as(NAMES).bind(MAX_NAMES).fetch_all(connection).await?;
    Ok(rows.into_iter().flat_map(|(name, code)| [name, code]).collect())
}

const IN_SCOPE: &str = "SELECT p.code, p.name FROM providers p WHERE EXISTS (SELECT 1 FROM operators w \
    WHERE w.id = $1 AND w.disabled_at IS NULL AND (w.all_providers = 1 OR EXISTS (SELECT 1 FROM operator_providers o \
    WHERE o.operator_id = w.id AND o.provider_id = p.id))) ORDER BY p.name LIMIT 0 + $2";

/// The codes and names of the operator's providers, by name.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn in_scope(connection: &mut Connection, scope: &Scope) -> Result<Vec<(String, String)>> {
    let bound = sqlx::query_as(IN_SCOPE).bind(scope.operator_id.as_str()).bind(MAX_NAMES);
    Ok(bound.fetch_all(connection).await?)
}

const COLUMNS: &[Column<Provider>] = &[
    Column::kept("id", |provider, to| to.add(provider.id.as_str())),
    Column::key("code", |provider, to| to.add(provider.code.as_str())),
    Column::replaced("name", |provider, to| to.add(provider.name.as_str())),
    Column::replaced("region", |provider, to| to.add(provider.region.as_deref())),
    Column::replaced("folded", |provider, to| to.add(folded(provider))),
    Column::replaced("inn", |provider, to| to.add(provider.inn.as_deref())),
    Column::replaced("kpp", |provider, to| to.add(provider.kpp.as_deref())),
    Column::replaced("bank_name", |provider, to| to.add(provider.bank_name.as_deref())),
    Column::replaced("bik", |provider, to| to.add(provider.bik.as_deref())),
    Column::replaced("settlement_account", |provider, to| to.add(provider.settlement_account.as_deref())),
    Column::replaced("correspondent_account", |provider, to| to.add(provider.correspondent_account.as_deref())),
    Column::replaced("account_length", |provider, to| to.add(i64::from(provider.account_length))),
    Column::replaced("support_email", |provider, to| to.add(provider.support_email.as_deref())),
    Column::replaced("support_phone", |provider, to| to.add(provider.support_phone.as_deref())),
    Column::replaced("support_hours", |provider, to| to.add(provider.support_hours.as_deref())),
    Column::replaced("site", |provider, to| to.add(provider.site.as_deref())),
    Column::replaced("readings_window", |provider, to| to.add(provider.readings.map(|rules| rules.window.to_string()))),
    Column::replaced("readings_ceiling", |provider, to| to.add(provider.readings.map(|rules| rules.ceiling.raw()))),
    Column::replaced("readings_expired", |provider, to| to.add(provider.readings.map(|rules| rules.expired.as_str()))),
    Column::replaced("readings_digits", |provider, to| to.add(provider.readings.map(|rules| i64::from(rules.digits)))),
    Column::replaced("readings_open", |provider, to| to.add(provider.readings.map(|rules| i64::from(rules.open)))),
];

/// The folded text for search.
fn folded(provider: &Provider) -> String {
    fold(&format!("{} {}", provider.name, provider.region.as_deref().unwrap_or_default()))
}

/// Upserts providers by code with all their values; a stored provider keeps its id.
///
/// # Errors
/// [`StorageError::Database`] when the database refuses or does not answer.
pub async fn upsert(connection: &mut Connection, engine: Engine, providers: &[Provider]) -> Result<()> {
    Upsert::new("providers", COLUMNS).run(connection, engine, providers).await
}

const LOCK: &str = "UPDATE providers SET code = code WHERE id = $1";

/// Locks a provider until the transaction ends, so that another import for it waits.
///
/// # Errors
/// [`StorageError::Database`] when the lock is not free in time.
pub async fn lock(connection: &mut Connection, id: &ProviderId) -> Result<()> {
    sqlx::query(LOCK).bind(id.as_str()).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, on_both_engines, provider};

    on_both_engines! {
        async fn a_provider_is_found_by_its_folded_name(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            upsert(&mut tx, test.database.engine(), &[provider("gas")]).await.unwrap();
            assert_eq!(search(&mut tx, "ЕЛКИН").await.unwrap(), [provider("gas")]);
        }

        async fn the_rules_for_readings_are_read_back_as_they_were_stored(test: TestDatabase) {
            let rules = ReadingRules {
                window: Window::Days { from: 25, to: 5 },
                ceiling: Volume::from_raw(500_000),
                expired: ExpiredVerification::Refuse,
                digits: 6,
                open: true,
            };
            let stored = Provider { readings: Some(rules), ..provider("gas") };
            let mut tx = test.database.begin().await.unwrap();
            upsert(&mut tx, test.database.engine(), &[stored]).await.unwrap();
            assert_eq!(by_code(&mut tx, "gas").await.unwrap().unwrap().readings, Some(rules));
        }
    }
}
