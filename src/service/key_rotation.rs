//! Rotates the vault's keys: a new key seals from now on, and values of older keys are sealed again in batches. Each
//! batch is a transaction, so the rotation may be interrupted at any moment; the worker and the command may both run
//! it.

use thiserror::Error;

use super::messages::outbox_purposes;
use super::push;
use super::second_factor;
use super::vault::{Vault, VaultError};
use super::{Fault, Services, photos};
use crate::domain::id::AccountId;
use crate::storage::sealed::{self, Sealed};
use crate::storage::{Database, StorageError};

/// Values per batch: SQLite's only writer is busy for some milliseconds.
const BATCH: i64 = 200;
/// Photos per batch: each is as long as thousands of other values.
const PHOTO_BATCH: i64 = 10;

/// Why keys could not be rotated.
#[derive(Debug, Error)]
pub enum RotationError {
    /// The key file failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Reloads the key file if it changed, and seals a batch again. The worker calls it in the background.
///
/// # Errors
/// [`Fault`] when the key file cannot be read or the storage fails.
pub async fn follow(services: &Services) -> Result<usize, Fault> {
    let vault = services.vault();
    vault.reload_if_changed()?;
    if vault.is_settled() {
        return Ok(0);
    }
    let done = reseal(services.db(), vault).await?;
    if done == 0 {
        vault.settle();
    }
    Ok(done)
}

/// Seals one batch of values per table again; returns their number. Call it again until the number is zero.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn reseal(db: &Database, vault: &Vault) -> Result<usize, Fault> {
    let prefix = vault.sealed_prefix();
    let mut done = 0;
    for table in Sealed::ALL {
        let older = sealed::others(&mut *db.read().await?, table, &prefix, batch_of(table)).await?;
        if older.is_empty() {
            continue;
        }
        let mut tx = db.begin().await?;
        for (id, old) in older {
            if let Ok(new) = seal_again(vault, table, &id, &old) {
                done += usize::from(sealed::replace(&mut tx, table, &id, &old, &new).await?);
            } else {
                // A damaged value must not block the others; the doctor and the page that reads it report it.
                tracing::error!(sealed.table = ?table, sealed.id = id, "a sealed value cannot be opened");
            }
        }
        Database::commit(tx).await?;
    }
    Ok(done)
}

const fn batch_of(table: Sealed) -> i64 {
    match table {
        Sealed::Photos => PHOTO_BATCH,
        Sealed::Pins
        | Sealed::SecondFactors
        | Sealed::Messages
        | Sealed::PushSubscriptions
        | Sealed::InstallationSecrets => BATCH,
    }
}

fn seal_again(vault: &Vault, table: Sealed, id: &str, old: &str) -> Result<String, VaultError> {
    match table {
        Sealed::Pins => {
            let account = AccountId::trusted(id.to_owned());
            Ok(vault.seal_pin(&vault.unseal_pin(old, &account)?, &account))
        }
        Sealed::SecondFactors => {
            let purpose = second_factor::purpose(id);
            Ok(vault.seal(&purpose, &vault.unseal(&purpose, old)?))
        }
        Sealed::Messages => {
            let [purpose, older] = outbox_purposes(id);
            let text = vault.unseal(&purpose, old).or_else(|_| vault.unseal(&older, old))?;
            Ok(vault.seal(&purpose, &text))
        }
        Sealed::Photos => {
            let purpose = photos::purpose(id);
            Ok(vault.seal_bytes(&purpose, &vault.unseal_bytes(&purpose, old)?))
        }
        Sealed::PushSubscriptions => {
            let purpose = push::purpose(id);
            Ok(vault.seal(&purpose, &vault.unseal(&purpose, old)?))
        }
        Sealed::InstallationSecrets => {
            let purpose = push::secret_purpose(id);
            Ok(vault.seal_bytes(&purpose, &vault.unseal_bytes(&purpose, old)?))
        }
    }
}

/// A key and the number of values that depend on it.
pub struct KeyUse {
    /// The key's id.
    pub id: String,
    /// Whether new values are sealed with it.
    pub is_active: bool,
    /// Sealed values and backup codes that need it.
    pub values: i64,
}

