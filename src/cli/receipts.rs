//! `kabinet receipts`: the receipts of a provider's month as files, for a print shop or an archive.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::failure::CliError;
use super::{compose, progress};
use crate::clock::Nature;
use crate::config::Config;
use crate::domain::calendar::Period;
use crate::service::print_run::{Files, PrintRun, Printed, print_all};
use crate::telemetry::chain;

#[derive(Args, Debug)]
pub(super) struct ReceiptsArgs {
    /// Code of the provider whose accounts are printed
    #[arg(long, value_name = "CODE")]
    provider: String,
    /// The month, e.g. `2026-10`
    #[arg(long, value_name = "YYYY-MM", value_parser = Period::parse)]
    period: Period,
    /// The folder for the files and their list, or an archive FILE.zip; an interrupted run continues there
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// A hundred accounts in a file, in the order of addresses, for a print shop; otherwise each has its own
    #[arg(long)]
    merged: bool,
    /// Receipts printed in parallel; by default one core is left for the portal
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
}

pub(super) async fn print(config: &Config, args: ReceiptsArgs, nature: Nature) -> Result<(), CliError> {
    let services = compose::services_with_checked_key(config, nature).await?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let run = PrintRun {
        provider_code: args.provider,
        period: args.period,
        files: if args.merged { Files::Merged } else { Files::PerAccount },
        out: args.out,
        jobs: args.jobs.map_or(cores - 1, usize::from).max(1),
    };
    let begun = Instant::now();
    let printed = print_all(&services, &run, |done, total| progress::show(|| bar(done, total, begun))).await;
    progress::hide();
    let printed = printed?;
    show(&run, &printed, begun);
    services.db().close().await;
    if printed.failures > 0 { Err(CliError::SomeReceipts(printed.failures)) } else { Ok(()) }
}

fn bar(done: u64, total: u64, begun: Instant) -> String {
    const WIDTH: usize = 30;
    // An import may have added accounts meanwhile.
    let total = total.max(done).max(1);
    let filled = usize::try_from(done * WIDTH as u64 / total).unwrap_or(WIDTH);
    let bar = "#".repeat(filled) + &"-".repeat(WIDTH - filled);
    format!("[{bar}] {done} of {total} accounts, {:.0} a second ", a_second(done, begun))
}

fn show(run: &PrintRun, printed: &Printed, begun: Instant) {
    for (account, cause) in &printed.failed {
        eprintln!("{account}: {}", chain(cause));
    }
    let unnamed = printed.failures - printed.failed.len() as u64;
    if unnamed > 0 {
        eprintln!("and {unnamed} more");
    }
    println!("{} receipts printed, {:.0} a second", printed.printed, a_second(printed.printed, begun));
    if printed.kept > 0 {
        println!("{} were there from the run that was stopped", printed.kept);
    }
    if printed.without_code > 0 {
        println!("{} of them have no code for banks: the provider's requisites are not complete", printed.without_code);
    }
    if printed.without_charges > 0 {
        println!("{} accounts have no charges for the month", printed.without_charges);
    }
    println!("the files and their list: {}", run.result().display());
}

#[expect(clippy::cast_precision_loss, reason = "a run prints far fewer than 2^52 receipts")]
fn a_second(count: u64, begun: Instant) -> f64 {
    count as f64 / begun.elapsed().as_secs_f64().max(f64::EPSILON)
}
