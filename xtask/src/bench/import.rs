//! Import speed of a file of charges, and the memory that it takes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::{peak_memory, portal_command, program};
use crate::workspace::Workspace;

const ACCOUNTS: u64 = 10_000;
const CHARGES: u64 = 1_000_000;
const PROVIDER: &str = "bulk";
/// Sampling interval: the kernel keeps the peak, so rare samples miss only the last moment.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Prints the table.
///
/// # Errors
/// When a file cannot be generated or imported.
pub fn bench(workspace: &Workspace) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("files");
    workspace
        .command(program(workspace, "bulk_charges"))
        .arg(&files)
        .args([ACCOUNTS.to_string(), CHARGES.to_string()])
        .quiet()
        .output()
        .context("cannot make the files")?;
    for step in ["key", "migrate"] {
        portal_command(workspace, folder.path()).arg(step).quiet().output()?;
    }

    println!("{:<12} {:>10} {:>10} {:>10} {:>12} {:>10}", "file", "rows", "MB", "seconds", "rows/s", "memory, MB");
    load(workspace, folder.path(), "providers", 1)?;
    load(workspace, folder.path(), "accounts", ACCOUNTS)?;
    load(workspace, folder.path(), "charges", CHARGES)?;
    let database = std::fs::metadata(folder.path().join("kabinet.db"))?.len();
    println!("the database takes {:.0} MB", database as f64 / 1e6);
    Ok(())
}

fn load(workspace: &Workspace, folder: &Path, kind: &str, rows: u64) -> Result<()> {
    let file = folder.join("files").join(format!("{kind}.csv"));
    let mut command = portal_command(workspace, folder).args(["import", kind]).arg(&file).quiet();
    if kind != "providers" {
        command = command.args(["--provider", PROVIDER]);
    }
    let started = Instant::now();
    let mut process = command.into_process().stdout(std::process::Stdio::null()).spawn().context("cannot start")?;
    let mut memory = 0;
    let status = loop {
        memory = memory.max(peak_memory(process.id()).unwrap_or(0));
        if let Some(status) = process.try_wait()? {
            break status;
        }
        std::thread::sleep(LOOK_EVERY);
    };
    let seconds = started.elapsed().as_secs_f64();
    ensure!(status.success(), "kabinet import {kind} failed ({status})");
    let megabytes = std::fs::metadata(&file)?.len() as f64 / 1e6;
    let (rate, memory) = (rows as f64 / seconds, memory as f64 / 1e6);
    println!("{kind:<12} {rows:>10} {megabytes:>10.1} {seconds:>10.1} {rate:>12.0} {memory:>10.0}");
    Ok(())
}
