//! Notices to a million accounts: planning, composing, sending through a mail server on the loopback, on both engines.

use anyhow::{Context, Result};

use super::program;
use crate::postgres::Server;
use crate::workspace::Workspace;

/// Accounts of the town.
const ACCOUNTS: u32 = 1_000_000;
/// Letters that are composed and sent.
const LETTERS: u32 = 20_000;

/// Prints a line for each step and engine.
///
/// # Errors
/// When PostgreSQL cannot be started, or the program fails.
pub fn bench(workspace: &Workspace) -> Result<()> {
    let folder = tempfile::tempdir()?;
    println!("SQLite");
    run(workspace, &format!("sqlite://{}", folder.path().join("kabinet.db").display()))?;
    let server = Server::named_or_own()?;
    println!("PostgreSQL");
    let database = format!("kabinet_bench_{}", std::process::id());
    let (base, _) = server.url().rsplit_once('/').context("the address names a database")?;
    psql(workspace, server.url(), &format!("CREATE DATABASE {database}"))?;
    let measured = run(workspace, &format!("{base}/{database}"));
    psql(workspace, server.url(), &format!("DROP DATABASE {database}"))?;
    measured
}

fn run(workspace: &Workspace, url: &str) -> Result<()> {
    workspace
        .command(program(workspace, "notices"))
        .args([url.to_owned(), ACCOUNTS.to_string(), LETTERS.to_string()])
        .run()
        .context("the program of the notices failed")
}

fn psql(workspace: &Workspace, url: &str, statement: &str) -> Result<()> {
    workspace.command("psql").args([url, "--quiet", "--command", statement]).quiet().run()
}
