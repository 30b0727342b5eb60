//! `kabinet operator …`: who may enter the console. A password is never on the command line, where others see it.

use std::io::{self, BufRead as _, IsTerminal as _};

use clap::{Args, Subcommand};

use super::compose;
use super::failure::CliError;
use crate::clock::Nature;
use crate::config::Config;
use crate::service::operators::{self, NewOperator};
use crate::service::{Services, installation};

/// The variable with the password, for scripts.
const PASSWORD_VARIABLE: &str = "KABINET_OPERATOR_PASSWORD";

#[derive(Debug, Subcommand)]
pub(super) enum OperatorCommand {
    /// Add an operator; the password is asked for, or read from KABINET_OPERATOR_PASSWORD
    Add {
        /// What the operator types to enter
        login: String,
        /// What the console and the audit trail call them; the login where none is given
        #[arg(long)]
        name: Option<String>,
        /// Their own e-mail address or phone as a subscriber: they never decide about their own accounts
        #[arg(long)]
        contact: Option<String>,
        #[command(flatten)]
        scope: ScopeArgs,
    },
    /// List operators with their providers, second factor and last sign-in
    List,
    /// Disable an operator: their sessions end at once
    Disable {
        /// The operator
        login: String,
    },
    /// Enable a disabled operator
    Enable {
        /// The operator
        login: String,
    },
    /// Give an operator another password; their sessions end
    Password {
        /// The operator
        login: String,
    },
    /// Replace the providers of an operator
    Providers {
        /// The operator
        login: String,
        #[command(flatten)]
        scope: ScopeArgs,
    },
    /// Remove the second factor of an operator who lost the phone; the next sign-in sets up another
    ResetSecondFactor {
        /// The operator
        login: String,
    },
}

#[derive(Args, Debug)]
pub(super) struct ScopeArgs {
    /// A provider's code; may be repeated. Without it: every provider
    #[arg(long = "provider", value_name = "CODE")]
    providers: Vec<String>,
    /// Every provider, also those to come
    #[arg(long, conflicts_with = "providers")]
    all_providers: bool,
}

pub(super) async fn run(config: &Config, command: OperatorCommand, nature: Nature) -> Result<(), CliError> {
    let password = match &command {
        OperatorCommand::Add { .. } | OperatorCommand::Password { .. } => password()?,
        _ => String::new(),
    };
    let vault = compose::open_vault(config, &nature)?;
    let db = compose::open_database(config).await?;
    // The demo may have more operators; anything else is real from its first operator on.
    installation::mark(&db, installation::Kind::Real).await?;
    let services = compose::services_that_send_nothing(config, db.clone(), vault, nature)?;
    perform(&services, command, &password).await?;
    db.close().await;
    Ok(())
}

async fn perform(services: &Services, command: OperatorCommand, password: &str) -> Result<(), CliError> {
    match command {
        OperatorCommand::Add { login, name, contact, scope } => {
            let name = name.as_deref().unwrap_or(&login);
            let (contact, providers) = (contact.as_deref(), scope.providers.as_slice());
            operators::add(services, NewOperator { login: &login, name, contact, providers, password }).await?;
            println!("Added the operator {login}. The console: {}/console/sign-in", services.settings().public_url);
            println!("The first sign-in sets up the second factor: an application for codes on a phone.");
        }
        OperatorCommand::List => list(services).await?,
        OperatorCommand::Disable { login } => {
            operators::disable(services, &login).await?;
            println!("Disabled {login}; their sessions are ended.");
        }
        OperatorCommand::Enable { login } => {
            operators::enable(services, &login).await?;
            println!("Enabled {login}.");
        }
        OperatorCommand::Password { login } => {
            operators::set_password(services, &login, password).await?;
            println!("Changed the password of {login}; their sessions are ended.");
        }
        OperatorCommand::Providers { login, scope } => {
            operators::set_providers(services, &login, &scope.providers).await?;
            println!("{login}: {}", shown(&scope.providers));
        }
        OperatorCommand::ResetSecondFactor { login } => {
            let removed = operators::reset_second_factor(services, &login).await?;
            let what = if removed { "removed the second factor" } else { "there was no second factor" };
            println!("{login}: {what}; the next sign-in sets up another.");
        }
    }
    Ok(())
}

fn shown(providers: &[String]) -> String {
    if providers.is_empty() { "every provider".to_owned() } else { providers.join(", ") }
}

async fn list(services: &Services) -> Result<(), CliError> {
    let offset = services.settings().utc_offset_hours;
    for listed in operators::list(services).await? {
        let operator = listed.operator;
        let state = if operator.disabled_at.is_some() { "disabled" } else { "enabled" };
        let factor = if listed.second_factor { "second factor on" } else { "no second factor yet" };
        let seen = listed.last_sign_in.map_or_else(|| "never".to_owned(), |at| at.show(offset));
        let providers = shown(&listed.providers);
        println!("{}\t{}\t{state}\t{factor}\t{providers}\tlast sign-in: {seen}", operator.login, operator.name);
    }
    Ok(())
}

fn password() -> Result<String, CliError> {
    if let Ok(password) = std::env::var(PASSWORD_VARIABLE) {
        return filled(password);
    }
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(|_| CliError::NoPassword)?;
        return filled(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let ask = |words: String| rpassword::prompt_password(words).map_err(|_| CliError::NoPassword);
    let first = filled(ask(format!("Password, at least {} characters: ", operators::PASSWORD_LEAST))?)?;
    if ask("The same again: ".to_owned())? == first { Ok(first) } else { Err(CliError::PasswordsDiffer) }
}

fn filled(password: String) -> Result<String, CliError> {
    if password.is_empty() { Err(CliError::NoPassword) } else { Ok(password) }
}
