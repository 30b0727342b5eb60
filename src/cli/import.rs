//! `kabinet import KIND FILE`: loads a file of billing, all of it or none.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::failure::CliError;
use super::{compose, progress};
use crate::clock::Nature;
use crate::config::Config;
use crate::exchange::Kind;
use crate::service::import::{self, ImportError, ImportFile, ImportReport};
use crate::service::installation;

/// Most warnings that are printed; all are stored with the import.
const WARNINGS_SHOWN: usize = 100;

#[derive(Args, Debug)]
pub(super) struct ImportArgs {
    /// What the file holds
    #[arg(value_parser = PossibleValuesParser::new(Kind::ALL.map(Kind::as_str))
        .try_map(|text| Kind::parse(&text).ok_or("no such kind")))]
    kind: Kind,
    /// The file: CSV of exchange, version 1
    file: PathBuf,
    /// Code of the provider that the file belongs to; not needed for providers
    #[arg(long, value_name = "CODE")]
    provider: Option<String>,
}

pub(super) async fn import(config: &Config, args: &ImportArgs, nature: Nature) -> Result<(), CliError> {
    let vault = compose::open_vault(config, &nature)?;
    let db = compose::open_database(config).await?;
    // A demo database stays a demo; any other database counts as real from its first import.
    installation::mark(&db, installation::Kind::Real).await?;
    let file = ImportFile::new(args.kind, args.provider.as_deref(), &args.file, config.utc_offset_hours);
    let imported = import::import(&db, &nature, &vault, file, |rows| progress::show(|| format!("{rows} rows"))).await;
    progress::hide();
    match imported {
        Ok(report) => show(&report),
        Err(error) => {
            list_faults(&error);
            return Err(error.into());
        }
    }
    db.close().await;
    Ok(())
}

fn show(report: &ImportReport) {
    if report.already_loaded {
        println!("already loaded");
        return;
    }
    println!("{}: {} rows loaded", report.kind, report.rows);
    if report.credited > 0 {
        println!("{} payments of the portal came back from billing", report.credited);
    }
    for warning in report.warnings.iter().take(WARNINGS_SHOWN) {
        println!("warning {warning}");
    }
    if report.warning_count > 0 {
        println!("{} warnings, {} of them shown", report.warning_count, report.warnings.len().min(WARNINGS_SHOWN));
    }
}

fn list_faults(error: &ImportError) {
    if let ImportError::Faulty(faults) = error {
        for fault in faults {
            eprintln!("{fault}");
        }
    }
}
