//! Commands, and the composition root: the only module that uses every room and chooses the adapters.
//!
//! A command that fails prints one plain sentence with the remedy to standard error and exits with 1; a wrong command
//! line exits with 2.

mod account;
mod announcement;
mod backup;
mod compose;
mod connections;
mod demo;
mod doctor;
mod export;
mod failure;
mod import;
mod key;
mod notice;
mod operator;
mod progress;
mod receipt;
mod receipts;
mod routes;
mod serve;
mod tls;
mod user;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;

use crate::clock::Nature;
use crate::config::{Config, Flags, Loaded, LogFormat, Partner};
use crate::domain::calendar::parse_date;
use crate::{storage, telemetry};
use failure::CliError;

/// Grace period for blocking threads when the process ends.
const SHUTDOWN_WITHIN: Duration = Duration::from_secs(1);

/// The personal account of a utility's subscribers: charges, payments, receipts.
#[derive(Debug, Parser)]
#[command(name = "kabinet", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    command: Command,
}

/// Flags win over the environment (`KABINET_…`), the environment over the file.
#[derive(Args, Debug)]
struct SettingsArgs {
    /// The settings file; `kabinet.toml` in the current folder by default
    #[arg(long, global = true, value_name = "FILE", env = "KABINET_CONFIG")]
    config: Option<PathBuf>,
    /// The database: `sqlite://data/kabinet.db` or `postgres://user:password@host/name`
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Where to listen, e.g. `127.0.0.1:3000`
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the portal
    Serve {
        /// With the test bank at /test-bank and the mailbox at /demo/mailbox; nothing leaves this machine
        #[arg(long)]
        demo: bool,
        /// As if it were this day, e.g. `2026-11-15`: pages of the demo that are always the same
        #[arg(long, value_name = "DATE", value_parser = parse_date, requires = "demo")]
        today: Option<Date>,
    },
    /// Bring the database up to date
    Migrate,
    /// The keys that seal PINs, letters and second factors; alone: make the first one, unless there is one
    Key {
        #[command(subcommand)]
        command: Option<key::KeyCommand>,
    },
    /// Fill an empty database with a made-up town and say how to sign in
    Demo {
        /// The day that the demo takes as today; give `serve` the same
        #[arg(long, value_name = "DATE", value_parser = parse_date)]
        today: Option<Date>,
    },
    /// Load a file of billing: all of it or, with a fault anywhere, nothing
    Import(import::ImportArgs),
    /// Write a file for billing
    #[command(subcommand)]
    Export(export::ExportCommand),
    /// Operators of the console
    #[command(subcommand)]
    Operator(operator::OperatorCommand),
    /// Users of the portal: find, lock, end sessions
    #[command(subcommand)]
    User(user::UserCommand),
    /// Full access to an account: who has it, and taking it away
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Announcements for subscribers: outages, planned works, news
    #[command(subcommand)]
    Announcement(announcement::AnnouncementCommand),
    /// Notices to subscribers
    #[command(subcommand)]
    Notice(notice::NoticeCommand),
    /// Print a made-up receipt, to work on its template
    Receipt(receipt::ReceiptArgs),
    /// Print the receipts of all accounts of a provider for a month
    Receipts(receipts::ReceiptsArgs),
    /// Copy the embedded database into a file while the portal works
    Backup {
        /// The file to make; it must not be there yet
        file: PathBuf,
    },
    /// List every route, for tests
    #[command(hide = true)]
    Routes,
    /// Show each setting with its source and check what the portal needs
    Doctor,
}

/// Runs the command in this process's arguments.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match run_command(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kabinet: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run_command(cli: Cli) -> Result<ExitCode, CliError> {
    let flags = Flags { database_url: cli.settings.database_url, listen: cli.settings.listen };
    let loaded = Config::load(cli.settings.config.as_deref(), &flags)?;
    telemetry::init(loaded.config.log_format == LogFormat::Json);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CliError::Runtime)?;
    let outcome = runtime.block_on(dispatch(cli.command, loaded));
    // A hash or a receipt in progress must not delay the exit.
    runtime.shutdown_timeout(SHUTDOWN_WITHIN);
    outcome
}

async fn dispatch(command: Command, loaded: Loaded) -> Result<ExitCode, CliError> {
    let nature = nature_of(&command, loaded.config.utc_offset_hours);
    match command {
        Command::Serve { demo, .. } => serve::serve(loaded, demo, nature).await?,
        Command::Migrate => migrate(&loaded.config).await?,
        Command::Key { command } => key::run(&loaded.config, command, nature).await?,
        Command::Demo { .. } => demo::fill(&loaded, nature).await?,
        Command::Import(args) => import::import(&loaded.config, &args, nature).await?,
        Command::Export(command) => export::run(&loaded.config, command, nature).await?,
        Command::Operator(command) => operator::run(&loaded.config, command, nature).await?,
        Command::User(command) => user::run(&loaded.config, command, nature).await?,
        Command::Account(command) => account::run(&loaded.config, command, nature).await?,
        Command::Announcement(command) => announcement::run(&loaded.config, command, nature).await?,
        Command::Notice(command) => notice::run(&loaded, &command)?,
        Command::Receipt(args) => receipt::print(&args)?,
        Command::Receipts(args) => receipts::print(&loaded.config, args, nature).await?,
        Command::Backup { file } => backup::backup(&loaded.config, &file).await?,
        Command::Routes => routes::print(),
        Command::Doctor => return doctor::examine(&loaded, nature).await,
    }
    Ok(ExitCode::SUCCESS)
}

/// Only a demo may run on another date.
fn nature_of(command: &Command, utc_offset_hours: i8) -> Nature {
    match command {
        Command::Serve { today: Some(day), demo: true } | Command::Demo { today: Some(day) } => {
            Nature::on_day(*day, utc_offset_hours)
        }
        _ => Nature::system(),
    }
}

async fn migrate(config: &Config) -> Result<(), CliError> {
    compose::refuse_plain(config, |partner| partner == Partner::Postgres)?;
    let db = storage::Database::open(&config.database_url).await?;
    let before = db.schema().await?;
    db.migrate().await?;
    match before {
        storage::migrations::Schema::Behind(steps) => println!("The database is up to date: {steps} new step(s) done."),
        _ => println!("The database was up to date."),
    }
    db.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
