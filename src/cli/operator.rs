//! `kabinet operator …`: manages operators. A password is never an argument, because other users of the machine see
//! those.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, IsTerminal as _};

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::compose;
use super::failure::CliError;
use crate::clock::Nature;
use crate::config::Config;
use crate::domain::calendar::Moment;
use crate::service::Services;
use crate::service::operators::{self, NewOperator, Providers};

/// The variable with the password, for scripts.
const PASSWORD_VARIABLE: &str = "KABINET_OPERATOR_PASSWORD";

#[derive(Debug, Subcommand)]
pub(super) enum OperatorCommand {
    /// Add an operator; the password is asked for, or read from KABINET_OPERATOR_PASSWORD
    #[expect(clippy::doc_markdown, reason = "the text of `--help`")]
    Add {
        /// What the operator types to enter
        login: String,
        /// The name in the console and the audit trail; the login by default
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

/// One of the two has to be written: a flag that was forgotten must not open every provider.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct ScopeArgs {
    /// A provider's code; may be repeated
    #[arg(long = "provider", value_name = "CODE", value_parser = NonEmptyStringValueParser::new())]
    providers: Vec<String>,
    /// Every provider, also those to come
    #[arg(long)]
    all_providers: bool,
}

impl ScopeArgs {
    fn providers(&self) -> Providers<&[String]> {
        if self.all_providers { Providers::All } else { Providers::Only(&self.providers) }
    }
}

pub(super) async fn run(config: &Config, command: OperatorCommand, nature: Nature) -> Result<(), CliError> {
    let password = match &command {
        OperatorCommand::Add { .. } | OperatorCommand::Password { .. } => password()?,
        _ => String::new(),
    };
    let services = compose::services_that_send_nothing(config, nature).await?;
    perform(&services, command, &password).await?;
    services.db().close().await;
    Ok(())
}

async fn perform(services: &Services, command: OperatorCommand, password: &str) -> Result<(), CliError> {
    match command {
        OperatorCommand::Add { login, name, contact, scope } => {
            let name = name.as_deref().unwrap_or(&login);
            let (contact, providers) = (contact.as_deref(), scope.providers());
            operators::add(services, NewOperator { login: &login, name, contact, providers, password }).await?;
            println!("Added the operator {login}. The console: {}/console/sign-in", services.settings().public_url);
            println!("The first sign-in sets up the second factor: an application for codes on a phone.");
        }
        OperatorCommand::List => list(services).await?,
        OperatorCommand::Disable { login } => {
            let since = operators::disable(services, &login).await?;
            println!("{}", told_of_disabling(&login, since, services.settings().utc_offset_hours));
        }
        OperatorCommand::Enable { login } => {
            let enabled = operators::enable(services, &login).await?;
            println!("{login} {}", if enabled { "is enabled." } else { "was enabled already; nothing was changed." });
        }
        OperatorCommand::Password { login } => {
            operators::set_password(services, &login, password).await?;
            println!("Changed the password of {login}; their sessions are ended.");
        }
        OperatorCommand::Providers { login, scope } => {
            let changed = operators::set_providers(services, &login, scope.providers()).await?;
            let what = if changed { "works for" } else { "works already for" };
            println!("{login} {what} {}.", shown(scope.providers()));
        }
        OperatorCommand::ResetSecondFactor { login } => {
            let removed = operators::reset_second_factor(services, &login).await?;
            let what = if removed { "removed the second factor" } else { "there was no second factor" };
            println!("{login}: {what}; the next sign-in sets up another.");
        }
    }
    Ok(())
}

fn told_of_disabling(login: &str, since: Option<Moment>, offset: i8) -> String {
    match since {
        None => format!("{login} is disabled; their sessions are ended."),
        Some(since) => format!("{login} was disabled already since {}; nothing was changed.", since.show(offset)),
    }
}

/// The providers as text, sorted, each once.
fn shown(providers: Providers<&[String]>) -> String {
    match providers {
        Providers::All => "every provider".to_owned(),
        Providers::Only([]) => "no provider".to_owned(),
        Providers::Only(codes) => {
            let codes: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
            codes.into_iter().collect::<Vec<_>>().join(", ")
        }
    }
}

async fn list(services: &Services) -> Result<(), CliError> {
    let offset = services.settings().utc_offset_hours;
    for listed in operators::list(services).await? {
        let operator = listed.operator;
        let state = if operator.disabled_at.is_some() { "disabled" } else { "enabled" };
        let factor = if listed.second_factor { "second factor on" } else { "no second factor yet" };
        let seen = listed.last_sign_in.map_or_else(|| "never".to_owned(), |at| at.show(offset));
        let providers = match &listed.providers {
            Providers::All => shown(Providers::All),
            Providers::Only(codes) => shown(Providers::Only(codes)),
        };
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
