//! Paths in the work tree.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::Command;

/// The work tree and cargo's target folder.
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the work tree by the path of this program's source.
    ///
    /// # Errors
    /// When the source no longer exists.
    pub fn find() -> Result<Self> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = source.parent().context("xtask stands in no work tree")?.to_path_buf();
        anyhow::ensure!(root.join("Cargo.toml").is_file(), "no Cargo.toml in {}", root.display());
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// A path inside the work tree.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// A path inside cargo's target folder.
    pub fn target(&self, inside: &str) -> PathBuf {
        self.target.join(inside)
    }

    /// The served site. Always inside the work tree, because the binary embeds it from there.
    pub fn site(&self) -> PathBuf {
        self.root.join("target/site")
    }

    /// Intermediate files of the site's build; may be deleted at any time.
    pub fn site_work(&self) -> PathBuf {
        self.root.join("target/site-work")
    }

    /// The portal's binary.
    pub fn binary(&self) -> PathBuf {
        self.target(&format!("release/kabinet{}", std::env::consts::EXE_SUFFIX))
    }

    /// Cargo, the one that started us, without the variables that it sets for our own package: build scripts that watch
    /// those variables (ring's does) would run again after each cargo called by hand, and half of the crates with them.
    pub fn cargo(&self) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let told = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let told = told.filter(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        told.fold(self.command(cargo), |command, name| command.without_env(&name))
    }

    /// A command that starts at the root of the work tree.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        Command::new(program).folder(&self.root)
    }
}
