//! `kabinet user …`: an administrator's actions on a subscriber.

use clap::Subcommand;

use super::compose;
use super::failure::CliError;
use crate::clock::Nature;
use crate::config::Config;
use crate::domain::calendar::Moment;
use crate::domain::login::Login;
use crate::service::Services;
use crate::service::user_admin::{self, Found};

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Show a user: since when, which accounts, how many sessions
    Find {
        /// The e-mail address or phone
        login: String,
    },
    /// Lock a user: sessions end, sign-in is refused, a letter says whom to write to
    Lock {
        /// The e-mail address or phone
        login: String,
    },
    /// Unlock a user
    Unlock {
        /// The e-mail address or phone
        login: String,
    },
    /// Look after the sessions of a user
    Sessions {
        /// The e-mail address or phone
        login: String,
        /// End all of them
        #[arg(long)]
        end: bool,
    },
    /// Remove the second factor of a user who lost the phone and the backup codes
    ResetSecondFactor {
        /// The e-mail address or phone
        login: String,
    },
}

pub(super) async fn run(config: &Config, command: UserCommand, nature: Nature) -> Result<(), CliError> {
    let services = compose::services_that_send_nothing(config, nature).await?;
    perform(&services, command).await?;
    services.db().close().await;
    Ok(())
}

async fn perform(services: &Services, command: UserCommand) -> Result<(), CliError> {
    let (UserCommand::Find { login }
    | UserCommand::Lock { login }
    | UserCommand::Unlock { login }
    | UserCommand::Sessions { login, .. }
    | UserCommand::ResetSecondFactor { login }) = &command;
    let login = Login::parse(login).map_err(|_| CliError::NotALogin)?;
    let found = user_admin::find(services, &login).await?.ok_or(CliError::NoUser)?;
    match command {
        UserCommand::Find { .. } => show(services, &found),
        UserCommand::Lock { .. } => {
            let since = user_admin::lock(services, &login).await?;
            println!("{}", told_of_lock(&found.masked, since, services.settings().utc_offset_hours));
        }
        UserCommand::Unlock { .. } => {
            let unlocked = user_admin::unlock(services, &login).await?;
            let what = if unlocked { "is unlocked." } else { "was not locked; nothing was changed." };
            println!("{} {what}", found.masked);
        }
        UserCommand::Sessions { end: true, .. } => match user_admin::end_sessions(services, &login).await? {
            0 => println!("{} had no session; nothing was changed.", found.masked),
            ended => println!("Ended {ended} session(s) of {}.", found.masked),
        },
        UserCommand::Sessions { end: false, .. } => println!("{} session(s); --end ends them.", found.sessions),
        UserCommand::ResetSecondFactor { .. } => {
            let removed = user_admin::reset_second_factor(services, &login).await?;
            println!("{}", if removed { "Removed the second factor." } else { "There was no second factor." });
        }
    }
    Ok(())
}

fn told_of_lock(who: &str, since: Option<Moment>, offset: i8) -> String {
    match since {
        None => format!("{who} is locked; their sessions are ended."),
        Some(since) => format!("{who} was locked already since {}; nothing was changed.", since.show(offset)),
    }
}

fn show(services: &Services, found: &Found) {
    let offset = services.settings().utc_offset_hours;
    println!("{} ({})", found.masked, found.id);
    println!("  since          {}", found.created_at.show(offset));
    println!("  locked         {}", found.locked_at.map_or_else(|| "no".to_owned(), |at| at.show(offset)));
    println!("  second factor  {}", if found.second_factor { "on" } else { "off" });
    println!("  sessions       {}", found.sessions);
    for (number, access) in &found.accounts {
        println!("  account        {number} ({})", access.as_str());
    }
}
