//! Facts about the installation.

use super::{Connection, Result};

const READ: &str = "SELECT value FROM installation WHERE key = $1";

/// A fact, if it is known.
///
/// # Errors
/// [`super::StorageError`].
pub async fn read(connection: &mut Connection, key: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(READ).bind(key).fetch_optional(connection).await?)
}

const KEEP_FIRST: &str = "INSERT INTO installation (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";

/// Keeps a fact unless there is one already.
///
/// # Errors
/// [`super::StorageError`].
pub async fn keep_first(connection: &mut Connection, key: &str, value: &str) -> Result<()> {
    sqlx::query(KEEP_FIRST).bind(key).bind(value).execute(connection).await?;
    Ok(())
}
