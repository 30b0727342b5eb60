//! Backup codes: ten for a lost phone. Each works once and is kept as a keyed hash with its row's identifier in it.

use super::messages::{Event, notify};
use super::{BACKUP_CODES, BACKUP_LENGTH, BackupCodes};
use crate::domain::id::Owner;
use crate::service::audit::Action;
use crate::service::sign_in::record_of;
use crate::service::{Fault, Services, Visitor};
use crate::storage::second_factors::{self, SecondFactor};
use crate::storage::{Connection, StorageError};

/// What keyed hashes of backup codes are for.
const BACKUP_PURPOSE: &str = "backup code";

/// Ten new codes in place of the old ones.
pub(super) async fn new_codes(
    services: &Services,
    connection: &mut Connection,
    factor_id: &str,
) -> Result<BackupCodes, StorageError> {
    second_factors::remove_codes(connection, factor_id).await?;
    let mut codes = Vec::with_capacity(BACKUP_CODES);
    for _ in 0..BACKUP_CODES {
        codes.push(add_code(services, connection, factor_id).await?);
    }
    Ok(BackupCodes(codes))
}

/// Adds one code; returns it as it is shown, once.
pub(super) async fn add_code(
    services: &Services,
    connection: &mut Connection,
    factor_id: &str,
) -> Result<String, StorageError> {
    let random = data_encoding::BASE32_NOPAD.encode(&services.nature().bytes::<7>()).to_lowercase();
    let code = random[..BACKUP_LENGTH].to_owned();
    let id = services.nature().id();
    let mac = services.vault().mac(BACKUP_PURPOSE, &[&id, &code]);
    second_factors::insert_code(connection, &id, factor_id, &mac).await?;
    let (left, right) = code.split_at(BACKUP_LENGTH / 2);
    Ok(format!("{left}-{right}"))
}

/// Uses a backup code up and writes to the person about it. `false` for a wrong code, or one that was used before.
pub(super) async fn use_backup(
    services: &Services,
    connection: &mut Connection,
    owner: &Owner,
    factor: &SecondFactor,
    code: &str,
    visitor: &Visitor,
) -> Result<bool, Fault> {
    for (id, mac) in second_factors::unused_codes(connection, &factor.id).await? {
        if services.vault().mac_matches(&mac, BACKUP_PURPOSE, &[&id, code]) {
            if !second_factors::use_code(connection, &id, services.now()).await? {
                return Ok(false);
            }
            record_of(services, connection, owner, Action::BackupCodeUsed, Action::BackupCodeUsed, visitor).await?;
            notify(services, connection, owner, Event::BackupUsed).await?;
            return Ok(true);
        }
    }
    Ok(false)
}
