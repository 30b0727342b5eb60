//! `kabinet demo`: fills an empty database with an invented town and prints how to sign in. An interrupted run
//! continues where it stopped; a database with real data is not changed.

use std::path::{Path, PathBuf};

use super::compose;
use super::failure::CliError;
use crate::clock::Nature;
use crate::config::Loaded;
use crate::demo_town::{self, Town};
use crate::service::Services;
use crate::service::demo::{self, OPERATOR, OPERATOR_PASSWORD, Stage, USER, USER_PASSWORD};
use crate::service::import::{self, ImportFile};
use crate::service::installation::{self, Kind};
use crate::service::vault::Vault;
use crate::storage::Database;
use crate::test_bank::mailbox;

/// Fills the database, or prints that it is already filled.
pub(super) async fn fill(loaded: &Loaded, nature: Nature) -> Result<(), CliError> {
    let config = &loaded.config;
    let db = compose::open_database(config).await?;
    let vault = compose::open_demo_vault(config, &nature)?;
    compose::check_key(config, &db, &vault).await?;
    let outside = compose::demo_outside(config, &db, &nature, config.listen)?;
    let services = compose::services(config, true, db.clone(), vault.clone(), outside, nature.clone())?;
    match demo::stage(&services).await? {
        Stage::Foreign => return Err(CliError::NotADemo),
        _ if installation::mark(&db, Kind::Demo).await? == Kind::Real => return Err(CliError::RealDatabase),
        Stage::Filled => println!("The database is not empty: the town is in it already and stays as it is."),
        Stage::Empty | Stage::Begun => {
            let folder = Folder::new(&nature);
            make(&services, &db, &vault, &folder.0).await?;
        }
    }
    tell(&config.public_url);
    db.close().await;
    Ok(())
}

/// Creates the user first: a database with the demo's user but without a town is an interrupted run.
async fn make(services: &Services, db: &Database, vault: &Vault, folder: &Path) -> Result<(), CliError> {
    let failed = |error| CliError::Write(folder.to_owned(), error);
    let user = demo::make_people(services).await?;
    let today = services.today();
    let town = {
        let folder = folder.to_owned();
        tokio::task::spawn_blocking(move || demo_town::write_town(&folder, today))
            .await
            .map_err(|error| failed(std::io::Error::other(error)))?
            .map_err(failed)?
    };
    println!("Loading the town:");
    load(services, db, vault, &town).await?;
    let first = &town.showcase[0];
    demo::link_full(services, &user, first.provider_code, first.number.as_str()).await?;
    Ok(())
}

async fn load(services: &Services, db: &Database, vault: &Vault, town: &Town) -> Result<(), CliError> {
    let offset = services.settings().utc_offset_hours;
    for file in &town.files {
        let imported = ImportFile::new(file.kind, file.provider_code, &file.path, offset);
        let report = import::import(db, services.nature(), vault, imported, |_| {}).await?;
        let whose = file.provider_code.unwrap_or("");
        let already = if report.already_loaded { ", loaded before" } else { "" };
        println!("  {:<10} {whose:<20} {:>7} rows{already}", file.kind.as_str(), file.rows);
    }
    Ok(())
}

fn tell(public_url: &str) {
    println!("\nStart the portal:   kabinet serve --demo");
    println!("  the portal        {public_url}");
    println!("  letters and SMS   {public_url}{}", mailbox::PATH);
    println!("  the console       {public_url}/console/sign-in   {OPERATOR} / {OPERATOR_PASSWORD}");
    println!("  a user            {public_url}/sign-in   {USER} / {USER_PASSWORD}");
    println!("\nAccounts worth a look (the user above has the first one in full access):");
    for account in demo_town::showcase_accounts() {
        println!(
            "  {:<14} PIN {}   {}: {}",
            account.number,
            account.pin.reveal(),
            account.provider_name,
            account.shows
        );
    }
}

/// The folder of the town's files, deleted on drop.
struct Folder(PathBuf);

impl Folder {
    fn new(nature: &Nature) -> Self {
        Self(std::env::temp_dir().join(format!("kabinet-demo-{}", nature.id())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
