//! Printing for a user who waits: counted, and by few at once, so that pages keep their core.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::limits::{DOCUMENTS, TooOften};
use super::{Fault, Services};
use crate::document::{DocumentError, Press};
use crate::domain::id::UserId;
use crate::telemetry;

/// Documents printed at once: one core stays free for pages.
static PRESSES: Semaphore = Semaphore::const_new(2);
/// How long a document waits for a press before the page says to come again.
const PRESS_WITHIN: Duration = Duration::from_secs(20);

/// Why nothing was printed.
#[derive(Debug)]
pub enum PrintError {
    /// A limit was reached, or too many documents are being printed.
    TooOften(TooOften),
    /// An internal error: the user cannot correct it.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for PrintError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Has a document printed for a user.
///
/// # Errors
/// [`PrintError`].
pub(super) async fn print<T: Send + 'static>(
    services: &Services,
    user_id: &UserId,
    job: impl FnOnce(&Press) -> Result<T, DocumentError> + Send + 'static,
) -> Result<T, PrintError> {
    services.count(DOCUMENTS, user_id.as_str()).await?.map_err(PrintError::TooOften)?;
    let turn = tokio::time::timeout(PRESS_WITHIN, PRESSES.acquire()).await;
    let Ok(Ok(turn)) = turn else {
        return Err(PrintError::TooOften(TooOften { seconds: PRESS_WITHIN.as_secs() as i64 }));
    };
    let press = Arc::clone(&services.inner.press);
    let printing = tokio::task::spawn_blocking(telemetry::carried(move || {
        // Held until the print ends, also when the request was given up meanwhile: the thread goes on.
        let _turn = turn;
        job(&press)
    }));
    Ok(printing.await.map_err(|_| Fault::Broken("the printing of a document panicked"))??)
}
