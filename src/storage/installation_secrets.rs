//! Secrets of the installation itself, sealed.

use super::{Connection, Result};

/// The key of the secret that signs pushes.
pub const PUSH: &str = "push";

const READ: &str = "SELECT sealed FROM installation_secrets WHERE key = $1";

/// The sealed secret of a key, if there is one.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn read(connection: &mut Connection, key: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(READ).bind(key).fetch_optional(connection).await?)
}

const KEEP_FIRST: &str = "INSERT INTO installation_secrets (key, sealed) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";

/// Stores a secret unless the key already has one: of two instances that create it at once, the first decides.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn keep_first(connection: &mut Connection, key: &str, sealed: &str) -> Result<()> {
    sqlx::query(KEEP_FIRST).bind(key).bind(sealed).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, on_both_engines};

    on_both_engines! {
        async fn the_first_secret_of_a_key_stays(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            assert_eq!(read(&mut tx, PUSH).await.unwrap(), None);
            keep_first(&mut tx, PUSH, "v2.one").await.unwrap();
            keep_first(&mut tx, PUSH, "v2.two").await.unwrap();
            assert_eq!(read(&mut tx, PUSH).await.unwrap().as_deref(), Some("v2.one"));
            assert_eq!(read(&mut tx, "other").await.unwrap(), None);
        }
    }
}
