//! What differs between SQLite and PostgreSQL, all of it.

use std::path::{Path, PathBuf};

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
macro_rules! sqlite_settings {
    () => {
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
         PRAGMA busy_timeout = 30000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;"
    };
}
/// Of the one that writes.
const SQLITE_SETTINGS: &str = sqlite_settings!();
/// Of those that only read: they refuse what belongs to the one that writes.
pub(super) const SQLITE_READER_SETTINGS: &str = concat!(sqlite_settings!(), " PRAGMA query_only = ON;");
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
        if let Some(folder) = self.file(url).as_deref().map(folder_of) {
            std::fs::create_dir_all(folder).map_err(|error| StorageError::Folder(folder.to_owned(), error))?;
        }
        Ok(if url.contains('?') { url.to_owned() } else { format!("{url}?mode=rwc") })
    }

    /// The file of an SQLite address; `None` for a database in memory and for PostgreSQL.
    pub fn file(self, url: &str) -> Option<PathBuf> {
        let path = url.strip_prefix("sqlite:").filter(|_| self == Self::Sqlite)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
    }

    /// How many tables hold the steps of the migration that were done: one or none.
    pub(super) const fn steps_table(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'",
            Self::Postgres => {
                "SELECT COUNT(*) FROM information_schema.tables \
                 WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'"
            }
        }
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

/// The folder that a file lies in.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_an_address_is_told_without_its_options() {
        let file = |url| Engine::Sqlite.file(url).map(|path| path.display().to_string());
        assert_eq!(file("sqlite://data/kabinet.db").as_deref(), Some("data/kabinet.db"));
        assert_eq!(file("sqlite:kabinet.db?mode=rw").as_deref(), Some("kabinet.db"));
        assert_eq!(file("sqlite:///srv/kabinet.db").as_deref(), Some("/srv/kabinet.db"));
        assert_eq!(file("sqlite::memory:"), None);
        assert_eq!(Engine::Postgres.file("postgres://127.0.0.1/kabinet"), None);
        assert_eq!(folder_of(Path::new("kabinet.db")), Path::new("."));
    }
}
