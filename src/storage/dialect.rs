//! What differs between SQLite and PostgreSQL, all of it.

use std::path::Path;

use super::StorageError;

/// Which database this is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// The one for a supplier's real load.
    Postgres,
}

/// Settings of every SQLite connection: a second reader never waits, a commit survives a power cut,
/// a writer waits for another up to 30 s.
const SQLITE_SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA busy_timeout = 30000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;";
/// Settings of every PostgreSQL connection: no statement and no forgotten transaction lives for ever.
const POSTGRES_SETTINGS: &str =
    "SET statement_timeout = '300s'; SET idle_in_transaction_session_timeout = '300s'; SET TIME ZONE 'UTC';";

impl Engine {
    /// The engine that an address names.
    ///
    /// # Errors
    /// [`StorageError::UnknownScheme`] for anything else: a typing mistake must not become a default.
    pub fn of(url: &str) -> Result<Self, StorageError> {
        if url.starts_with("sqlite:") {
            Ok(Self::Sqlite)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Self::Postgres)
        } else {
            Err(StorageError::UnknownScheme)
        }
    }

    /// The address as the driver wants it; makes the folder of an SQLite file.
    pub(super) fn prepare_url(self, url: &str) -> Result<String, StorageError> {
        if self == Self::Postgres {
            return Ok(url.to_owned());
        }
        let path = Path::new(url.trim_start_matches("sqlite:").trim_start_matches("//"));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|error| StorageError::Folder(folder.to_owned(), error))?;
        Ok(if url.contains('?') { url.to_owned() } else { format!("{url}?mode=rwc") })
    }

    /// Run once on every new connection.
    pub(super) const fn settings(self) -> &'static str {
        match self {
            Self::Sqlite => SQLITE_SETTINGS,
            Self::Postgres => POSTGRES_SETTINGS,
        }
    }

    /// How a writing transaction begins: SQLite takes the write lock at once, so that two never deadlock.
    pub(super) const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }
}
