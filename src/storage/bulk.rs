//! Bulk upserts by natural key, many rows per statement, for millions of rows; and a packed in-memory map of the ids
//! that rows refer to. Each table's module lists its columns.
//!
//! This module neither begins nor commits transactions: the use case opens one per file.

use futures::TryStreamExt as _;
use jiff::civil::Date;
use sqlx::any::AnyArguments;
use sqlx::error::BoxDynError;
use sqlx::{Arguments as _, AssertSqlSafe, Row as _};

use super::{Connection, Engine, Result, StorageError};
use crate::domain::account::AccountNumber;
use crate::domain::id::{AccountId, ID_LENGTH, MeterId, ProviderId};

/// Rows per statement: enough to make the round trip negligible, within the limit of parameters (65 535 in PostgreSQL,
/// 32 766 in SQLite).
const ROWS_PER_STATEMENT: usize = 64;
/// Longest account number in the exchange format.
const NUMBER_LENGTH: usize = 20;

/// Binds one column's value of a row.
type Bind<T> = fn(&T, &mut AnyArguments) -> std::result::Result<(), BoxDynError>;

/// The conflict action of an upsert for one column of a stored row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum OnConflict {
    /// Part of the natural key: the two rows have the same value.
    Key,
    /// The stored value stays.
    Keep,
    /// The new value replaces the stored one.
    Replace,
    /// The new value replaces the stored one unless it is NULL.
    ReplaceIfGiven,
}

/// A column of a bulk-written table. The order of a table's columns is the order of the names and of the bound values.
pub(super) struct Column<T> {
    name: &'static str,
    on_conflict: OnConflict,
    bind: Bind<T>,
}

impl<T> Column<T> {
    /// Part of the natural key, which identifies a stored row.
    pub const fn key(name: &'static str, bind: Bind<T>) -> Self {
        Self { name, on_conflict: OnConflict::Key, bind }
    }

    /// Written on insert only.
    pub const fn kept(name: &'static str, bind: Bind<T>) -> Self {
        Self { name, on_conflict: OnConflict::Keep, bind }
    }

    /// Replaced on conflict.
    pub const fn replaced(name: &'static str, bind: Bind<T>) -> Self {
        Self { name, on_conflict: OnConflict::Replace, bind }
    }

    /// Replaced on conflict unless the new value is NULL.
    pub const fn replaced_if_given(name: &'static str, bind: Bind<T>) -> Self {
        Self { name, on_conflict: OnConflict::ReplaceIfGiven, bind }
    }
}

/// A multi-row `INSERT … ON CONFLICT`. Its text is the same for every full statement, so the engine prepares it once.
pub(super) struct Upsert<'a, T: 'static> {
    table: &'static str,
    columns: &'static [Column<T>],
    only: Option<&'a [&'a str]>,
}

impl<'a, T> Upsert<'a, T> {
    /// An upsert into a table.
    pub const fn new(table: &'static str, columns: &'static [Column<T>]) -> Self {
        Self { table, columns, only: None }
    }

    /// Limits the columns that are replaced on conflict to these.
    pub const fn replacing_only(self, only: &'a [&'a str]) -> Self {
        Self { only: Some(only), ..self }
    }

    /// Writes the rows, [`ROWS_PER_STATEMENT`] per statement.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database refuses or does not answer.
    pub async fn run(&self, connection: &mut Connection, engine: Engine, rows: &[T]) -> Result<()> {
        let full = self.sql(engine, ROWS_PER_STATEMENT);
        for some in rows.chunks(ROWS_PER_STATEMENT) {
            let mut arguments = AnyArguments::default();
            arguments.reserve(some.len() * self.columns.len(), 0);
            for row in some {
                for column in self.columns {
                    (column.bind)(row, &mut arguments).map_err(sqlx::Error::Encode)?;
                }
            }
            let is_full = some.len() == ROWS_PER_STATEMENT;
            let sql = if is_full { full.clone() } else { self.sql(engine, some.len()) };
            let query = sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(is_full);
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }

    fn sql(&self, engine: Engine, rows: usize) -> String {
        let width = self.columns.len();
        let mut sql = format!("INSERT INTO {} ({}) VALUES ", self.table, self.names(|_| true));
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            push_placeholders(&mut sql, engine, row * width, width);
            sql.push(')');
        }
        let key = self.names(|column| column.on_conflict == OnConflict::Key);
        let replaced: Vec<String> = self.columns.iter().filter_map(|column| self.assignment(column)).collect();
        let action = if replaced.is_empty() { "NOTHING" } else { "UPDATE SET " };
        sql + &format!(" ON CONFLICT ({key}) DO {action}{}", replaced.join(", "))
    }

    fn names(&self, chosen: impl Fn(&Column<T>) -> bool) -> String {
        let columns = self.columns.iter().filter(|column| chosen(column));
        columns.map(|column| column.name).collect::<Vec<_>>().join(", ")
    }

    /// The `SET` assignment of a column; `None` when the stored value is kept.
    fn assignment(&self, column: &Column<T>) -> Option<String> {
        let (name, table) = (column.name, self.table);
        match column.on_conflict {
            OnConflict::Replace if self.only.is_none_or(|only| only.contains(&name)) => {
                Some(format!("{name} = excluded.{name}"))
            }
            OnConflict::ReplaceIfGiven => Some(format!("{name} = COALESCE(excluded.{name}, {table}.{name})")),
            _ => None,
        }
    }
}

