//! Writes consents to receipts by e-mail, and their withdrawals, for billing: a file of version 1.

use std::io::{self, Write};

use super::email_among;
use crate::exchange::{ConsentLine, Writer};
use crate::service::Services;
use crate::service::readings::ExportError;
use crate::storage::paperless_consents::{self, Waiting};
use crate::storage::{Database, providers};

/// Consents read at once: enough that the queries cost little, few enough that memory stays small.
const BATCH: i64 = 2_000;

/// Writes the consents of a provider's accounts whose present state no file has listed yet, and marks them as exported.
/// `finish` makes the output durable; only then are the marks committed, so that a change is never marked without being
/// in a file. After a failure in between the next file lists the same changes again.
///
/// Returns the number of changes.
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
    let mut writer = Writer::<ConsentLine, W>::new(output)?;
    let mut count = 0;
    loop {
        // Those that are marked below are not in the next batch.
        let batch = paperless_consents::waiting(&mut tx, &provider.id, BATCH).await?;
        if batch.is_empty() {
            break;
        }
        count += batch.len() as u64;
        for waiting in batch {
            paperless_consents::mark_exported(&mut tx, &waiting.consent, services.now()).await?;
            writer.write(&line(waiting))?;
        }
    }
    finish(writer.finish()?)?;
    Database::commit(tx).await?;
    Ok(count)
}

fn line(Waiting { consent, number, addresses, holders }: Waiting) -> ConsentLine {
    ConsentLine {
        account: number,
        state: consent.state(),
        at: consent.changed_at(),
        email: email_among(addresses),
        needs_paper: holders == 0,
        text_version: consent.text_version,
    }
}
