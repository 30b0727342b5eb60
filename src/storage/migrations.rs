//! The steps of the schema: which are done, and doing the rest.

use sqlx::migrate::{MigrateError, Migrator};

use super::{Database, Result, StorageError};

/// The steps that this program knows.
static STEPS: Migrator = sqlx::migrate!();

/// Where the schema stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Schema {
    /// Every step is done.
    Current,
    /// So many steps are to do.
    Behind(usize),
    /// The database has a step that this program does not know.
    Newer(i64),
}

const DONE: &str = "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version";

impl Database {
    /// Brings the schema up to date, and closes the audit trail. A role that does not own the schema may call this on a
    /// schema that is up to date: its owner closed the trail then.
    ///
    /// # Errors
    /// [`StorageError::NewerDatabase`] when the database knows steps that this program does not.
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

    /// Where the schema stands; changes nothing.
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
