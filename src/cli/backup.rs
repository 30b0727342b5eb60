//! `kabinet backup FILE`: a copy of the embedded database, complete or not written.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::failure::CliError;
use crate::config::Config;
use crate::service::private_file::private;
use crate::storage::dialect::folder_of;
use crate::storage::{Database, Engine};

/// Writes to a `.part` file and renames it, so that a file with the final name is always complete.
pub(super) async fn backup(config: &Config, file: &Path) -> Result<(), CliError> {
    let engine = Engine::of(&config.database_url)?;
    if engine == Engine::Postgres {
        return Err(CliError::BackupOfPostgres);
    }
    if let Some(database) = engine.file(&config.database_url).filter(|database| !database.exists()) {
        return Err(CliError::NoDatabase(database));
    }
    if file.exists() {
        return Err(CliError::FileExists(file.to_owned()));
    }
    let part = part_of(file);
    let failed = |error| CliError::Write(file.to_owned(), error);
    make_private(&part).map_err(failed)?;
    let copied = copy(config, &part).await;
    if copied.is_err() {
        let _ = fs::remove_file(&part);
    }
    copied?;
    keep(&part, file).map_err(failed)?;
    let size = fs::metadata(file).map_err(failed)?.len();
    println!("Wrote {} ({size} bytes). Keep the key file too, apart from it.", file.display());
    Ok(())
}

async fn copy(config: &Config, part: &Path) -> Result<(), CliError> {
    let db = Database::open(&config.database_url).await?;
    db.copy_into(part).await?;
    db.close().await;
    Ok(())
}

fn part_of(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    file.with_file_name(name)
}

/// Creates an empty file that only its owner can read: a backup has everybody's data. Truncates the remains of a failed
/// run.
fn make_private(part: &Path) -> io::Result<()> {
    private().write(true).create(true).truncate(true).open(part).map(drop)
}

/// Syncs the file before it is renamed, so that it survives a power cut.
fn keep(part: &Path, file: &Path) -> io::Result<()> {
    File::open(part)?.sync_all()?;
    fs::rename(part, file)?;
    #[cfg(unix)]
    File::open(folder_of(file))?.sync_all()?;
    Ok(())
}
