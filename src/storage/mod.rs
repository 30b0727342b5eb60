//! The only room that knows SQL. One text of SQL for SQLite and PostgreSQL; each `const` stands beside the function
//! that runs it; rows are private and become domain types by `From` or `TryFrom`.
//!
//! Functions take a connection, so that a use case decides what one transaction holds.
//!
//! A bound limit is written `LIMIT 0 + $1`: SQLite looks at a bare parameter there while it plans, and so would compile
//! the statement again each time it is bound (since 3.48; a seventh of a page's work went there).

pub mod account_payments;
pub mod accounts;
pub mod audit;
pub mod backup;
pub mod billing_payments;
pub mod bulk;
pub mod charges;
pub mod demo_mailbox;
pub mod devices;
pub mod dialect;
pub mod feedback;
pub mod imports;
pub mod installation;
pub mod limits;
pub mod links;
pub mod meters;
pub mod migrations;
pub mod operators;
pub mod outbox;
pub mod payments;
pub mod pin_requests;
pub mod private_file;
pub mod providers;
pub mod readings;
pub mod recoveries;
pub mod registrations;
pub mod sealed;
pub mod second_factors;
pub mod secrets;
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

/// A connection, or a transaction in its place.
pub type Connection = sqlx::AnyConnection;
/// A connection borrowed for reading.
pub type Reader = PoolConnection<Any>;
/// A transaction that may write.
pub type Tx = Transaction<'static, Any>;

/// Connections of one process to PostgreSQL, which allows 100 by default for all.
const POSTGRES_CONNECTIONS: u32 = 16;
/// Readers of SQLite for each core, and one more: each has a thread of its own, and more of them only take the cores from
/// each other (docs/adr/0012 has the figures).
const READERS_PER_CORE: usize = 2;
/// Each reader keeps up to 16 MB of the file in memory, however many cores there are.
const MAX_SQLITE_READERS: usize = 16;
/// SQLite writes one transaction at a time. Who waits in our queue gets there in turn and keeps no reader from reading.
const SQLITE_WRITERS: u32 = 1;
/// How long a request waits for a connection before it is told to come again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request waits for the one that writes to SQLite: nearly as long as it may take for its whole answer, for an
/// import in a process of its own holds the lock while it loads a file.
const WRITER_TIMEOUT: Duration = Duration::from_secs(28);

/// How long a connection rests before it is tried out again: it was when it came back, and one more question before each
/// use is a way to the database and back for nothing. The price: requests of the second after a restart of PostgreSQL
/// may fail; what concerns money is asked for again.
const TRIED_AFTER: Duration = Duration::from_secs(1);

/// What storage can answer instead of data.
#[derive(Debug, Error)]
pub enum StorageError {
    /// The database address is neither SQLite nor PostgreSQL.
    #[error("the database address must begin with sqlite:// or postgres://")]
    UnknownScheme,
    /// The folder of the SQLite file cannot be made or written.
    #[error("cannot write the folder of the database {0}")]
    Folder(std::path::PathBuf, #[source] std::io::Error),
    /// The database was made by a newer version of this program.
    #[error(
        "the database is newer than this program: it has step {0}, which this version does not know; update the program"
    )]
    NewerDatabase(i64),
    /// A step of the migration failed.
    #[error("cannot bring the database up to date")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// A unique key refused the row: someone was first.
    #[error("such a row is there already")]
    Conflict,
    /// A stored value that no rule allows.
    #[error("the stored {what} makes no sense")]
    Corrupt {
        /// Which value.
        what: &'static str,
    },
    /// The database refused or did not answer.
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

/// The result of every function of this room.
pub type Result<T> = std::result::Result<T, StorageError>;

/// The database and what it speaks.
#[derive(Clone, Debug)]
pub struct Database {
    readers: AnyPool,
    /// With PostgreSQL the same pool.
    writers: AnyPool,
    engine: Engine,
}

impl Database {
    /// Opens the database; makes the file of SQLite and its folder where they are missing.
    ///
    /// # Errors
    /// [`StorageError`] tells an unknown scheme, a folder that cannot be written and a database that does not answer.
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

    /// Which engine it is.
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// A connection for reading; one of SQLite refuses to write.
    ///
    /// # Errors
    /// [`StorageError::Database`] when none is free in time.
    pub async fn read(&self) -> Result<Reader> {
        Ok(self.readers.acquire().await?)
    }

    /// A transaction that may write; nothing stays unless it is committed.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database is busy for too long.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(self.writers.begin_with(self.engine.begin()).await?)
    }

    /// Keeps what a transaction did.
    ///
    /// # Errors
    /// [`StorageError::Database`] when nothing was kept.
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

/// One connection before the pool: the pool tries again until its time is over, and then only says that it is over.
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
