//! `kabinet announcement …`: announcements for the subscribers of a provider.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::compose;
use super::failure::CliError;
use crate::clock::Nature;
use crate::config::Config;
use crate::domain::announcement::AudienceKind;
use crate::domain::id::AnnouncementId;
use crate::service::Services;
use crate::service::announcements::{self, Author, Listed, Typed};

/// Longest file of a text or of account numbers, in bytes: far above what is accepted. A longer file was probably given
/// by mistake.
const MAX_BYTES: u64 = 1_000_000;

#[derive(Debug, Subcommand)]
pub(super) enum AnnouncementCommand {
    /// Add an announcement: a draft, or with --publish at once
    Add(Box<AddArgs>),
    /// List the newest announcements
    List,
    /// Withdraw an announcement: subscribers do not see it any more
    Withdraw {
        /// Its identifier, as `list` shows it
        id: String,
    },
}

#[derive(Args, Debug)]
pub(super) struct AddArgs {
    /// Code of the provider
    #[arg(long, value_name = "CODE")]
    provider: String,
    /// outage, works or news
    #[arg(long, default_value = "news")]
    kind: String,
    /// The title, one line
    #[arg(long)]
    title: String,
    /// The file with the text: paragraphs, lists, **bold** and [links](https://…)
    #[arg(long, value_name = "FILE")]
    text_file: PathBuf,
    /// When it appears, in the subscribers' zone, e.g. "2026-12-03 09:00"
    #[arg(long = "from", value_name = "MOMENT")]
    starts: String,
    /// When it disappears, at most a year later
    #[arg(long = "to", value_name = "MOMENT")]
    ends: String,
    #[command(flatten)]
    audience: AudienceArgs,
    /// Only these houses of the street, e.g. "1-15 нечётные, 20, 10к2"
    #[arg(long, requires = "street", default_value = "", hide_default_value = true)]
    houses: String,
    /// Publish it: at once when its time has come, else at that time
    #[arg(long)]
    publish: bool,
}

/// Without any of them it is for all subscribers of the provider.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(super) struct AudienceArgs {
    /// Only for this street, e.g. "г. Пермь, ул. Ленина"
    #[arg(long)]
    street: Option<String>,
    /// Only for the account numbers in this file
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    /// Only for those who owe more than this
    #[arg(long, value_name = "RUB")]
    debtors: Option<String>,
}

impl AudienceArgs {
    const fn kind(&self) -> AudienceKind {
        match (&self.street, &self.accounts, &self.debtors) {
            (Some(_), _, _) => AudienceKind::Street,
            (_, Some(_), _) => AudienceKind::Accounts,
            (_, _, Some(_)) => AudienceKind::Debtors,
            (None, None, None) => AudienceKind::All,
        }
    }
}

pub(super) async fn run(config: &Config, command: AnnouncementCommand, nature: Nature) -> Result<(), CliError> {
    let services = compose::services_that_send_nothing(config, nature).await?;
    perform(&services, command).await?;
    services.db().close().await;
    Ok(())
}

async fn perform(services: &Services, command: AnnouncementCommand) -> Result<(), CliError> {
    match command {
        AnnouncementCommand::Add(args) => add(services, *args).await,
        AnnouncementCommand::List => {
            let newest = announcements::newest(services).await?;
            for listed in &newest {
                println!("{}", line(services, listed));
            }
            Ok(())
        }
        AnnouncementCommand::Withdraw { id } => {
            let parsed = AnnouncementId::parse(&id).map_err(|_| CliError::NotAnAnnouncement(id))?;
            announcements::withdraw(services, Author::Administrator, &parsed).await?;
            println!("{parsed} is withdrawn.");
            Ok(())
        }
    }
}

async fn add(services: &Services, args: AddArgs) -> Result<(), CliError> {
    let text = read(&args.text_file)?;
    let accounts = args.audience.accounts.as_deref().map(read).transpose()?.unwrap_or_default();
    let typed = Typed {
        provider: &args.provider,
        kind: &args.kind,
        title: &args.title,
        text: &text,
        starts: &args.starts,
        ends: &args.ends,
        audience: args.audience.kind().as_str(),
        street: args.audience.street.as_deref().unwrap_or_default(),
        houses: &args.houses,
        accounts: &accounts,
        debt: args.audience.debtors.as_deref().unwrap_or_default(),
    };
    let id = announcements::draft(services, Author::Administrator, typed).await?;
    let state = if args.publish {
        announcements::publish(services, Author::Administrator, &id).await?.as_str()
    } else {
        "draft"
    };
    let reached = announcements::reached(services, &id).await?.unwrap_or_default();
    println!("{id}\t{state}\tfor {reached} account(s)");
    Ok(())
}

/// A text that an editor may have begun with a byte order mark.
fn read(file: &Path) -> Result<String, CliError> {
    let failed = |error| CliError::Read(file.to_owned(), error);
    if std::fs::metadata(file).map_err(failed)?.len() > MAX_BYTES {
        return Err(CliError::TooLong(file.to_owned(), MAX_BYTES));
    }
    let text = std::fs::read_to_string(file).map_err(failed)?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

fn line(services: &Services, Listed { announcement, provider }: &Listed) -> String {
    let offset = services.settings().utc_offset_hours;
    let state = announcement.state_at(services.now()).as_str();
    let (starts, ends) = (announcement.starts_at.show(offset), announcement.ends_at.show(offset));
    let (kind, audience) = (announcement.kind.as_str(), announcement.audience.kind().as_str());
    format!("{}\t{state}\t{kind}\t{starts} - {ends}\t{audience}\t{provider}\t{}", announcement.id, announcement.title)
}
