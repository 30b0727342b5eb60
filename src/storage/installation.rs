//! Key-value settings of the installation.

use super::{Connection, Result};

const READ: &str = "SELECT value FROM installation WHERE key = $1";

/// The value of a key, if it is set.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn read(connection: &mut Connection, key: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(READ).bind(key).fetch_optional(connection).await?)
}

const KEEP_FIRST: &str = "INSERT INTO installation (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";

/// Sets a key unless it already has a value.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn keep_first(connection: &mut Connection, key: &str, value: &str) -> Result<()> {
    sqlx::query(KEEP_FIRST).bind(key).bind(value).execute(connection).await?;
    Ok(())
}