/// `$5, $6, $7`, or `?, ?, ?`: SQLite looks up a numbered parameter by a linear scan, which for a thousand parameters
/// costs more than the rows.
pub(super) fn push_placeholders(sql: &mut String, engine: Engine, before: usize, count: usize) {
    for index in 0..count {
        if index > 0 {
            sql.push_str(", ");
        }
        match engine {
            Engine::Sqlite => sql.push('?'),
            Engine::Postgres => {
                sql.push('$');
                sql.push_str(&(before + index + 1).to_string());
            }
        }
    }
}

/// A date in its stored form.
pub(super) fn day(date: Option<Date>) -> Option<String> {
    date.map(|date| date.to_string())
}

/// The ids of one provider's accounts by their numbers, packed: half a million stays under 25 MB.
#[derive(Debug, Default)]
pub struct AccountIds(Vec<([u8; NUMBER_LENGTH], [u8; ID_LENGTH])>);

const ACCOUNT_IDS: &str = "SELECT number, id FROM accounts WHERE provider_id = $1";

impl AccountIds {
    /// Loads all ids of a provider.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database refuses or does not answer; [`StorageError::Corrupt`] for a
    /// number or an id of a wrong length.
    pub async fn load(connection: &mut Connection, provider: &ProviderId) -> Result<Self> {
        let mut rows = sqlx::query(ACCOUNT_IDS).bind(provider.as_str()).fetch(connection);
        let mut entries = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let number = pack_number(row.try_get(0)?).ok_or(StorageError::Corrupt { what: "account number" })?;
            entries.push((number, pack_id(row.try_get(1)?)?));
        }
        entries.sort_unstable();
        Ok(Self(entries))
    }

    /// The number of ids.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the map is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The index of an account in the map; smaller to keep than its id.
    pub fn place(&self, number: &AccountNumber) -> Option<usize> {
        let key = pack_number(number.as_str())?;
        self.0.binary_search_by(|(number, _)| number.cmp(&key)).ok()
    }

    /// The id at an index.
    pub fn id(&self, place: usize) -> Option<AccountId> {
        self.0.get(place).map(|(_, id)| AccountId::trusted(unpack(id)))
    }

    /// The id of an account.
    pub fn find(&self, number: &AccountNumber) -> Option<AccountId> {
        self.place(number).and_then(|place| self.id(place))
    }
}

/// The ids of one provider's meters by account number and serial, also packed.
#[derive(Debug, Default)]
pub struct MeterIds(Vec<([u8; DIGEST_LENGTH], [u8; ID_LENGTH])>);

/// Bytes of a digest of account number and serial: collisions of 128 bits are negligible.
const DIGEST_LENGTH: usize = 16;

const METER_IDS: &str = "SELECT accounts.number, meters.serial, meters.id FROM accounts \
     JOIN meters ON meters.account_id = accounts.id WHERE accounts.provider_id = $1";

impl MeterIds {
    /// Loads all ids of a provider.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database refuses or does not answer; [`StorageError::Corrupt`] for an
    /// id of a wrong length.
    pub async fn load(connection: &mut Connection, provider: &ProviderId) -> Result<Self> {
        let mut rows = sqlx::query(METER_IDS).bind(provider.as_str()).fetch(connection);
        let mut entries = Vec::new();
        while let Some(row) = rows.try_next().await? {
            entries.push((digest(row.try_get(0)?, row.try_get(1)?), pack_id(row.try_get(2)?)?));
        }
        entries.sort_unstable();
        Ok(Self(entries))
    }

    /// The id of a meter.
    pub fn find(&self, number: &AccountNumber, serial: &str) -> Option<MeterId> {
        let key = digest(number.as_str(), serial);
        let place = self.0.binary_search_by(|(digest, _)| digest.cmp(&key)).ok()?;
        self.0.get(place).map(|(_, id)| MeterId::trusted(unpack(id)))
    }
}

