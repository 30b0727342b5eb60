//! Schema migrations: reports the state and applies the pending ones.

use sqlx::migrate::{MigrateError, Migrator};

use super::{Database, Result, StorageError};

/// The migrations compiled into this program.
static STEPS: Migrator = sqlx::migrate!();

/// The state of the schema.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Schema {
    /// Every migration is applied.
    Current,
    /// This many migrations are pending.
    Behind(usize),
    /// The database has a migration that is unknown to this program.
    Newer(i64),
}

const DONE: &str = "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version";

impl Database {
    /// Applies pending migrations and makes the audit trail append-only. On a current schema a failure of the latter is
    /// ignored, because a role that does not own the schema may call this: the owner has closed the trail already.
    ///
    /// # Errors
    /// [`StorageError::NewerDatabase`] when the database has a migration that is unknown to this program.
    pub async fn migrate(&self) -> Result<()> {
        let is_current = self.schema().await? == Schema::Current;
        if !is_current {
            STEPS.run(&self.writers).await.map_err(|error| match error {
                MigrateError::VersionMissing(version) => StorageError::NewerDatabase(version),
                other => StorageError::Migration(other),
            })?;
        }
        match self.close_audit().await {
            Err(_) if is_current => Ok(()),
            closed => closed,
        }
    }

    async fn close_audit(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::raw_sql(self.engine.close_audit()).execute(&mut *tx).await?;
        Self::commit(tx).await
    }

    /// The state of the schema; read-only.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database does not answer.
    pub async fn schema(&self) -> Result<Schema> {
        let mut connection = self.read().await?;
        let tables: i64 = sqlx::query_scalar(self.engine.steps_table()).fetch_one(&mut *connection).await?;
        let done: Vec<i64> = match tables {
            0 => Vec::new(),
            _ => sqlx::query_scalar(DONE).fetch_all(&mut *connection).await?,
        };
        Ok(compare(&STEPS.iter().map(|step| step.version).collect::<Vec<_>>(), &done))
    }
}

fn compare(known: &[i64], done: &[i64]) -> Schema {
    if let Some(newer) = done.iter().find(|version| !known.contains(version)) {
        return Schema::Newer(*newer);
    }
    match known.len() - done.len() {
        0 => Schema::Current,
        behind => Schema::Behind(behind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_behind_current_or_newer() {
        assert_eq!(compare(&[1, 2], &[]), Schema::Behind(2));
        assert_eq!(compare(&[1, 2], &[1, 2]), Schema::Current);
        assert_eq!(compare(&[1, 2], &[1, 2, 99]), Schema::Newer(99));
    }

    #[tokio::test]
    async fn a_fresh_database_is_behind_and_a_migrated_one_is_current() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&format!("sqlite://{}/k.db", folder.path().display())).await.unwrap();
        assert!(matches!(db.schema().await.unwrap(), Schema::Behind(_)));
        db.migrate().await.unwrap();
        assert_eq!(db.schema().await.unwrap(), Schema::Current);
    }
}
