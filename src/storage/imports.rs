//! The log of imported files.

use sqlx::Arguments as _;

use super::bulk::{Column, Upsert};
use super::{Connection, Engine, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::{ImportId, ProviderId};

/// An imported file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Import {
    /// Random, like every identifier.
    pub id: ImportId,
    /// The kind of file, as named in the exchange format.
    pub kind: &'static str,
    /// Its provider; `None` for the list of providers.
    pub provider_id: Option<ProviderId>,
    /// SHA-256 of the content, in hexadecimal.
    pub content_hash: String,
    /// Its name, without folders.
    pub file_name: String,
    /// The number of rows stored.
    pub row_count: u64,
    /// The number of warnings, including those that were not stored.
    pub warning_count: u64,
    /// The time of the import.
    pub loaded_at: Moment,
}

const FIND: &str = "SELECT id FROM imports WHERE kind = $1 AND provider_id = $2 AND content_hash = $3";

/// The earlier import of the same content, if any.
///
/// # Errors
/// [`super::StorageError::Database`] when the database refuses or does not answer.
pub async fn find(
    connection: &mut Connection,
    kind: &str,
    provider: Option<&ProviderId>,
    content_hash: &str,
) -> Result<Option<ImportId>> {
    let id: Option<String> = sqlx::query_scalar(FIND)
        .bind(kind)
        .bind(provider.map_or("", ProviderId::as_str))
        .bind(content_hash)
        .fetch_optional(connection)
        .await?;
    Ok(id.map(ImportId::trusted))
}

const INSERT: &str = "INSERT INTO imports (id, kind, provider_id, content_hash, file_name, row_count, \
     warning_count, loaded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Records an imported file.
///
/// # Errors
/// [`super::StorageError::Conflict`] when the same content was imported meanwhile.
pub async fn insert(connection: &mut Connection, import: &Import) -> Result<()> {
    sqlx::query(INSERT)
        .bind(import.id.as_str())
        .bind(import.kind)
        .bind(import.provider_id.as_ref().map_or("", ProviderId::as_str))
        .bind(import.content_hash.as_str())
        .bind(import.file_name.as_str())
        .bind(i64::try_from(import.row_count).unwrap_or(i64::MAX))
        .bind(i64::try_from(import.warning_count).unwrap_or(i64::MAX))
        .bind(import.loaded_at.micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// A warning about an imported file.
struct WarningRow {
    import_id: ImportId,
    line: u64,
    text: String,
}

const WARNING_COLUMNS: &[Column<WarningRow>] = &[
    Column::key("import_id", |row, to| to.add(row.import_id.as_str())),
    Column::key("line", |row, to| to.add(i64::try_from(row.line).unwrap_or(i64::MAX))),
    Column::key("warning", |row, to| to.add(row.text.as_str())),
];

/// Stores the warnings about an imported file: the line and the text of each.
///
/// # Errors
/// [`super::StorageError::Database`] when the database refuses or does not answer.
pub async fn insert_warnings(
    connection: &mut Connection,
    engine: Engine,
    import_id: &ImportId,
    warnings: Vec<(u64, String)>,
) -> Result<()> {
    let row = |(line, text)| WarningRow { import_id: import_id.clone(), line, text };
    let rows: Vec<WarningRow> = warnings.into_iter().map(row).collect();
    Upsert::new("import_warnings", WARNING_COLUMNS).run(connection, engine, &rows).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::StorageError;
    use crate::storage::testing::{TestDatabase, id, on_both_engines};

    on_both_engines! {
        async fn the_same_content_is_noted_once_for_each_provider_and_kind(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            let import = Import {
                id: ImportId::trusted(id(1)),
                kind: "charges",
                provider_id: Some(ProviderId::trusted(id(3))),
                content_hash: "hash".into(),
                file_name: "charges.csv".into(),
                row_count: 10,
                warning_count: 2,
                loaded_at: Moment::from_micros(0),
            };
            insert(&mut tx, &import).await.unwrap();
            insert_warnings(&mut tx, engine, &import.id, vec![(2, "раз".into()), (2, "раз".into())]).await.unwrap();
            let provider = import.provider_id.as_ref();
            assert_eq!(find(&mut tx, "charges", provider, "hash").await.unwrap(), Some(import.id.clone()));
            assert_eq!(find(&mut tx, "charges", None, "hash").await.unwrap(), None);
            assert_eq!(find(&mut tx, "payments", provider, "hash").await.unwrap(), None);
            let twice = Import { id: ImportId::trusted(id(2)), ..import };
            assert!(matches!(insert(&mut tx, &twice).await, Err(StorageError::Conflict)));
        }
    }
}
