//! Health of the portal, for the administrator: counts only.

use super::vault::Vault;
use super::{Fault, Services};
pub use crate::storage::migrations::Schema;
use crate::storage::outbox::Priority;
use crate::storage::{Database, accounts, notices, outbox, payments, refused_addresses};

/// The state of the database's schema; the query also tests the connection to the database.
///
/// # Errors
/// [`Fault`] when the database does not answer.
pub async fn schema(services: &Services) -> Result<Schema, Fault> {
    Ok(services.db().schema().await?)
}

/// Whether the vault's keys open a sealed PIN of this database; true when it has none.
///
/// # Errors
/// [`Fault`] when the database does not answer.
pub async fn key_fits(db: &Database, vault: &Vault) -> Result<bool, Fault> {
    let sealed = accounts::any_sealed_pin(&mut *db.read().await?).await?;
    Ok(sealed.is_none_or(|(account_id, sealed)| vault.unseal_pin(&sealed, &account_id).is_ok()))
}

/// Numbers for monitoring.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Counts {
    /// Letters and SMS that are not sent yet and cannot wait.
    pub outbox_waiting: i64,
    /// Messages of notices that are not sent yet.
    pub notices_waiting: i64,
    /// Notices that are planned and not composed yet.
    pub notices_planned: i64,
    /// Addresses and phones that refused a message for ever.
    pub refused_addresses: i64,
    /// The number of payments by their stored state.
    pub payments: Vec<(String, i64)>,
}

/// Counts the numbers for monitoring.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn counts(services: &Services) -> Result<Counts, Fault> {
    let mut connection = services.db().read().await?;
    Ok(Counts {
        outbox_waiting: outbox::waiting(&mut connection, Priority::Urgent).await?,
        notices_waiting: outbox::waiting(&mut connection, Priority::Notice).await?,
        notices_planned: notices::planned(&mut connection).await?,
        refused_addresses: refused_addresses::count(&mut connection).await?,
        payments: payments::count_by_state(&mut connection).await?,
    })
}
