//! `kabinet export`: files for billing.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::compose;
use super::failure::CliError;
use crate::clock::Nature;
use crate::config::Config;
use crate::service::{paperless, readings};

#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// Readings that subscribers sent and no file has listed yet: the kind `readings`, version 1
    Readings(ExportArgs),
    /// Consents to receipts by e-mail instead of on paper, and their withdrawals, that no file has listed yet
    Consents(ExportArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// Code of the provider
    #[arg(long, value_name = "CODE")]
    provider: String,
    /// The file to make; it must not be there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) async fn run(config: &Config, command: ExportCommand, nature: Nature) -> Result<(), CliError> {
    let (ExportCommand::Readings(args) | ExportCommand::Consents(args)) = &command;
    let (provider, out) = (args.provider.as_str(), args.out.as_path());
    let services = compose::services_with_checked_key(config, nature).await?;
    let failed = |error| CliError::Write(out.to_owned(), error);
    if out.exists() {
        return Err(CliError::FileExists(out.to_owned()));
    }
    let part = out.with_added_extension("part");
    let file = BufWriter::new(File::create(&part).map_err(failed)?);
    let finish = |file| put(file, &part, out);
    let (exported, what) = match &command {
        ExportCommand::Readings(_) => (readings::export(&services, provider, file, finish).await, "readings"),
        ExportCommand::Consents(_) => (paperless::export(&services, provider, file, finish).await, "consents"),
    };
    if exported.is_err() {
        // The unfinished file has no value; the error of the export is reported.
        let _ = fs::remove_file(&part);
    }
    let count = exported?;
    println!("{count} {what}: {}", out.display());
    services.db().close().await;
    Ok(())
}

/// Makes the file durable under its own name.
fn put(file: BufWriter<File>, part: &Path, out: &Path) -> io::Result<()> {
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    fs::rename(part, out)
}
