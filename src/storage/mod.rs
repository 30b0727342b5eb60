//! The only layer with SQL. SQLite and PostgreSQL share the SQL text; each `const` is next to its function;
//! row types are private and are converted to domain types by `From` or `TryFrom`.
//!
//! Functions take a connection, so that the use case decides the scope of a transaction.
//!
//! A bound limit is written `LIMIT 0 + $1`: SQLite reads a bare parameter there during planning, and would recompile
//! the statement on every bind (since 3.48; it cost a seventh of a page's work).

pub mod account_payments;
pub mod accounts;
pub mod announcements;
pub mod audit;
pub mod backup;
pub mod billing_payments;
pub mod bulk;
pub mod calendar_addresses;
pub mod charges;
pub mod contacts;
pub mod credentials;
pub mod demo_mailbox;
pub mod devices;
pub mod dialect;
pub mod feedback;
pub mod imports;
pub mod installation;
pub mod installation_secrets;
pub mod instalment_decisions;
pub mod instalment_plans;
pub mod limits;
pub mod links;
pub mod meters;
pub mod migrations;
pub mod notice_candidates;
pub mod notice_inbox;
pub mod notice_pace;
pub mod notice_plans;
pub mod notice_preferences;
pub mod notices;
pub mod operators;
pub mod outbox;
pub mod paperless_consents;
pub mod payments;
pub mod pin_requests;
pub mod private_file;
pub mod providers;
pub mod push_subscriptions;
pub mod reading_photos;
pub mod readings;
pub mod recoveries;
pub mod refused_addresses;
pub mod registrations;
pub mod sealed;
pub mod second_factors;
pub mod secrets;
pub mod sent_readings;
pub mod sessions;
#[cfg(test)]
mod statements;
pub mod test_bank;
#[cfg(test)]
pub mod testing;
pub mod trouble;
pub mod users;

use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Connection as _, Transaction};
use thiserror::Error;

pub use dialect::Engine;
use dialect::SQLITE_READER_SETTINGS;

/// A connection, or a transaction used as one.
pub type Connection = sqlx::AnyConnection;
/// A connection borrowed for reading.
pub type Reader = PoolConnection<Any>;
/// A transaction that may write.
pub type Tx = Transaction<'static, Any>;

/// PostgreSQL connections per process; the server allows 100 in total by default.
const POSTGRES_CONNECTIONS: u32 = 16;
/// SQLite readers per core, plus one in total: each has its own thread, and more threads only compete for the cores
/// (figures in docs/adr/0012).
const READERS_PER_CORE: usize = 2;
/// Limits memory on machines with many cores: each reader caches up to 16 MB of the file.
const MAX_SQLITE_READERS: usize = 16;
/// SQLite allows one writer at a time: a pool of one is a fair queue in front of its lock, and does not block readers.
const SQLITE_WRITERS: u32 = 1;
/// How long a request waits for a connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request waits for the SQLite writer: almost the whole request timeout, because an import in another
/// process keeps the lock while it loads a file.
const WRITER_TIMEOUT: Duration = Duration::from_secs(28);

/// Idle time after which a connection is pinged before use: it was checked on return to the pool, and a ping before
/// every use wastes a round trip. The price: requests within a second after a restart of PostgreSQL may fail; payments
/// are retried.
const TRIED_AFTER: Duration = Duration::from_secs(1);

/// An error of storage.
#[derive(Debug, Error)]
pub enum StorageError {
    /// The database address is neither SQLite nor PostgreSQL.
    #[error("the database address must begin with sqlite:// or postgres://")]
    UnknownScheme,
    /// The folder of the SQLite file cannot be created or written.
    #[error("cannot write the folder of the database {0}")]
    Folder(std::path::PathBuf, #[source] std::io::Error),
    /// The schema was migrated by a newer version of this program.
    #[error(
        "the database is newer than this program: it has step {0}, which this version does not know; update the program"
    )]
    NewerDatabase(i64),
    /// A migration failed.
    #[error("cannot bring the database up to date")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The row violates a unique key: another request inserted it first.
    #[error("such a row is there already")]
    Conflict,
    /// A stored value is invalid.
    #[error("the stored {what} makes no sense")]
    Corrupt {
        /// The name of the value.
        what: &'static str,
    },
    /// The database refused the statement or did not answer.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => Self::Conflict,
            _ => Self::Database(error),
        }
    }
}

