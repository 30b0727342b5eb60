//! Loads a file of billing: all of it or nothing, and a file that is loaded already changes nothing.
//!
//! A file is read three times: for its hash and encoding, for its faults (`check`), and to be stored (`feed`, `load`, `rows`).
//! Only the last reading happens inside the transaction, so that others wait for as short as possible. Rows
//! travel from a reading thread to the database in batches through a channel of two: memory grows by 16 bytes a row, its
//! fingerprint, and nothing else.

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

/// Digits of account numbers where billing does not give them: those of the first provider (Perm).
const DEFAULT_ACCOUNT_LENGTH: u8 = 8;

/// Seals PINs that billing gives, so that the database never sees them.
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
    /// A file of a kind. `provider_code` names its provider and is ignored for the list of providers;
    /// `utc_offset_hours` is the wall clock by which the portal's payments get their day.
    pub const fn new(kind: Kind, provider_code: Option<&'a str>, path: &'a Path, utc_offset_hours: i8) -> Self {
        Self { kind, provider_code, path, utc_offset_hours }
    }
}

/// What was loaded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImportReport {
    /// What the file holds.
    pub kind: Kind,
    /// The same content was loaded before: nothing has changed, and the other fields are empty.
    pub already_loaded: bool,
    /// Rows stored.
    pub rows: u64,
    /// The first warnings; they are kept with the import.
    pub warnings: Vec<Warning>,
    /// All warnings.
    pub warning_count: u64,
    /// Payments of the portal that this file has brought back.
    pub credited: u64,
}

/// Why nothing was stored.
#[derive(Debug, Error)]
pub enum ImportError {
    /// This kind of file belongs to a provider, and none was named.
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
    /// Somebody wrote to the file while it was read.
    #[error("the file changed while it was read, nothing was stored; load it again")]
    FileChanged,
    /// The reading thread was stopped: the program is being closed.
    #[error("reading was stopped, nothing was stored")]
    Stopped(#[source] JoinError),
    /// The database refused.
    #[error("the database refused, nothing was stored")]
    Storage(#[from] StorageError),
}

type Result<T> = std::result::Result<T, ImportError>;

/// Hears how many rows are stored.
type Progress<'a> = &'a mut (dyn FnMut(u64) + Send);

/// Loads a file. `progress` hears after each batch how many rows are stored so far.
///
/// # Errors
/// [`ImportError`] when the file cannot be stored as a whole; then nothing has changed.
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
