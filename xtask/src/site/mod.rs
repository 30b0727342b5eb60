//! The site: WebAssembly, its JavaScript, the style and the public files, each precompressed, in `target/site`.
//!
//! Steps with unchanged inputs are skipped. The table of sizes is printed every time, and the build fails if
//! WebAssembly and JavaScript exceed the budget.

mod precompress;
mod public;
mod script;
mod sizes;
mod stamp;
mod style;
mod wasm;

use std::path::PathBuf;

use anyhow::{Context, Result};

pub use wasm::{PROFILE as WASM_PROFILE, TARGET as WASM_TARGET, add_target as add_wasm_target};

use crate::command::Command;
use crate::node;
use crate::workspace::Workspace;

/// Signals to the release build that the site changed: `src/http/assets.rs` reads this variable, so cargo recompiles it
/// when the value changes, also when files were added or removed. Not named like the portal's settings: an unknown one
/// of those is an error.
const STAMP_VARIABLE: &str = "SITE_STAMP";

/// Builds the site into `target/site`.
///
/// # Errors
/// When a step fails or the site is over its budget.
pub fn build(workspace: &Workspace) -> Result<()> {
    std::fs::create_dir_all(workspace.site()).context("cannot make target/site")?;
    std::fs::create_dir_all(workspace.site_work()).context("cannot make target/site-work")?;
    let tools = install_tools(workspace)?;
    wasm::build(workspace, tools.as_deref())?;
    style::build(workspace)?;
    public::copy(workspace, tools.as_deref())?;
    let weighed = precompress::compress(&workspace.site())?;
    sizes::print(&weighed);
    sizes::keep_the_budget(&weighed, tools.is_some())
}

/// The folder of the optimiser and the minifier, if Node is installed.
fn install_tools(workspace: &Workspace) -> Result<Option<PathBuf>> {
    if !node::is_there() {
        eprintln!("Node is not there: the site is built without wasm-opt and stays bigger; {}.", node::WAY_OUT);
        return Ok(None);
    }
    let folder = workspace.path("xtask/node");
    node::install(&folder)?;
    Ok(Some(folder.join("node_modules")))
}

/// Builds the site, then the binary that embeds it; returns the binary's path.
///
/// # Errors
/// When a step fails.
pub fn build_all(workspace: &Workspace) -> Result<PathBuf> {
    build(workspace)?;
    build_release(workspace, &["--bin", "kabinet"])?;
    let binary = workspace.binary();
    let bytes = std::fs::metadata(&binary).with_context(|| format!("no {}", binary.display()))?.len();
    println!("{}: {:.1} MB", binary.display(), bytes as f64 / 1e6);
    Ok(binary)
}

/// `cargo build --release` of some targets, with the site in `target/site` embedded.
///
/// # Errors
/// When the build fails.
pub fn build_release(workspace: &Workspace, targets: &[&str]) -> Result<()> {
    let command = workspace.cargo().args(["build", "--release", "--package", "kabinet"]).args(targets);
    with_stamp(workspace, command)?.run()
}

/// Passes the hash of the site in `target/site`, if any, to a cargo command: builds with the same hash share their
/// artifacts.
///
/// # Errors
/// When the site cannot be read.
pub fn with_stamp(workspace: &Workspace, command: Command) -> Result<Command> {
    if !workspace.site().is_dir() {
        return Ok(command);
    }
    Ok(command.env(STAMP_VARIABLE, stamp::of_folders(&[&workspace.site()])?))
}
