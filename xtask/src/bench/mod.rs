//! `cargo xtask bench`: sizes and speed. Everything runs on this machine, bounded in count and time.

mod import;
mod lighthouse;
mod notices;
mod receipts;
pub mod server;

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
    /// Requests per second of three pages, compared with a bare axum
    Server,
    /// Milliseconds per receipt compared with two peers, and print runs over a town
    Receipts,
    /// A file of a million charges
    Import,
    /// Notices to a million accounts, on both engines
    Notices,
    /// Points of five pages on a phone, by Lighthouse
    Lighthouse,
}

/// The programs in `benches/`: examples in `Cargo.toml`, so that they are compiled as the release is.
const PROGRAMS: [&str; 5] = ["hello", "load", "notices", "receipts", "bulk_charges"];

/// Measures the chosen parts, or everything.
///
/// # Errors
/// When a program does not build or does not run.
pub fn bench(workspace: &Workspace, only: &[What]) -> Result<()> {
    let chosen = |what: What| only.is_empty() || only.contains(&what);
    site::build(workspace)?;
    if only == [What::Site] {
        return Ok(());
    }
    let programs = PROGRAMS.iter().flat_map(|name| ["--example", name]);
    site::build_release(workspace, &["--bin", "kabinet"].into_iter().chain(programs).collect::<Vec<_>>())?;
    if chosen(What::Receipts) {
        section("receipts", || receipts::bench(workspace))?;
    }
    if chosen(What::Server) {
        section("server", || server::bench(workspace))?;
    }
    if chosen(What::Import) {
        section("import", || import::bench(workspace))?;
    }
    if chosen(What::Notices) {
        section("notices", || notices::bench(workspace))?;
    }
    if chosen(What::Lighthouse) {
        section("lighthouse", || lighthouse::bench(workspace))?;
    }
    Ok(())
}

/// A part of the benchmark; prints the share of stolen CPU time, because a shared machine makes figures worse.
fn section(name: &str, measure: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n── {name} ──");
    let before = CoreTime::now();
    measure()?;
    if let Some(percent) = before.zip(CoreTime::now()).and_then(|(before, now)| now.stolen_since(before)) {
        println!("Taken from this machine by its host meanwhile: {percent} % of the cores' time that was asked for.");
    }
    Ok(())
}

/// Time of all cores since the machine started, in ticks: `proc_stat(5)`.
#[derive(Clone, Copy)]
struct CoreTime {
    busy: u64,
    stolen: u64,
}

impl CoreTime {
    /// `None` where the kernel does not report it.
    fn now() -> Option<Self> {
        Self::parse(&std::fs::read_to_string("/proc/stat").ok()?)
    }

    fn parse(stat: &str) -> Option<Self> {
        let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let ticks: Vec<u64> = line.split_whitespace().map_while(|field| field.parse().ok()).collect();
        let [user, nice, system, _idle, _waiting, interrupts, soft_interrupts, stolen, ..] = ticks.as_slice() else {
            return None;
        };
        Some(Self { busy: user + nice + system + interrupts + soft_interrupts, stolen: *stolen })
    }

    /// Stolen time as a share of the wanted time, in percent.
    fn stolen_since(self, earlier: Self) -> Option<u64> {
        let (busy, stolen) = (self.busy.checked_sub(earlier.busy)?, self.stolen.checked_sub(earlier.stolen)?);
        (stolen * 100).checked_div(busy + stolen)
    }
}

fn program(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target(&format!("release/examples/{name}"))
}

/// The binary with its own data in a folder.
pub fn portal_command(workspace: &Workspace, folder: &Path) -> Command {
    Command::new(workspace.binary())
        .folder(folder)
        .env("KABINET_DATABASE_URL", format!("sqlite://{}", folder.join("kabinet.db").display()))
        .env("KABINET_SECRET_KEY_FILE", folder.join("secret.key"))
}

/// The peak memory of a process, in bytes; `None` once it has ended.
fn peak_memory(process: u32) -> Option<u64> {
    memory_by(process, "VmHWM:")
}

/// The current memory of a process, in bytes; `None` once it has ended.
fn held_memory(process: u32) -> Option<u64> {
    memory_by(process, "VmRSS:")
}

/// A value of `proc_pid_status(5)`, in kilobytes there.
fn memory_by(process: u32, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?;
    Some(kilobytes.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_host_took_is_told_in_percent_of_what_was_wanted() {
        let time = |line: &str| CoreTime::parse(&format!("{line}\ncpu0 1 2 3\n"));
        let before = time("cpu  100 0 50 9000 5 0 0 10 0 0").unwrap();
        let now = time("cpu  160 0 70 9900 5 5 5 40 0 0").unwrap();
        assert_eq!(now.stolen_since(before), Some(25));
        assert_eq!(before.stolen_since(before), None);
        assert!(time("cpu  100 0").is_none());
    }

    #[test]
    fn a_running_process_holds_some_memory() {
        let (held, peak) = (held_memory(std::process::id()).unwrap(), peak_memory(std::process::id()).unwrap());
        assert!(held > 100_000);
        assert!(peak > 100_000);
    }
}