/// The result of every function of this layer.
pub type Result<T> = std::result::Result<T, StorageError>;

/// The connection pools and the engine.
#[derive(Clone, Debug)]
pub struct Database {
    readers: AnyPool,
    /// The same pool as `readers` with PostgreSQL.
    writers: AnyPool,
    engine: Engine,
}

impl Database {
    /// Opens the database; creates the SQLite file and its folder if missing.
    ///
    /// # Errors
    /// [`StorageError`] when the scheme is unknown, the folder cannot be written or the database does not answer.
    pub async fn open(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let engine = Engine::of(url)?;
        let url = engine.prepare_url(url)?;
        let options: AnyConnectOptions = url.parse().map_err(StorageError::Database)?;
        try_out(&options, engine).await?;
        let (readers, writers) = match engine {
            Engine::Sqlite => (
                pool(&options, SQLITE_READER_SETTINGS, sqlite_readers(), ACQUIRE_TIMEOUT).await?,
                pool(&options, engine.settings(), SQLITE_WRITERS, WRITER_TIMEOUT).await?,
            ),
            Engine::Postgres => {
                let pool = pool(&options, engine.settings(), POSTGRES_CONNECTIONS, ACQUIRE_TIMEOUT).await?;
                (pool.clone(), pool)
            }
        };
        Ok(Self { readers, writers, engine })
    }

    /// The engine.
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// A connection for reading; SQLite rejects writes on it.
    ///
    /// # Errors
    /// [`StorageError::Database`] when no connection is free in time.
    pub async fn read(&self) -> Result<Reader> {
        Ok(self.readers.acquire().await?)
    }

    /// A transaction that may write; it is rolled back unless committed.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database is busy for too long.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(self.writers.begin_with(self.engine.begin()).await?)
    }

    /// Commits a transaction.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the commit fails.
    pub async fn commit(tx: Tx) -> Result<()> {
        Ok(tx.commit().await?)
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

fn sqlite_readers() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from((READERS_PER_CORE * cores + 1).min(MAX_SQLITE_READERS)).unwrap_or(1)
}

async fn pool(options: &AnyConnectOptions, settings: &'static str, most: u32, wait: Duration) -> Result<AnyPool> {
    AnyPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(wait)
        .test_before_acquire(false)
        .before_acquire(|connection, rested| {
            Box::pin(async move {
                if rested.idle_for > TRIED_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(move |connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(settings).execute(connection).await?;
                Ok(())
            })
        })
        .connect_with(options.clone())
        .await
        .map_err(StorageError::Database)
}

/// Opens one connection before the pool: the pool retries until its timeout and then reports only the timeout, not the
/// cause.
async fn try_out(options: &AnyConnectOptions, engine: Engine) -> Result<()> {
    let trial = async {
        let mut connection = Connection::connect_with(options).await?;
        sqlx::raw_sql(engine.settings()).execute(&mut connection).await?;
        connection.close().await
    };
    let outcome = tokio::time::timeout(ACQUIRE_TIMEOUT, trial).await;
    outcome.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(StorageError::Database)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reader_of_sqlite_refuses_to_write() {
        let test = testing::sqlite().await;
        let mut reader = test.database.read().await.unwrap();
        let refused = sqlx::raw_sql("DELETE FROM sessions").execute(&mut *reader).await.unwrap_err();
        assert!(refused.to_string().contains("readonly"), "{refused}");
    }

    #[tokio::test]
    async fn who_writes_to_sqlite_keeps_nobody_from_reading() {
        let test = testing::sqlite().await;
        let mut tx = test.database.begin().await.unwrap();
        sqlx::raw_sql("DELETE FROM sessions").execute(&mut *tx).await.unwrap();
        let mut reader = test.database.read().await.unwrap();
        sqlx::raw_sql("SELECT COUNT(*) FROM sessions").execute(&mut *reader).await.unwrap();
        assert_eq!(test.database.writers.num_idle(), 0, "the one that writes is taken");
        assert_eq!(test.database.writers.options().get_max_connections(), SQLITE_WRITERS);
    }
}
