//! `kabinet key …`: the keys that seal PINs, letters and second factors.

use std::time::Duration;

use clap::Subcommand;

use super::failure::CliError;
use super::{compose, progress};
use crate::clock::Nature;
use crate::config::Config;
use crate::service::key_rotation::{self, KeyUse};
use crate::service::vault::Vault;
use crate::storage::Database;

/// A running portal reloads the key file once a minute: until then it may still seal with the older key.
const FOLLOWED_WITHIN: Duration = Duration::from_mins(2);

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make the first key file, unless there is one (as `kabinet key` alone)
    Make,
    /// Add a new key for new values and seal all stored values with it; may be interrupted
    Rotate,
    /// Seal values of older keys with the current key: continues an interrupted rotation
    Reseal,
    /// List the keys and how many values each holds
    List,
    /// Remove keys that no stored value needs
    Retire,
}

pub(super) async fn run(config: &Config, command: Option<KeyCommand>, nature: Nature) -> Result<(), CliError> {
    let command = command.unwrap_or(KeyCommand::Make);
    if let KeyCommand::Make = command {
        return make(config, &nature);
    }
    let vault = compose::open_vault(config, &nature)?;
    let db = compose::open_database(config).await?;
    compose::check_key(config, &db, &vault).await?;
    match command {
        KeyCommand::Make => {}
        KeyCommand::Rotate => {
            vault.rotate()?;
            println!("Added the key {}; keep a copy of the file apart from the backups.", vault.active_key_id());
            reseal(&db, &vault).await?;
        }
        KeyCommand::Reseal => reseal(&db, &vault).await?,
        KeyCommand::List => {
            for KeyUse { id, is_active, values } in key_rotation::keys(&db, &vault).await? {
                println!("{id}\t{}\t{values} values", if is_active { "active" } else { "older" });
            }
        }
        KeyCommand::Retire => retire(config, &db, &vault).await?,
    }
    db.close().await;
    Ok(())
}

/// Creates the key file; never overwrites an existing one.
fn make(config: &Config, nature: &Nature) -> Result<(), CliError> {
    let file = config.secret_key_file.display();
    if Vault::create_key(&config.secret_key_file, nature)? {
        println!("Made the key file {file}. Keep a copy apart from the backups: without it PINs cannot be opened.");
    } else {
        println!("The key file {file} is there already and stays as it is.");
    }
    Ok(())
}

async fn reseal(db: &Database, vault: &Vault) -> Result<(), CliError> {
    let mut total = 0;
    loop {
        let done = key_rotation::reseal(db, vault).await?;
        total += done;
        if done == 0 {
            break;
        }
        progress::show(|| format!("{total} values"));
    }
    progress::hide();
    println!("{total} values are sealed with the key {}.", vault.active_key_id());
    Ok(())
}

async fn retire(config: &Config, db: &Database, vault: &Vault) -> Result<(), CliError> {
    let failed = |error| CliError::Write(config.secret_key_file.clone(), error);
    let changed = std::fs::metadata(&config.secret_key_file).and_then(|file| file.modified()).map_err(failed)?;
    if changed.elapsed().is_ok_and(|age| age < FOLLOWED_WITHIN) {
        return Err(CliError::RotatedJustNow);
    }
    let keys = key_rotation::keys(db, vault).await?;
    let (unused, used): (Vec<KeyUse>, Vec<KeyUse>) =
        keys.into_iter().filter(|key| !key.is_active).partition(|key| key.values == 0);
    let ids: Vec<String> = unused.into_iter().map(|key| key.id).collect();
    vault.retire(&ids)?;
    println!("Took out {} key(s).", ids.len());
    for key in used {
        println!("The key {} still holds {} values; run `kabinet key reseal`.", key.id, key.values);
    }
    Ok(())
}
