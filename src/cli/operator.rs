//! `kabinet operator …`: who may enter the console. A password never stands on the command line, where others see it.

use std::io::{self, BufRead as _, IsTerminal as _};

use clap::Subcommand;

use super::compose;
use super::failure::CliError;
use crate::clock::Nature;
use crate::config::Config;
use crate::service::{installation, operators};

/// The variable with the password, for scripts.
const PASSWORD_VARIABLE: &str = "KABINET_OPERATOR_PASSWORD";

#[derive(Debug, Subcommand)]
pub(super) enum OperatorCommand {
    /// Make an operator; the password is asked for, or read from KABINET_OPERATOR_PASSWORD
    Add {
        /// What the operator types to enter
        login: String,
        /// What the console and the audit trail call them; the login where none is given
        #[arg(long)]
        name: Option<String>,
    },
}

pub(super) async fn run(config: &Config, command: OperatorCommand, nature: Nature) -> Result<(), CliError> {
    let OperatorCommand::Add { login, name } = command;
    let password = password()?;
    let vault = compose::open_vault(config, &nature)?;
    let db = compose::open_database(config).await?;
    // The demo may have more operators; anything else is real from its first operator on.
    installation::mark(&db, installation::Kind::Real).await?;
    let services = compose::services_that_send_nothing(config, db.clone(), vault, nature)?;
    operators::add(&services, &login, name.as_deref().unwrap_or(&login), &password).await?;
    println!("Made the operator {login}. The console: {}/console/sign-in", services.settings().public_url);
    db.close().await;
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
