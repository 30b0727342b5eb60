//! Debian's packages, for a machine without the prerequisites.

use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use crate::command::{Command, find_program};

/// The package lists are updated once: a new image has none.
static UPDATED: OnceLock<()> = OnceLock::new();

/// Installs packages, on Debian and as root.
///
/// # Errors
/// When this is not Debian or not root, or when they cannot be fetched; the error names what to install by hand.
pub fn install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("install {} and start again", packages.join(", "));
    if find_program("apt-get").is_none() || !is_root() {
        bail!("it is missing and only root on Debian can install it from here; {by_hand}");
    }
    if UPDATED.set(()).is_ok() {
        apt_get(&["update", "-q"]).with_context(|| by_hand.clone())?;
    }
    apt_get(
        &["install", "-q", "-y", "--no-install-recommends"]
            .into_iter()
            .chain(packages.iter().copied())
            .collect::<Vec<_>>(),
    )
    .context(by_hand)
}

/// Whether we are root.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").run()
}
