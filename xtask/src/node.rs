//! Node and npm packages.

use std::path::Path;

use anyhow::{Context, Result};

use crate::command::{Command, find_program};

/// The instruction where Node is missing.
pub const WAY_OUT: &str = "install Node 20 or newer (with npm) and start again";

/// Whether both `node` and `npm` are in PATH.
pub fn is_there() -> bool {
    find_program("node").is_some() && find_program("npm").is_some()
}

/// Installs the packages of the folder's lock file, unless exactly these are installed already.
///
/// Install scripts of packages do not run: ours need none, and scripts that do not run can do no harm.
///
/// # Errors
/// When npm is missing or cannot fetch the packages.
pub fn install(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let wanted = std::fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let installed = folder.join("node_modules/.installed-lock.json");
    if std::fs::read(&installed).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .folder(folder)
        .run()
        .with_context(|| format!("cannot install the packages of {}; {WAY_OUT}", folder.display()))?;
    std::fs::write(&installed, wanted).with_context(|| format!("cannot write {}", installed.display()))
}
