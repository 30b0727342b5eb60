//! The browser of the end-to-end tests. Playwright's own download is not needed.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::apt;
use crate::command::find_program;

/// Overrides the Chromium in PATH.
pub const VARIABLE: &str = "KABINET_CHROMIUM";
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// Finds Chromium, or installs it.
///
/// # Errors
/// When there is no Chromium and it cannot be installed.
pub fn find_or_install() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        let path = PathBuf::from(named);
        anyhow::ensure!(path.is_file(), "{VARIABLE} names {}, which is not there", path.display());
        return Ok(path);
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    apt::install(&["chromium"]).with_context(|| format!("Chromium is needed; {VARIABLE} may name one"))?;
    find().context("Chromium was installed, but is not in PATH")
}

fn find() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| find_program(name))
}
