//! Writes the sent readings of a provider for billing: a file of the kind `readings`, version 1.

use std::io::{self, Write};

use thiserror::Error;

use crate::exchange::{ReadingRecord, Writer};
use crate::service::{Fault, Services};
use crate::storage::sent_readings::{self, Waiting};
use crate::storage::{Database, StorageError, providers};

/// Readings read at once: enough that the queries cost little, few enough that memory stays small.
const BATCH: i64 = 2_000;

/// Why readings were not exported.
#[derive(Debug, Error)]
pub enum ExportError {
    /// No provider has this code.
    #[error("there is no provider {0}")]
    UnknownProvider(String),
    /// The file cannot be written.
    #[error("the file cannot be written")]
    Output(#[from] io::Error),
    /// An internal error.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for ExportError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

/// Writes a provider's readings that no file has listed yet, and marks them as exported. `finish` makes the output
/// durable; only then are the marks committed, so that a reading is never marked without being in a file. After a
/// failure in between the next file lists the same readings again.
///
/// Returns the number of readings.
///
/// # Errors
/// [`ExportError`] when the provider is unknown, the output fails or the storage fails.
pub async fn export<W: Write>(
    services: &Services,
    provider_code: &str,
    output: W,
    finish: impl FnOnce(W) -> io::Result<()>,
) -> Result<u64, ExportError> {
    let mut tx = services.db().begin().await?;
    let provider = providers::by_code(&mut tx, provider_code).await?;
    let provider = provider.ok_or_else(|| ExportError::UnknownProvider(provider_code.to_owned()))?;
    // Two exports of a provider take turns.
    providers::lock(&mut tx, &provider.id).await?;
    let mut writer = Writer::<ReadingRecord, W>::new(output)?;
    let (mut after, mut count) = (None, 0);
    loop {
        let batch = sent_readings::waiting(&mut tx, &provider.id, after.as_ref(), BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = Some(last.sent.id.clone());
        count += batch.len() as u64;
        for Waiting { sent, account, serial } in batch {
            let exported = sent.export().map_err(|_| Fault::Broken("a waiting reading that billing has decided on"))?;
            sent_readings::mark_exported(&mut tx, &exported, services.now()).await?;
            writer.write(&ReadingRecord { account, serial, reading: exported.reading(), rejected: None })?;
        }
    }
    finish(writer.finish()?)?;
    Database::commit(tx).await?;
    Ok(count)
}
