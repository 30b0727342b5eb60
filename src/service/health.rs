//! How the portal itself does: for the administrator, in counts only.

use super::{Fault, Services};
pub use crate::storage::migrations::Schema;
use crate::storage::{outbox, payments};

/// Where the database's schema stands; an answer also proves that the database answers.
///
/// # Errors
/// [`Fault`] when it does not.
pub async fn schema(services: &Services) -> Result<Schema, Fault> {
    Ok(services.db().schema().await?)
}

/// Numbers worth watching.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Counts {
    /// Letters and SMS that have not left yet.
    pub outbox_waiting: i64,
    /// Payments by their stored state.
    pub payments: Vec<(String, i64)>,
}

/// Counts what is worth watching.
///
/// # Errors
/// [`Fault`].
pub async fn counts(services: &Services) -> Result<Counts, Fault> {
    let mut connection = services.db().read().await?;
    Ok(Counts {
        outbox_waiting: outbox::waiting(&mut connection).await?,
        payments: payments::count_by_state(&mut connection).await?,
    })
}
