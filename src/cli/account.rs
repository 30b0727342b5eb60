//! `kabinet account …`: lists and revokes full access to an account, and replaces its PIN.

use clap::{Args, Subcommand};

use super::compose;
use super::failure::CliError;
use crate::clock::Nature;
use crate::config::Config;
use crate::domain::login::Login;
use crate::service::Services;
use crate::service::account_access::{self, Revoked};

#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// List the users with full access
    Owners {
        #[command(flatten)]
        account: AccountArgs,
    },
    /// Close the full access of a user; the account stays linked in lite access
    Revoke {
        #[command(flatten)]
        account: AccountArgs,
        /// The user's e-mail address or phone
        login: String,
    },
    /// Replace the PIN by a random one; the next receipt carries it
    NewPin {
        #[command(flatten)]
        account: AccountArgs,
        /// Close every full access too
        #[arg(long)]
        revoke_all: bool,
    },
}

#[derive(Args, Debug)]
pub(super) struct AccountArgs {
    /// The provider's code
    #[arg(long, value_name = "CODE")]
    provider: String,
    /// The account's number
    #[arg(long, value_name = "NUMBER")]
    number: String,
}

pub(super) async fn run(config: &Config, command: AccountCommand, nature: Nature) -> Result<(), CliError> {
    let services = compose::services_that_send_nothing(config, nature).await?;
    perform(&services, command).await?;
    services.db().close().await;
    Ok(())
}

async fn perform(services: &Services, command: AccountCommand) -> Result<(), CliError> {
    let (AccountCommand::Owners { account }
    | AccountCommand::Revoke { account, .. }
    | AccountCommand::NewPin { account, .. }) = &command;
    let found = account_access::find(services, &account.provider, &account.number).await?;
    let account = found.ok_or(CliError::NoAccount)?;
    match command {
        AccountCommand::Owners { .. } => {
            let owners = account_access::owners(services, &account).await?;
            if owners.is_empty() {
                println!("Nobody has full access to {}.", account.number);
            }
            for owner in owners {
                println!("{}", owner.login.as_str());
            }
        }
        AccountCommand::Revoke { login, .. } => {
            let login = Login::parse(&login).map_err(|_| CliError::NotALogin)?;
            match account_access::revoke(services, &account, &login).await? {
                Revoked::Closed => println!("Closed the full access of {}.", login.masked()),
                Revoked::HadNone => println!("{} had no full access; nothing was changed.", login.masked()),
                Revoked::NoUser => return Err(CliError::NoUser),
            }
        }
        AccountCommand::NewPin { revoke_all, .. } => {
            let ended = account_access::replace_pin(services, &account, revoke_all).await?;
            println!("Replaced the PIN of {}; {ended} full access(es) closed.", account.number);
        }
    }
    Ok(())
}
