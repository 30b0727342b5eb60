//! Printing for a waiting user: rate-limited and with bounded concurrency, so that one core stays free for pages.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::limits::{DOCUMENTS, TooOften};
use super::refused::Refused;
use super::{Fault, Services};
use crate::document::{DocumentError, Press};
use crate::domain::id::UserId;
use crate::telemetry;

/// Documents printed concurrently: one core stays free for pages.
static PRESSES: Semaphore = Semaphore::const_new(2);
/// How long a document waits for a free slot before the page asks the user to retry.
const PRESS_WITHIN: Duration = Duration::from_secs(20);

/// Prints a document for a user.
///
/// # Errors
/// [`Refused`] when a limit is reached, no slot is free in time, or on an internal error.
pub(super) async fn print<T: Send + 'static, E>(
    services: &Services,
    user_id: &UserId,
    job: impl FnOnce(&Press) -> Result<T, DocumentError> + Send + 'static,
) -> Result<T, Refused<E>> {
    services.count(DOCUMENTS, user_id.as_str()).await??;
    let turn = tokio::time::timeout(PRESS_WITHIN, PRESSES.acquire()).await;
    let Ok(Ok(turn)) = turn else {
        return Err(TooOften { seconds: PRESS_WITHIN.as_secs().cast_signed() }.into());
    };
    Ok(on_press(services, turn, job).await?)
}

/// Prints a document for a letter: it waits for its turn as long as the press is busy, and no user's limit counts it.
///
/// # Errors
/// [`Fault`] when the document cannot be printed.
pub(super) async fn print_for_letter<T: Send + 'static>(
    services: &Services,
    job: impl FnOnce(&Press) -> Result<T, DocumentError> + Send + 'static,
) -> Result<T, Fault> {
    let turn = PRESSES.acquire().await.map_err(|_| Fault::Broken("the press is closed"))?;
    on_press(services, turn, job).await
}

async fn on_press<T: Send + 'static>(
    services: &Services,
    turn: SemaphorePermit<'static>,
    job: impl FnOnce(&Press) -> Result<T, DocumentError> + Send + 'static,
) -> Result<T, Fault> {
    let press = Arc::clone(&services.inner.press);
    let printing = tokio::task::spawn_blocking(telemetry::carried(move || {
        // Kept until printing ends, even if the request is cancelled: the thread continues.
        let _turn = turn;
        job(&press)
    }));
    Ok(printing.await.map_err(|_| Fault::Broken("the printing of a document panicked"))??)
}
