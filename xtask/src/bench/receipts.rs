//! Printing speed of receipts: single ones compared with the same page by two Python libraries, and a whole town at
//! once.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{held_memory, peak_memory, portal_command, program};
use crate::apt;
use crate::command::{Command, find_program};
use crate::workspace::Workspace;

/// The slower peer prints a handful per second.
const PEERS_RECEIPTS: u32 = 100;
const PEERS: [&str; 2] = ["reportlab", "weasyprint"];
/// The libraries with which WeasyPrint draws letters, and Python's own package isolation.
const PEERS_PACKAGES: [&str; 4] = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "python3-venv"];

const TOWN: u32 = 50_000;
const PROVIDER: &str = "bulk";
const PERIOD: &str = "2000-01";
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Prints the tables.
///
/// # Errors
/// When a program does not build, install or run.
pub fn bench(workspace: &Workspace) -> Result<()> {
    workspace.command(program(workspace, "receipts")).run()?;
    peers(workspace)?;
    town(workspace)
}

/// The same page by ReportLab and WeasyPrint, installed into their own folder.
fn peers(workspace: &Workspace) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let records = folder.path().join("records.jsonl");
    let python = install_peers(workspace)?;
    let count = PEERS_RECEIPTS.to_string();
    workspace.command(program(workspace, "receipts")).args(["--records", &count]).arg(&records).quiet().run()?;
    for peer in PEERS {
        let script = peers_folder(workspace).join("receipts.py");
        let fonts = workspace.path("src/document/fonts");
        let told = Command::new(&python).arg(script).arg(peer).arg(&records).arg(fonts).quiet().output()?;
        let told: Value = serde_json::from_str(&told).with_context(|| format!("{peer} said {told}"))?;
        let number = |name: &str| told[name].as_f64().unwrap_or_default();
        println!(
            "{:<26} {:>8.0} {:>10.1} {:>10.1} {:>10} {:>12.0}",
            format!("{}, {count}", told["name"].as_str().unwrap_or(peer)),
            number("a_second"),
            number("p50_ms"),
            number("p99_ms"),
            "",
            number("bytes"),
        );
    }
    Ok(())
}

fn peers_folder(workspace: &Workspace) -> PathBuf {
    workspace.path("xtask/src/bench/peers")
}

/// Returns the Python with these packages.
fn install_peers(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target("bench-peers");
    let python = folder.join("bin/python");
    let works = || Command::new(&python).args(["-c", "import reportlab, weasyprint, segno"]).quiet().output().is_ok();
    if works() {
        return Ok(python);
    }
    apt::install(&PEERS_PACKAGES)?;
    let system = find_program("python3").context("the peers need Python 3")?;
    Command::new(system).args(["-m", "venv"]).arg(&folder).run()?;
    let requirements = peers_folder(workspace).join("requirements.txt");
    Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(requirements).run()?;
    ensure!(works(), "the peers were installed, but do not start");
    Ok(python)
}

/// `kabinet receipts` over a town, in both modes.
fn town(workspace: &Workspace) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("files");
    let count = TOWN.to_string();
    let make = workspace.command(program(workspace, "bulk_charges")).arg(&files).args([&count, &count]);
    make.quiet().output().context("cannot make the files")?;
    let portal = || portal_command(workspace, folder.path()).quiet();
    for step in ["key", "migrate"] {
        portal().arg(step).output()?;
    }
    for kind in ["providers", "accounts", "charges"] {
        let file = files.join(format!("{kind}.csv"));
        portal().args(["import", kind]).arg(file).args(["--provider", PROVIDER]).output()?;
    }
    println!(
        "\n{:<26} {:>8} {:>10} {:>12} {:>14} {:>16}",
        format!("kabinet receipts, {TOWN}"),
        "a second",
        "bytes each",
        "most MB",
        "at a half, MB",
        "kB more for each"
    );
    run(workspace, folder.path(), "each in its own file", &[])?;
    run(workspace, folder.path(), "merged", &["--merged"])
}

fn run(workspace: &Workspace, folder: &Path, name: &str, flags: &[&str]) -> Result<()> {
    let out = folder.join("out");
    let command = portal_command(workspace, folder).quiet();
    let command = command.args(["receipts", "--provider", PROVIDER, "--period", PERIOD, "--jobs", "2", "--out"]);
    let started = Instant::now();
    let mut process =
        command.arg(&out).args(flags).into_process().stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let (mut peak, mut held) = (0, Vec::new());
    let status = loop {
        peak = peak.max(peak_memory(process.id()).unwrap_or(0));
        held.extend(held_memory(process.id()));
        if let Some(status) = process.try_wait()? {
            break status;
        }
        std::thread::sleep(LOOK_EVERY);
    };
    let seconds = started.elapsed().as_secs_f64();
    ensure!(status.success(), "kabinet receipts failed ({status})");
    let bytes: u64 =
        std::fs::read_dir(&out)?.flatten().filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum();
    std::fs::remove_dir_all(&out)?;
    let town = f64::from(TOWN);
    println!(
        "{name:<26} {:>8.0} {:>10.0} {:>12.0} {:>14.0} {:>16.3}",
        town / seconds,
        bytes as f64 / town,
        peak as f64 / 1e6,
        held.get(held.len() / 2).copied().unwrap_or_default() as f64 / 1e6,
        slope(&held) * held.len() as f64 / town / 1e3,
    );
    Ok(())
}

/// Growth of memory per sample in the second half of the run, in bytes: its least-squares slope.
fn slope(held: &[u64]) -> f64 {
    let later = &held[held.len() / 2..];
    let count = later.len() as f64;
    let (mean_x, mean_y) = ((count - 1.0) / 2.0, later.iter().sum::<u64>() as f64 / count);
    let (mut above, mut below) = (0.0, 0.0);
    for (place, bytes) in later.iter().enumerate() {
        let x = place as f64 - mean_x;
        above += x * (*bytes as f64 - mean_y);
        below += x * x;
    }
    if below == 0.0 { 0.0 } else { above / below }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_that_of_the_second_half() {
        let held: Vec<u64> = [0, 500, 900, 1000, 1010, 1020, 1030, 1040].into();
        assert!((slope(&held) - 10.0).abs() < 1e-9);
        assert!(slope(&[5]).abs() < f64::EPSILON);
    }
}
