//! Loads a file of billing. An import is atomic and idempotent: loading the same content again changes nothing.
//!
//! A file is read in three passes: for its hash and encoding, for its faults (`check`), and to store it (`feed`,
//! `load`, `rows`). Only the last pass is inside the transaction, to keep the database lock short. A reading thread
//! sends rows to the database in batches through a channel of two batches: memory grows only by 16 bytes a row, its
//! fingerprint.

mod check;
mod feed;
mod gaps;
mod load;
mod plan;
mod rows;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use thiserror::Error;
use tokio::task::{JoinError, spawn_blocking};

use crate::clock::Nature;
use crate::domain::id::{AccountId, ProviderId};
use crate::domain::pin::Pin;
use crate::domain::provider::Provider;
use crate::exchange::fault::{Fault, Warning};
use crate::exchange::{
    AccountRecord, ChargeRecord, Kind, MeterRecord, PaymentRecord, ProviderRecord, ReadingRecord, Rules, Survey, survey,
};
use crate::storage::{Connection, Database, StorageError, imports, providers};
use load::Load;
use plan::{Known, Plan};

/// Default number of digits of account numbers when billing does not define it: that of the first provider (Perm).
const DEFAULT_ACCOUNT_LENGTH: u8 = 8;

/// Seals PINs from billing, so that the database never stores them in plain text.
pub trait PinSealer: Send + Sync {
    /// The PIN sealed for one account.
    fn seal(&self, pin: &Pin, account_id: &AccountId) -> String;
}

/// A file to load.
#[derive(Clone, Copy, Debug)]
pub struct ImportFile<'a> {
    kind: Kind,
    provider_code: Option<&'a str>,
    path: &'a Path,
    utc_offset_hours: i8,
}

impl<'a> ImportFile<'a> {
    /// A file of a kind. `provider_code` identifies its provider and is ignored for the list of providers;
    /// `utc_offset_hours` is the time zone that gives the portal's payments their day.
    pub const fn new(kind: Kind, provider_code: Option<&'a str>, path: &'a Path, utc_offset_hours: i8) -> Self {
        Self { kind, provider_code, path, utc_offset_hours }
    }
}

/// The result of an import.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImportReport {
    /// The kind of the file.
    pub kind: Kind,
    /// The same content was loaded before: nothing has changed, and the other fields are empty.
    pub already_loaded: bool,
    /// Number of rows stored.
    pub rows: u64,
    /// The first warnings, which are stored with the import.
    pub warnings: Vec<Warning>,
    /// Number of all warnings.
    pub warning_count: u64,
    /// Number of the portal's payments that became credited by this file.
    pub credited: u64,
}

/// Why an import failed; nothing was stored.
#[derive(Debug, Error)]
pub enum ImportError {
    /// This kind of file needs a provider, but its code is missing.
    #[error("a file of {0} needs the code of its provider")]
    MissingProvider(Kind),
    /// No provider has this code.
    #[error("there is no provider with the code {0}; load providers first")]
    UnknownProvider(String),
    /// The file has faults: the first hundred, in the order of the file.
    #[error("the file has faults, nothing was stored")]
    Faulty(Vec<Fault>),
    /// The file cannot be read.
    #[error("cannot read the file")]
    File(#[from] io::Error),
    /// The file was modified between or during the passes.
    #[error("the file changed while it was read, nothing was stored; load it again")]
    FileChanged,
    /// The reading thread was stopped by the shutdown of the program.
    #[error("reading was stopped, nothing was stored")]
    Stopped(#[source] JoinError),
    /// The database refused or did not answer.
    #[error("the database refused, nothing was stored")]
    Storage(#[from] StorageError),
}

type Result<T> = std::result::Result<T, ImportError>;

/// Callback with the number of rows stored so far.
type Progress<'a> = &'a mut (dyn FnMut(u64) + Send);

/// Loads a file. `progress` is called after each batch with the number of rows stored so far.
///
/// # Errors
/// [`ImportError`] when the file cannot be read or has faults, or the database refuses; nothing is stored then.
pub async fn import(
    db: &Database,
    nature: &Nature,
    vault: &dyn PinSealer,
    file: ImportFile<'_>,
    mut progress: impl FnMut(u64) + Send,
) -> Result<ImportReport> {
    let path = file.path.to_owned();
    let survey = blocking(move || survey(File::open(path)?)).await??;
    let provider = find_provider(db, file).await?;
    let provider_id = provider.as_ref().map(|provider| &provider.id);
    if is_loaded(&mut *db.read().await?, file.kind, provider_id, &survey).await? {
        return Ok(already_loaded(file.kind));
    }
    let plan = Plan {
        path: file.path.to_owned(),
        survey,
        rules: Rules { account_length: provider.as_ref().map_or(DEFAULT_ACCOUNT_LENGTH, |p| p.account_length) },
        known: Arc::new(Known::load(db, file.kind, provider_id).await?),
    };
    let load = Load { db, nature, vault, file, provider, plan };
    match file.kind {
        Kind::Providers => load.run::<ProviderRecord>(&mut progress).await,
        Kind::Accounts => load.run::<AccountRecord>(&mut progress).await,
        Kind::Charges => load.run::<ChargeRecord>(&mut progress).await,
        Kind::Payments => load.run::<PaymentRecord>(&mut progress).await,
        Kind::Meters => load.run::<MeterRecord>(&mut progress).await,
        Kind::Readings => load.run::<ReadingRecord>(&mut progress).await,
    }
}

async fn find_provider(db: &Database, file: ImportFile<'_>) -> Result<Option<Provider>> {
    if !file.kind.needs_provider() {
        return Ok(None);
    }
    let code = file.provider_code.ok_or(ImportError::MissingProvider(file.kind))?;
    let provider = providers::by_code(&mut *db.read().await?, code).await?;
    provider.map(Some).ok_or_else(|| ImportError::UnknownProvider(code.to_owned()))
}

async fn is_loaded(
    connection: &mut Connection,
    kind: Kind,
    provider: Option<&ProviderId>,
    survey: &Survey,
) -> Result<bool> {
    Ok(imports::find(connection, kind.as_str(), provider, &survey.content_hash).await?.is_some())
}

fn already_loaded(kind: Kind) -> ImportReport {
    ImportReport { kind, already_loaded: true, rows: 0, warnings: Vec::new(), warning_count: 0, credited: 0 }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.map_err(ImportError::Stopped)
}
