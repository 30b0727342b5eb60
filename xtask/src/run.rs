//! `cargo xtask run`: builds and starts a portal with demo data.

use std::os::unix::process::CommandExt;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::site;
use crate::workspace::Workspace;

/// Builds everything, fills an empty database with the demo town, and becomes the server, which Ctrl-C stops.
/// A database with data is kept as it is.
///
/// # Errors
/// When the build, the demo town or the start fails; otherwise it does not return.
pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    let binary = site::build_all(workspace)?;
    workspace.command(&binary).arg("demo").run().context("cannot fill the database")?;
    let error = workspace.command(&binary).args(["serve", "--demo"]).into_process().exec();
    Err(error).context("cannot start the server")
}
