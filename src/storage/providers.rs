//! Providers.

use sqlx::{Arguments as _, FromRow};

use super::bulk::{Column, Upsert};
use super::{Connection, Engine, Result, StorageError};
use crate::domain::id::ProviderId;
use crate::domain::provider::Provider;
use crate::domain::text::fold;

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
    site: Option<String>,
}

impl TryFrom<ProviderRow> for Provider {
    type Error = StorageError;

    fn try_from(row: ProviderRow) -> Result<Self> {
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
            site: row.site,
        })
    }
}

/// A query for providers.
macro_rules! providers {
    ($rest:literal) => {
        concat!(
            "SELECT id AS provider_id, code, name, region, inn, kpp, bank_name, bik, settlement_account, \
             correspondent_account, account_length, support_email, support_phone, site FROM providers ",
            $rest
        )
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
    Column::replaced("site", |provider, to| to.add(provider.site.as_deref())),
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
    }
}
