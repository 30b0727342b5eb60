//! Stores the rows of a checked file in one transaction, whatever their kind.

use super::check::{Checked, check};
use super::feed::Feed;
use super::plan::Plan;
use super::{ImportError, ImportFile, ImportReport, PinSealer, Progress, Result, already_loaded, blocking, is_loaded};
use crate::clock::Nature;
use crate::domain::id::{ImportId, ProviderId};
use crate::domain::provider::Provider;
use crate::exchange::Record;
use crate::storage::imports::{self, Import};
use crate::storage::{Database, Engine, StorageError, Tx, providers};

/// A kind of rows that can be stored.
pub(super) trait Loadable: Record {
    /// State prepared before the first batch and updated by each batch.
    type Context;

    /// Prepares the context, inside the transaction.
    ///
    /// # Errors
    /// [`ImportError`] when the database refuses, or the provider of the file is missing.
    async fn prepare(load: &Load<'_>, open: &mut ImportTx) -> Result<Self::Context>;

    /// Stores one batch.
    ///
    /// # Errors
    /// [`ImportError`] when the database refuses, or a row refers to a record that the check did not find.
    async fn store(batch: Vec<Self>, context: &mut Self::Context, load: &Load<'_>, open: &mut ImportTx) -> Result<()>;

    /// Runs the steps that need all rows stored.
    ///
    /// # Errors
    /// [`ImportError`] when the database refuses, or the file cannot be read again.
    async fn finish(_context: Self::Context, _load: &Load<'_>, _open: &mut ImportTx) -> Result<()> {
        Ok(())
    }
}

/// A running import.
pub(super) struct Load<'a> {
    pub(super) db: &'a Database,
    pub(super) nature: &'a Nature,
    pub(super) vault: &'a dyn PinSealer,
    pub(super) file: ImportFile<'a>,
    pub(super) provider: Option<Provider>,
    pub(super) plan: Plan,
}

/// The transaction of one file, after the check has found no faults.
pub(super) struct ImportTx {
    pub(super) tx: Tx,
    pub(super) engine: Engine,
    pub(super) checked: Checked,
    /// Number of rows stored so far.
    pub(super) rows: u64,
    /// Number of the portal's payments that became credited by the file.
    pub(super) credited: u64,
}

impl Load<'_> {
    /// Checks the file, stores its rows and commits.
    ///
    /// # Errors
    /// [`ImportError`] when the file cannot be read or has faults, or the database refuses; nothing is stored then.
    pub(super) async fn run<R: Loadable>(&self, progress: Progress<'_>) -> Result<ImportReport> {
        let Some(mut open) = self.begin::<R>().await? else {
            return Ok(already_loaded(self.file.kind));
        };
        let mut context = R::prepare(self, &mut open).await?;
        let mut feed = Feed::<R>::start(self.plan.clone());
        while let Some(batch) = feed.next().await {
            open.rows += batch.len() as u64;
            R::store(batch, &mut context, self, &mut open).await?;
            progress(open.rows);
        }
        feed.finish(&self.plan.survey).await?;
        R::finish(context, self, &mut open).await?;
        self.commit(open).await
    }

    /// The provider of the file.
    ///
    /// # Errors
    /// [`ImportError::MissingProvider`] when the file has no provider.
    pub(super) fn provider_id(&self) -> Result<&ProviderId> {
        let missing = ImportError::MissingProvider(self.file.kind);
        self.provider.as_ref().map(|provider| &provider.id).ok_or(missing)
    }

    /// Checks the file and begins its transaction; `None` when the same content was already loaded.
    async fn begin<R: Record>(&self) -> Result<Option<ImportTx>> {
        let plan = self.plan.clone();
        let checked = blocking(move || check::<R>(&plan)).await??;
        if !checked.findings.faults().is_empty() {
            return Err(ImportError::Faulty(checked.findings.into_faults()));
        }
        let mut tx = self.db.begin().await?;
        let provider_id = self.provider.as_ref().map(|provider| &provider.id);
        if let Some(provider_id) = provider_id {
            providers::lock(&mut tx, provider_id).await?;
        }
        if is_loaded(&mut tx, self.file.kind, provider_id, &self.plan.survey).await? {
            return Ok(None);
        }
        Ok(Some(ImportTx { tx, engine: self.db.engine(), checked, rows: 0, credited: 0 }))
    }

    /// Records the import with its warnings and commits.
    async fn commit(&self, open: ImportTx) -> Result<ImportReport> {
        let ImportTx { mut tx, engine, checked, rows, credited } = open;
        let findings = checked.findings;
        let import = self.import_of(rows, findings.warning_count());
        match imports::insert(&mut tx, &import).await {
            // A parallel import of a list of providers with the same content has committed first.
            Err(StorageError::Conflict) => return Ok(already_loaded(self.file.kind)),
            other => other?,
        }
        let warnings = findings.warnings().to_vec();
        let stored = warnings.iter().map(|warning| (warning.line, warning.text.clone())).collect();
        imports::insert_warnings(&mut tx, engine, &import.id, stored).await?;
        Database::commit(tx).await?;
        Ok(ImportReport {
            kind: self.file.kind,
            already_loaded: false,
            rows,
            warnings,
            warning_count: import.warning_count,
            credited,
        })
    }

    fn import_of(&self, row_count: u64, warning_count: u64) -> Import {
        Import {
            id: ImportId::trusted(self.nature.id()),
            kind: self.file.kind.as_str(),
            provider_id: self.provider.as_ref().map(|provider| provider.id.clone()),
            content_hash: self.plan.survey.content_hash.clone(),
            file_name: self.plan.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            row_count,
            warning_count,
            loaded_at: self.nature.now(),
        }
    }
}
