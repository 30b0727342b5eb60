//! The project's entry point: `cargo xtask run | build | test | e2e | bench | rooms | sbom`.
//!
//! Needs rustup's Rust and, for some commands, Node; it finds or installs everything else itself, or says what is
//! missing and how to get it. It is compiled before anything else, so it stays small; it never links the `kabinet`
//! crate.

#![expect(clippy::cast_precision_loss, reason = "sizes and counts that are printed or drawn, far below 2^52")]

mod apt;
mod attack;
mod bench;
mod browser;
mod client;
mod command;
mod documents;
mod end2end;
mod node;
mod postgres;
mod rooms;
mod run;
mod sbom;
mod site;
mod tally;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use workspace::Workspace;

/// Builds, starts, tests and measures Kabinet.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds everything, fills an empty data/kabinet.db with the demo town and serves it on http://127.0.0.1:3000
    #[expect(clippy::doc_markdown, reason = "the text of `--help`")]
    Run,
    /// Builds the site and the one binary, target/release/kabinet
    Build {
        /// Only the site: target/site
        #[arg(long)]
        site_only: bool,
    },
    /// Runs every test; the last line counts the passed and the failed
    Test {
        /// Only this part; may be repeated
        #[arg(long, value_enum, value_name = "PART")]
        only: Vec<test::Part>,
    },
    /// Builds, then runs the end-to-end tests in Chromium
    E2e {
        /// Arguments for Playwright, such as `-- --project sqlite --grep M6`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Writes the software bill of materials of the binary, as CycloneDX, to target/sbom.json
    Sbom,
    /// Draws the imports between the rooms of the code, to docs/rooms.svg
    Rooms {
        /// Only compares: fails when the picture is older than the code
        #[arg(long)]
        check: bool,
    },
    /// Measures, and prints tables
    Bench {
        /// Only this one; may be repeated
        #[arg(value_enum, value_name = "WHAT")]
        only: Vec<bench::What>,
    },
}

fn main() -> ExitCode {
    match perform(Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match task {
        Task::Run => run::run(&workspace),
        Task::Build { site_only: true } => site::build(&workspace).map(|()| ExitCode::SUCCESS),
        Task::Build { site_only: false } => site::build_all(&workspace).map(|_| ExitCode::SUCCESS),
        Task::Test { only } => Ok(test::test(&workspace, &only)),
        Task::E2e { arguments } => end2end::run_alone(&workspace, &arguments),
        Task::Sbom => sbom::write(&workspace).map(|()| ExitCode::SUCCESS),
        Task::Rooms { check } => rooms::draw(&workspace, check).map(|()| ExitCode::SUCCESS),
        Task::Bench { only } => bench::bench(&workspace, &only).map(|()| ExitCode::SUCCESS),
    }
}
