//! `kabinet key`: the first key file.

use super::failure::CliError;
use crate::clock::Nature;
use crate::config::Config;
use crate::service::vault::Vault;

/// Makes the key file; one that is there stays.
pub(super) fn make(config: &Config, nature: &Nature) -> Result<(), CliError> {
    let file = config.secret_key_file.display();
    if Vault::create_key(&config.secret_key_file, nature)? {
        println!("Made the key file {file}. Keep a copy apart from the backups: without it PINs cannot be opened.");
    } else {
        println!("The key file {file} is there already and stays as it is.");
    }
    Ok(())
}
