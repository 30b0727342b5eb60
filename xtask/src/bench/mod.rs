//! `cargo xtask bench`: how big, how fast. Everything runs on this machine, bounded in count and time.

mod import;
mod load;
mod server;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;

use crate::command::Command;
use crate::site;
use crate::workspace::Workspace;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Bytes that a browser loads
    Site,
    /// Requests a second of three pages, beside a bare axum
    Server,
    /// Milliseconds for a receipt
    Receipt,
    /// A file of a million charges
    Import,
}

/// Programs beside the binary that measuring takes.
const EXAMPLES: [&str; 8] =
    ["--bin", "kabinet", "--example", "hello", "--example", "receipts", "--example", "bulk_charges"];

/// Measures what is chosen, or everything.
///
/// # Errors
/// When something does not build or does not run.
pub fn bench(workspace: &Workspace, only: &[What]) -> Result<()> {
    let chosen = |what: What| only.is_empty() || only.contains(&what);
    site::build(workspace)?;
    if only == [What::Site] {
        return Ok(());
    }
    site::build_release(workspace, &EXAMPLES)?;
    if chosen(What::Receipt) {
        println!("\n── receipt ──");
        workspace.command(example(workspace, "receipts")).run()?;
    }
    if chosen(What::Server) {
        println!("\n── server ──");
        server::bench(workspace)?;
    }
    if chosen(What::Import) {
        println!("\n── import ──");
        import::bench(workspace)?;
    }
    Ok(())
}

fn example(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target(&format!("release/examples/{name}"))
}

/// The binary with data of its own in a folder.
fn portal_command(workspace: &Workspace, folder: &Path) -> Command {
    Command::new(workspace.binary())
        .folder(folder)
        .env("KABINET_DATABASE_URL", format!("sqlite://{}", folder.join("kabinet.db").display()))
        .env("KABINET_SECRET_KEY_FILE", folder.join("secret.key"))
}

/// The most memory that a process has held, in bytes; none once it has ended.
fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kilobytes: u64 =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_process_holds_some_memory() {
        assert!(peak_memory(std::process::id()).unwrap() > 100_000);
    }
}