fn pack_number(number: &str) -> Option<[u8; NUMBER_LENGTH]> {
    let mut packed = [0; NUMBER_LENGTH];
    packed.get_mut(..number.len())?.copy_from_slice(number.as_bytes());
    Some(packed)
}

fn pack_id(id: &str) -> Result<[u8; ID_LENGTH]> {
    id.as_bytes().try_into().map_err(|_| StorageError::Corrupt { what: "id" })
}

fn unpack(id: &[u8; ID_LENGTH]) -> String {
    String::from_utf8_lossy(id).into_owned()
}

fn digest(number: &str, serial: &str) -> [u8; DIGEST_LENGTH] {
    use sha2::{Digest as _, Sha256};
    let whole = Sha256::new().chain_update(number).chain_update([0]).chain_update(serial).finalize();
    let mut digest = [0; DIGEST_LENGTH];
    digest.copy_from_slice(&whole[..DIGEST_LENGTH]);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, account, id, on_both_engines, provider};
    use crate::storage::{accounts, providers};

    const READINGS: &[Column<i64>] = &[
        Column::kept("id", |row, to| to.add(*row)),
        Column::key("meter_id", |row, to| to.add(*row)),
        Column::key("date", |row, to| to.add(*row)),
        Column::replaced("value", |row, to| to.add(*row)),
        Column::replaced("source", |row, to| to.add(*row)),
    ];
    const SEALED: &[Column<i64>] = &[
        Column::key("number", |row, to| to.add(*row)),
        Column::replaced("address", |row, to| to.add(*row)),
        Column::replaced_if_given("pin", |row, to| to.add(*row)),
    ];

    #[test]
    fn one_statement_holds_many_rows_in_the_way_of_its_engine() {
        let upsert = Upsert::new("readings", READINGS);
        assert_eq!(
            upsert.sql(Engine::Postgres, 2),
            "INSERT INTO readings (id, meter_id, date, value, source) VALUES ($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10) \
             ON CONFLICT (meter_id, date) DO UPDATE SET value = excluded.value, source = excluded.source"
        );
        assert_eq!(
            upsert.replacing_only(&[]).sql(Engine::Sqlite, 2),
            "INSERT INTO readings (id, meter_id, date, value, source) VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?) \
             ON CONFLICT (meter_id, date) DO NOTHING"
        );
    }

    #[test]
    fn a_value_that_is_not_given_leaves_the_stored_one_whichever_columns_are_named() {
        assert_eq!(
            Upsert::new("t", SEALED).replacing_only(&["number"]).sql(Engine::Sqlite, 1),
            "INSERT INTO t (number, address, pin) VALUES (?, ?, ?) \
             ON CONFLICT (number) DO UPDATE SET pin = COALESCE(excluded.pin, t.pin)"
        );
    }

    #[test]
    fn numbers_of_different_lengths_are_packed_apart() {
        assert_ne!(pack_number("0012"), pack_number("12"));
        assert_ne!(pack_number("12"), pack_number("120"));
        assert_eq!(pack_number(&"1".repeat(21)), None);
        assert_ne!(digest("1", "23"), digest("12", "3"));
    }

    on_both_engines! {
        async fn more_rows_than_one_statement_holds_are_all_found_again(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            let (gas, water) = (provider("gas"), provider("water"));
            providers::upsert(&mut tx, engine, &[gas.clone(), water.clone()]).await.unwrap();
            let rows: Vec<_> = (0..150).map(|number| account(&gas, number)).collect();
            accounts::upsert(&mut tx, engine, &rows, &["address"]).await.unwrap();
            accounts::upsert(&mut tx, engine, &[account(&water, 200)], &[]).await.unwrap();
            let ids = AccountIds::load(&mut tx, &gas.id).await.unwrap();
            assert_eq!(ids.len(), 150);
            let number = AccountNumber::trusted("00000149".into());
            assert_eq!(ids.find(&number), Some(AccountId::trusted(id(149))));
            assert_eq!(ids.find(&AccountNumber::trusted("00000200".into())), None);
        }

        async fn an_account_that_is_there_keeps_its_id(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            let gas = provider("gas");
            providers::upsert(&mut tx, engine, std::slice::from_ref(&gas)).await.unwrap();
            accounts::upsert(&mut tx, engine, &[account(&gas, 1)], &[]).await.unwrap();
            let mut again = account(&gas, 1);
            again.account.id = AccountId::trusted(id(99));
            accounts::upsert(&mut tx, engine, &[again], &["address"]).await.unwrap();
            let ids = AccountIds::load(&mut tx, &gas.id).await.unwrap();
            assert_eq!((ids.len(), ids.id(0)), (1, Some(AccountId::trusted(id(1)))));
        }
    }
}
