//! Online backup of the embedded database.

use std::path::Path;

use super::{Database, Result};

const COPY: &str = "VACUUM INTO $1";

impl Database {
    /// Writes a snapshot of an SQLite database into an absent or empty file; writers of other processes continue.
    /// The copy is not yet synced to disk: the caller does that last.
    ///
    /// # Errors
    /// [`StorageError::Database`](super::StorageError::Database) when the file cannot be written, or on PostgreSQL.
    pub async fn copy_into(&self, file: &Path) -> Result<()> {
        let mut connection = self.writers.acquire().await?;
        sqlx::query(COPY).bind(file.to_string_lossy().as_ref()).execute(&mut *connection).await?;
        Ok(())
    }
}
