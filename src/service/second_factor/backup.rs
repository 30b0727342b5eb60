//! Backup codes: ten for a lost phone. Each works once. The stored form is a keyed hash of the row's identifier and of
//! the code's argon2id with the factor's identifier as salt.

use super::messages::{Event, notify};
use super::{BACKUP_CODES, BACKUP_LENGTH, BackupCodes};
use crate::domain::id::Owner;
use crate::service::audit::Action;
use crate::service::passwords::Stretched;
use crate::service::sign_in::record_of;
use crate::service::{Fault, Services, Visitor};
use crate::storage::second_factors::{self, SecondFactor};
use crate::storage::{Connection, StorageError};

/// The purpose of the keyed hashes of backup codes.
const BACKUP_PURPOSE: &str = "backup code";

/// New codes of a factor, stretched before the transaction that stores them: argon2id is slow.
pub(super) struct NewCodes {
    factor_id: String,
    codes: Vec<(String, Stretched)>,
}

impl NewCodes {
    /// Generates ten codes.
    pub(super) async fn make(services: &Services, factor_id: &str) -> Result<Self, Fault> {
        Self::make_some(services, factor_id, BACKUP_CODES).await
    }

    /// Generates one code.
    pub(super) async fn make_one(services: &Services, factor_id: &str) -> Result<Self, Fault> {
        Self::make_some(services, factor_id, 1).await
    }

    async fn make_some(services: &Services, factor_id: &str, count: usize) -> Result<Self, Fault> {
        let codes: Vec<String> = (0..count).map(|_| random_code(services)).collect();
        let stretched = services.passwords().stretch_all(codes.clone(), factor_id).await?;
        Ok(Self { factor_id: factor_id.to_owned(), codes: codes.into_iter().zip(stretched).collect() })
    }

    /// Whether the codes belong to this factor: it may have been replaced since.
    pub(super) fn are_of(&self, factor: &SecondFactor) -> bool {
        self.factor_id == factor.id
    }

    /// Stores the codes in place of the old ones; returns them in display form, to be shown once.
    pub(super) async fn replace(
        self,
        services: &Services,
        connection: &mut Connection,
    ) -> Result<BackupCodes, StorageError> {
        second_factors::remove_codes(connection, &self.factor_id).await?;
        self.add(services, connection).await
    }

    /// Stores the codes in addition to the old ones.
    pub(super) async fn add(
        self,
        services: &Services,
        connection: &mut Connection,
    ) -> Result<BackupCodes, StorageError> {
        let mut shown = Vec::with_capacity(self.codes.len());
        for (code, stretched) in &self.codes {
            let id = services.nature().id();
            let mac = services.vault().mac(BACKUP_PURPOSE, &[&id, stretched.reveal()]);
            second_factors::insert_code(connection, &id, &self.factor_id, &mac).await?;
            let (left, right) = code.split_at(BACKUP_LENGTH / 2);
            shown.push(format!("{left}-{right}"));
        }
        Ok(BackupCodes(shown))
    }
}

fn random_code(services: &Services) -> String {
    let random = data_encoding::BASE32_NOPAD.encode(&services.nature().bytes::<7>()).to_lowercase();
    random[..BACKUP_LENGTH].to_owned()
}

/// Uses up a backup code and notifies the person. `false` for a wrong or used code.
pub(super) async fn use_backup(
    services: &Services,
    connection: &mut Connection,
    owner: &Owner,
    factor: &SecondFactor,
    typed: &Stretched,
    visitor: &Visitor,
) -> Result<bool, Fault> {
    for (id, mac) in second_factors::unused_codes(connection, &factor.id).await? {
        if services.vault().mac_matches(&mac, BACKUP_PURPOSE, &[&id, typed.reveal()]) {
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

#[cfg(test)]
mod tests {
    use crate::clock::Nature;
    use crate::domain::password::HashWork;
    use crate::service::passwords::Passwords;

    #[tokio::test]
    async fn a_backup_code_is_stretched_and_compares_with_its_own_factor_only() {
        let passwords = Passwords::new(&Nature::system(), HashWork::LEAST).unwrap();
        let of = async |code: &str, factor: &str| passwords.stretch(code, factor).await.unwrap().reveal().to_owned();
        let (one, other) = ("a".repeat(26), "b".repeat(26));
        let stretched = of("abcde23456", &one).await;
        assert_eq!(stretched.len(), 64);
        assert_eq!(stretched, of("abcde23456", &one).await);
        assert_ne!(stretched, of("abcde23457", &one).await);
        assert_ne!(stretched, of("abcde23456", &other).await);
        // The stored hashes depend on the parameters: changing them would void every code.
        assert_eq!(HashWork::LEAST, HashWork { memory_kib: 19 * 1024, passes: 2, lanes: 1 });
    }
}
