//! `kabinet demo`: fills an empty database with an invented town and prints how to sign in. An interrupted run
//! continues where it stopped; a database with real data is not changed.

use std::path::{Path, PathBuf};

use super::compose;
use super::failure::CliError;
use crate::clock::Nature;
use crate::config::Loaded;
use crate::demo_town::{self, ShowcaseAccount, Town};
use crate::service::Services;
use crate::service::demo::{self, DemoPerson, OPERATOR, OPERATOR_PASSWORD, PEOPLE, Stage, USER, USER_PASSWORD};
use crate::service::import::{self, ImportFile};
use crate::service::installation::{self, Kind};
use crate::service::notices;
use crate::service::vault::Vault;
use crate::storage::Database;
use crate::test_bank::mailbox;

/// The provider that announces planned works.
const WORKS_OF: &str = "perm-gas";

/// Fills the database, or prints that it is already filled.
pub(super) async fn fill(loaded: &Loaded, nature: Nature) -> Result<(), CliError> {
    let config = &loaded.config;
    let db = compose::open_database(config).await?;
    let vault = compose::open_demo_vault(config, &nature)?;
    compose::check_key(config, &db, &vault).await?;
    let outside = compose::demo_outside(config, &db, &nature, config.listen)?;
    let texts = compose::notice_texts(config, &loaded.texts, true);
    let services = compose::services(config, texts, true, db.clone(), vault.clone(), outside, nature.clone())?;
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

/// Creates the people first and links the first user last: a database with this user but without the link is an
/// interrupted run.
async fn make(services: &Services, db: &Database, vault: &Vault, folder: &Path) -> Result<(), CliError> {
    let failed = |error| CliError::Write(folder.to_owned(), error);
    demo::make_people(services).await?;
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
    demo::announce_works(services, WORKS_OF).await?;
    for person in PEOPLE.iter().rev() {
        let own: Vec<_> =
            owned(&town.showcase, person).map(|account| (account.provider_code, &account.number)).collect();
        demo::link_full(services, person, &own).await?;
    }
    // The first visitor finds the notices of the day.
    while notices::round(services).await? > 0 {}
    Ok(())
}

fn owned<'a>(showcase: &'a [ShowcaseAccount], person: &DemoPerson) -> impl Iterator<Item = &'a ShowcaseAccount> {
    let login = person.login;
    showcase.iter().filter(move |account| account.owner == Some(login))
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
    println!("\nMore users, all with the password {USER_PASSWORD}:");
    for person in &PEOPLE[1..] {
        println!("  {:<22} {}", person.login, person.story);
    }
    println!("\nAccounts worth a look (most are linked to the users above in full access):");
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::MAX_LINKS;

    #[test]
    fn each_person_has_accounts_and_each_owner_is_a_person() {
        let showcase = demo_town::showcase_accounts();
        for person in &PEOPLE {
            let count = owned(&showcase, person).count();
            assert!((1..=usize::from(MAX_LINKS)).contains(&count), "{} has {count} accounts", person.login);
        }
        let is_person = |login: &str| PEOPLE.iter().any(|person| person.login == login);
        assert!(showcase.iter().filter_map(|account| account.owner).all(is_person));
    }

    #[test]
    fn the_first_user_has_the_first_account_and_room_for_one_more() {
        let showcase = demo_town::showcase_accounts();
        assert_eq!(showcase[0].owner, Some(USER));
        assert!(owned(&showcase, &PEOPLE[0]).count() < usize::from(MAX_LINKS));
    }
}
