//! A copy of the whole embedded database, made while it works.

use std::path::Path;

use super::{Database, Result};

const COPY: &str = "VACUUM INTO $1";

impl Database {
    /// Writes a copy of an SQLite database as it stands at this moment into an absent or empty file; writers go on.
    /// The copy is not yet safe from a power cut: that is the caller's last step.
    ///
    /// # Errors
    /// [`StorageError::Database`](super::StorageError::Database) when the file cannot be written, or on PostgreSQL.
    pub async fn copy_into(&self, file: &Path) -> Result<()> {
        let mut connection = self.writers.acquire().await?;
        sqlx::query(COPY).bind(file.to_string_lossy().as_ref()).execute(&mut *connection).await?;
        Ok(())
    }
}
