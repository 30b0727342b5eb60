//! All differences between SQLite and PostgreSQL.

use std::path::{Path, PathBuf};

use super::StorageError;
#[cfg(unix)]
use super::private_file::check_private;
use super::private_file::{create_private_folder, private};

/// The database engine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Engine {
    /// The embedded database.
    Sqlite,
    /// The database server for a supplier's real load.
    Postgres,
}

/// Settings of every SQLite connection: readers never block, a commit survives a power cut, a writer waits up to 30 s
/// for another. With recursive triggers `INSERT OR REPLACE` fires the delete trigger: the audit trail rejects it too.
macro_rules! sqlite_settings {
    () => {
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
         PRAGMA recursive_triggers = ON; PRAGMA busy_timeout = 30000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;"
    };
}
/// Settings of the writing connection.
const SQLITE_SETTINGS: &str = sqlite_settings!();
/// Settings of reading connections: they reject writes.
pub(super) const SQLITE_READER_SETTINGS: &str = concat!(sqlite_settings!(), " PRAGMA query_only = ON;");
/// Settings of every PostgreSQL connection: statements and idle transactions time out.
const POSTGRES_SETTINGS: &str =
    "SET statement_timeout = '300s'; SET idle_in_transaction_session_timeout = '300s'; SET TIME ZONE 'UTC';";

/// `storage::audit::KEPT_DAYS` (three years) in microseconds.
macro_rules! kept_micros {
    () => {
        "94608000000000"
    };
}
const SQLITE_CLOSED_AUDIT: &str = concat!(
    "CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON audit \
     BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END; \
     CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON audit \
     WHEN OLD.at > CAST(strftime('%s', 'now') AS INTEGER) * 1000000 - ",
    kept_micros!(),
    " BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;"
);
const POSTGRES_CLOSED_AUDIT: &str = concat!(
    "CREATE OR REPLACE FUNCTION audit_is_closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     IF TG_OP = 'DELETE' AND OLD.at <= CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) * 1000000 - ",
    kept_micros!(),
    " THEN RETURN OLD; END IF; RAISE EXCEPTION 'the audit trail is append-only'; END $$; \
     DROP TRIGGER IF EXISTS audit_closed ON audit; \
     CREATE TRIGGER audit_closed BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_closed(); \
     DROP TRIGGER IF EXISTS audit_not_truncated ON audit; \
     CREATE TRIGGER audit_not_truncated BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_closed();"
);

impl Engine {
    /// The engine of a database URL.
    ///
    /// # Errors
    /// [`StorageError::UnknownScheme`] for any other scheme: a typing mistake must not fall back to a default.
    pub fn of(url: &str) -> Result<Self, StorageError> {
        if url.starts_with("sqlite:") {
            Ok(Self::Sqlite)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Self::Postgres)
        } else {
            Err(StorageError::UnknownScheme)
        }
    }

    /// The URL in the driver's form; creates the SQLite file and its folder if missing.
    pub(super) fn prepare_url(self, url: &str) -> Result<String, StorageError> {
        if self == Self::Postgres {
            return Ok(url.to_owned());
        }
        if let Some(file) = self.file(url) {
            keep_private(&file).map_err(|error| StorageError::Folder(folder_of(&file).to_owned(), error))?;
        }
        Ok(if url.contains('?') { url.to_owned() } else { format!("{url}?mode=rwc") })
    }

    /// The file of an SQLite URL; `None` for an in-memory database and for PostgreSQL.
    pub fn file(self, url: &str) -> Option<PathBuf> {
        let path = url.strip_prefix("sqlite:").filter(|_| self == Self::Sqlite)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
    }

    /// Counts the tables of applied migrations: 1 or 0.
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

    /// Makes the audit trail append-only: triggers reject updates, and deletes of events younger than three years.
    /// Run after each migration; idempotent.
    pub(super) const fn close_audit(self) -> &'static str {
        match self {
            Self::Sqlite => SQLITE_CLOSED_AUDIT,
            Self::Postgres => POSTGRES_CLOSED_AUDIT,
        }
    }

    /// Begins a writing transaction: SQLite takes the write lock at once, so that two cannot deadlock.
    pub(super) const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }
}

/// Creates the database file and its folder with owner-only access regardless of the umask, and restricts existing
/// files that others can access. SQLite creates the WAL and SHM files with the same mode.
fn keep_private(file: &Path) -> std::io::Result<()> {
    create_private_folder(folder_of(file))?;
    if !file.exists() {
        // SQLite itself reports read-only folders and the like, with a better message.
        let _ = private().write(true).create_new(true).open(file);
        return Ok(());
    }
    close_to_others(file);
    for suffix in ["-wal", "-shm"] {
        let mut beside = file.as_os_str().to_owned();
        beside.push(suffix);
        close_to_others(Path::new(&beside));
    }
    Ok(())
}

/// Another owner's file is left unchanged: `doctor` reports it.
fn close_to_others(file: &Path) {
    #[cfg(unix)]
    if let Ok(Err(exposed)) = check_private(file) {
        use std::os::unix::fs::PermissionsExt as _;
        let closed = std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).is_ok();
        tracing::warn!(file = %exposed.file.display(), closed, "a file of the database was open to others");
    }
    #[cfg(not(unix))]
    let _ = file;
}

/// The folder of a file.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[tokio::test]
    async fn weakness_10_files_at_rest_are_private_whatever_the_umask() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("data");
        let url = format!("sqlite://{}", folder.join("k.db").display());
        let db = crate::storage::Database::open(&url).await.unwrap();
        db.migrate().await.unwrap();
        assert_eq!(mode(&folder), 0o700);
        for file in ["k.db", "k.db-wal", "k.db-shm"] {
            assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
        }
        db.close().await;
        std::fs::set_permissions(folder.join("k.db"), std::fs::Permissions::from_mode(0o644)).unwrap();
        crate::storage::Database::open(&url).await.unwrap();
        assert_eq!(mode(&folder.join("k.db")), 0o600, "one that is open to others is closed");
    }

    #[test]
    fn the_trail_is_closed_for_as_long_as_the_storage_keeps_it() {
        assert_eq!(kept_micros!(), (crate::storage::audit::KEPT_DAYS * 86_400 * 1_000_000).to_string());
    }

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
