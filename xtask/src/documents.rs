//! Validates the documents of the portal with an independent program: `qpdf --check` on each made-up one.

use anyhow::{Context, Result, ensure};

use crate::apt;
use crate::command::{Command, find_program};
use crate::tally::Tally;
use crate::workspace::Workspace;

/// Prints and checks every made-up document; counts those without errors and warnings. The binary has to be built
/// already.
///
/// # Errors
/// When one cannot be printed or qpdf is missing.
pub fn check(workspace: &Workspace) -> Result<Tally> {
    if find_program("qpdf").is_none() {
        apt::install(&["qpdf"]).context("the documents are checked by qpdf")?;
    }
    let folder = tempfile::tempdir()?;
    Command::new(workspace.binary()).args(["receipt", "--demo", "all", "--out"]).arg(folder.path()).quiet().output()?;
    let mut tally = Tally::default();
    for file in std::fs::read_dir(folder.path())? {
        let file = file?.path();
        // A warning exits with 3, which is a failure here too.
        match Command::new("qpdf").arg("--check").arg(&file).quiet().output() {
            Ok(_) => tally.passed += 1,
            Err(fault) => {
                eprintln!("{fault:#}");
                tally.failed += 1;
            }
        }
    }
    ensure!(tally.passed + tally.failed > 0, "nothing was printed");
    println!("{} documents checked by qpdf, {} with faults", tally.passed + tally.failed, tally.failed);
    Ok(tally)
}
