//! The project's front door: `cargo xtask run | build | test | e2e | bench`.
//!
//! Needs rustup's Rust and, for the whole of it, Node; everything else it finds or installs itself, or says what is
//! missing and the way out. It is compiled before anything else, so it stays small; it never links the `kabinet` crate.

mod command;
mod node;
mod site;
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
    /// Builds the site and the one binary, target/release/kabinet
    Build {
        /// Only the site: target/site
        #[arg(long)]
        site_only: bool,
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
        Task::Build { site_only: true } => site::build(&workspace).map(|()| ExitCode::SUCCESS),
        Task::Build { site_only: false } => site::build_all(&workspace).map(|_| ExitCode::SUCCESS),
    }
}