/// Every key of the file with its number of values. Values from before keys had ids count for the last key.
///
/// # Errors
/// [`RotationError`] when the storage fails.
pub async fn keys(db: &Database, vault: &Vault) -> Result<Vec<KeyUse>, RotationError> {
    let mut connection = db.read().await?;
    let ids = vault.key_ids();
    let mut uses = Vec::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        let mut values = sealed::count_backup_codes(&mut connection, &format!("{id}.")).await?;
        for table in Sealed::ALL {
            values += sealed::count(&mut connection, table, &Vault::prefix_of(id)).await?;
            if index + 1 == ids.len() {
                values += sealed::count(&mut connection, table, Vault::OLDEST_PREFIX).await?;
            }
        }
        uses.push(KeyUse { id: id.clone(), is_active: index == 0, values });
    }
    Ok(uses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Nature;
    use crate::domain::calendar::Moment;
    use crate::domain::decimal::Volume;
    use crate::domain::id::{MessageId, MeterId, PushSubscriptionId, SentReadingId, UserId};
    use crate::domain::login::Login;
    use crate::domain::sent_reading::{Sender, SentReading, SentState};
    use crate::domain::user::User;
    use crate::storage::Connection;
    use crate::storage::outbox::{self, Channel, OutboxMessage, Priority};
    use crate::storage::push_subscriptions::NewSubscription;
    use crate::storage::testing::{TestDatabase, id, meter, on_both_engines};
    use crate::storage::users::{self, Consent};
    use crate::storage::{installation_secrets, push_subscriptions, reading_photos, sent_readings};

    const NOW: Moment = Moment::from_micros(1);

    /// Adds letters to the outbox, sealed with the active key.
    async fn letters(db: &Database, vault: &Vault, count: usize) {
        let mut tx = db.begin().await.unwrap();
        for _ in 0..count {
            let id = MessageId::trusted(Nature::system().id());
            let [purpose, _] = outbox_purposes(id.as_str());
            let message = OutboxMessage {
                sealed_body: vault.seal(&purpose, "the text"),
                id,
                channel: Channel::Mail,
                priority: Priority::Urgent,
                recipient: "a@example.ru".into(),
                subject: "s".into(),
                tries: 0,
            };
            outbox::insert(&mut tx, &message, NOW).await.unwrap();
        }
        Database::commit(tx).await.unwrap();
    }

    /// Stores a sent reading with a photo, sealed with the active key.
    async fn photo(db: &Database, vault: &Vault, bytes: &[u8]) -> SentReadingId {
        meter(db).await;
        let sent = SentReading {
            id: SentReadingId::trusted(id(1)),
            meter_id: MeterId::trusted(id(7)),
            date: jiff::civil::Date::constant(2026, 11, 20),
            value: Volume::from_raw(1),
            sender: Sender::User,
            state: SentState::Sent,
            reason: None,
            sent_at: NOW,
        };
        let mut tx = db.begin().await.unwrap();
        sent_readings::put(&mut tx, &sent, None).await.unwrap();
        let sealed = vault.seal_bytes(&photos::purpose(sent.id.as_str()), bytes);
        reading_photos::put(&mut tx, &sent.id, &sealed, NOW).await.unwrap();
        Database::commit(tx).await.unwrap();
        sent.id
    }

    async fn user(connection: &mut Connection, user_id: &UserId) {
        let login = Login::parse("ivan@example.ru").unwrap();
        let user = User { id: user_id.clone(), login, name: None, locked_at: None };
        let consent = Consent { at: NOW, from: String::new(), version: String::new() };
        users::insert(connection, &user, "", &consent, NOW).await.unwrap();
    }

    fn vault(folder: &tempfile::TempDir) -> Vault {
        let file = folder.path().join("secret.key");
        Vault::create_key(&file, &Nature::system()).unwrap();
        Vault::open(&file, Nature::system()).unwrap()
    }

    on_both_engines! {
        async fn what_was_sealed_before_a_rotation_is_sealed_again_batch_by_batch(test: TestDatabase) {
            let folder = tempfile::tempdir().unwrap();
            let vault = vault(&folder);
            letters(&test.database, &vault, 250).await;
            let old = vault.active_key_id();
            vault.rotate().unwrap();
            assert_ne!(vault.active_key_id(), old);
            // Interrupted after the first batch: another process continues.
            assert_eq!(reseal(&test.database, &vault).await.unwrap(), 200);
            let other = Vault::open(&folder.path().join("secret.key"), Nature::system()).unwrap();
            assert_eq!(reseal(&test.database, &other).await.unwrap(), 50);
            assert_eq!(reseal(&test.database, &other).await.unwrap(), 0);
            let uses = keys(&test.database, &vault).await.unwrap();
            assert_eq!(uses.iter().map(|key| (key.is_active, key.values)).collect::<Vec<_>>(), [(true, 250), (false, 0)]);
        }

        async fn a_photo_is_sealed_again_and_stays_the_same(test: TestDatabase) {
            let (folder, bytes) = (tempfile::tempdir().unwrap(), [0xff, 0xd8, 0, 1]);
            let vault = vault(&folder);
            let photo = photo(&test.database, &vault, &bytes).await;
            vault.rotate().unwrap();
            assert_eq!(reseal(&test.database, &vault).await.unwrap(), 1);
            assert_eq!(reseal(&test.database, &vault).await.unwrap(), 0);
            let uses = keys(&test.database, &vault).await.unwrap();
            assert_eq!(uses.iter().map(|key| key.values).collect::<Vec<_>>(), [1, 0]);
            let mut connection = test.database.read().await.unwrap();
            let account_id = AccountId::trusted(id(1));
            let sealed = reading_photos::sealed(&mut connection, &account_id, &photo).await.unwrap().unwrap();
            assert!(sealed.starts_with(&vault.sealed_prefix()));
            assert_eq!(vault.unseal_bytes(&photos::purpose(photo.as_str()), &sealed).unwrap(), bytes);
        }

        async fn the_key_of_pushes_is_sealed_again_and_stays_the_same(test: TestDatabase) {
            let folder = tempfile::tempdir().unwrap();
            let vault = vault(&folder);
            let purpose = push::secret_purpose(installation_secrets::PUSH);
            let mut tx = test.database.begin().await.unwrap();
            let sealed = vault.seal_bytes(&purpose, &[7; 32]);
            installation_secrets::keep_first(&mut tx, installation_secrets::PUSH, &sealed).await.unwrap();
            Database::commit(tx).await.unwrap();
            vault.rotate().unwrap();
            assert_eq!(reseal(&test.database, &vault).await.unwrap(), 1);
            assert_eq!(reseal(&test.database, &vault).await.unwrap(), 0);
            let mut connection = test.database.read().await.unwrap();
            let again = installation_secrets::read(&mut connection, installation_secrets::PUSH).await.unwrap().unwrap();
            assert!(again.starts_with(&vault.sealed_prefix()));
            assert_eq!(vault.unseal_bytes(&purpose, &again).unwrap(), [7; 32]);
        }

        async fn a_browser_is_sealed_again_and_stays_the_same(test: TestDatabase) {
            let folder = tempfile::tempdir().unwrap();
            let vault = vault(&folder);
            let (browser, user_id) = (PushSubscriptionId::trusted(id(1)), UserId::trusted(id(2)));
            let purpose = push::purpose(browser.as_str());
            let (id, sealed) = (&browser, &vault.seal(&purpose, "the browser"));
            let (endpoint_hash, user_agent) = ("hash", "Firefox/1");
            let new = NewSubscription { id, user_id: &user_id, endpoint_hash, sealed, user_agent };
            let mut tx = test.database.begin().await.unwrap();
            user(&mut tx, &user_id).await;
            push_subscriptions::put(&mut tx, new, NOW).await.unwrap();
            Database::commit(tx).await.unwrap();
            vault.rotate().unwrap();
            assert_eq!(reseal(&test.database, &vault).await.unwrap(), 1);
            let uses = keys(&test.database, &vault).await.unwrap();
            assert_eq!(uses.iter().map(|key| key.values).collect::<Vec<_>>(), [1, 0]);
            let mut connection = test.database.read().await.unwrap();
            let again = push_subscriptions::sealed(&mut connection, &browser).await.unwrap().unwrap();
            assert_eq!(vault.unseal(&purpose, &again).unwrap(), "the browser");
        }

        async fn a_process_with_old_keys_in_memory_opens_what_a_new_key_sealed(test: TestDatabase) {
            let folder = tempfile::tempdir().unwrap();
            let here = vault(&folder);
            let there = Vault::open(&folder.path().join("secret.key"), Nature::system()).unwrap();
            there.rotate().unwrap();
            let sealed = there.seal("a", "text");
            assert_eq!(here.unseal("a", &sealed).unwrap(), "text");
            drop(test);
        }

        async fn a_key_that_holds_something_is_not_retired(test: TestDatabase) {
            let folder = tempfile::tempdir().unwrap();
            let vault = vault(&folder);
            letters(&test.database, &vault, 1).await;
            let old = vault.active_key_id();
            vault.rotate().unwrap();
            let unused = |uses: Vec<KeyUse>| -> Vec<String> {
                uses.into_iter().filter(|key| !key.is_active && key.values == 0).map(|key| key.id).collect()
            };
            assert!(unused(keys(&test.database, &vault).await.unwrap()).is_empty());
            reseal(&test.database, &vault).await.unwrap();
            let retired = unused(keys(&test.database, &vault).await.unwrap());
            assert_eq!(retired, [old]);
            vault.retire(&retired).unwrap();
            assert_eq!(vault.key_ids().len(), 1);
        }
    }
}
