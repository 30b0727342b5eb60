//! `cargo xtask test`: every check and every test, the cheapest first.
//!
//! A part that cannot run is a failure, never a skip. The last line is `N passed, N failed`.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::attack;
use crate::command::Command;
use crate::documents;
use crate::end2end::{Project, Stage};
use crate::postgres::{self, Server};
use crate::sbom;
use crate::site;
use crate::tally::{CargoTally, Tally};
use crate::workspace::Workspace;

/// A part of the tests, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Code is formatted as configured
    Format,
    /// Clippy has no warnings, for the server and for the browser
    Lint,
    /// The site and the release binary build
    Build,
    /// Unit, storage and HTTP tests, compiled as the release is
    Rust,
    /// qpdf accepts the documents
    Documents,
    /// Every route of the release binary is requested in every role
    Attack,
    /// End to end in Chromium, data in SQLite
    Sqlite,
    /// Each screen in every look: pictures, axe, HTML, sizes
    Looks,
    /// End to end in Chromium, data in PostgreSQL
    Postgres,
    /// End to end in Chromium without JavaScript, data in SQLite
    NoScript,
    /// End to end in Chromium without a mouse, data in SQLite
    Keyboard,
}

impl Part {
    const fn project(self) -> Option<Project> {
        match self {
            Self::Sqlite => Some(Project::Sqlite),
            Self::Looks => Some(Project::Looks),
            Self::Postgres => Some(Project::Postgres),
            Self::NoScript => Some(Project::NoScript),
            Self::Keyboard => Some(Project::Keyboard),
            Self::Format | Self::Lint | Self::Build | Self::Rust | Self::Documents | Self::Attack => None,
        }
    }

    /// Whether it needs the binary.
    const fn needs_build(self) -> bool {
        self.project().is_some() || matches!(self, Self::Documents | Self::Attack)
    }

    const fn needs_postgres(self) -> bool {
        matches!(self, Self::Rust | Self::Postgres)
    }
}

/// The result of a part.
struct Outcome {
    part: Part,
    elapsed: Duration,
    /// Counts by kind; empty for a part that only passes or fails as a whole.
    kinds: Vec<(String, Tally)>,
    total: Tally,
    /// A failure other than a failed test.
    trouble: Option<String>,
}

/// Runs the parts, prints the tables, and the counts on the last line.
pub fn test(workspace: &Workspace, only: &[Part]) -> ExitCode {
    let parts = choose(only);
    let started = Instant::now();
    let mut outcomes: Vec<Outcome> = Vec::new();
    let server = if parts.iter().any(|part| part.needs_postgres()) {
        Some(Server::named_or_own().map_err(|error| format!("{error:#}")))
    } else {
        None
    };
    for part in parts {
        println!("\n── {} ──", name(part));
        let built = outcomes.iter().all(|outcome| outcome.part != Part::Build || outcome.trouble.is_none());
        let outcome = perform(workspace, part, server.as_ref(), built);
        if let Some(trouble) = &outcome.trouble {
            eprintln!("{}: {trouble}", name(part));
        }
        outcomes.push(outcome);
    }
    drop(server);
    report(&outcomes, started.elapsed())
}

/// The chosen parts in their order; those that need the binary add the build.
fn choose(only: &[Part]) -> Vec<Part> {
    let needs_build = only.iter().any(|part| part.needs_build());
    let chosen = |part: &Part| only.is_empty() || only.contains(part) || (needs_build && *part == Part::Build);
    Part::value_variants().iter().copied().filter(chosen).collect()
}

type Counts = (Vec<(String, Tally)>, Tally);

fn perform(workspace: &Workspace, part: Part, server: Option<&Result<Server, String>>, built: bool) -> Outcome {
    let started = Instant::now();
    let result = run_part(workspace, part, server, built);
    let ((kinds, total), trouble) = match result {
        Ok(counts) => (counts, None),
        Err(error) => (Counts::default(), Some(format!("{error:#}"))),
    };
    Outcome { part, elapsed: started.elapsed(), kinds, total, trouble }
}

fn run_part(workspace: &Workspace, part: Part, server: Option<&Result<Server, String>>, built: bool) -> Result<Counts> {
    let server = match server {
        Some(Ok(server)) => Some(server),
        Some(Err(error)) if part.needs_postgres() => bail!("{error}"),
        _ => None,
    };
    match part {
        Part::Format => format(workspace).map(|()| Counts::default()),
        Part::Lint => lint(workspace).map(|()| Counts::default()),
        Part::Rust => rust(workspace, server.context("no PostgreSQL")?),
        Part::Build => site::build_all(workspace).map(|_| Counts::default()),
        Part::Documents => {
            anyhow::ensure!(built, "there is no binary to test");
            let tally = documents::check(workspace)?;
            Ok((vec![("documents by qpdf".to_owned(), tally)], tally))
        }
        Part::Attack => {
            anyhow::ensure!(built, "there is no binary to test");
            let tally = attack::check(workspace)?;
            Ok((vec![("routes and attacks".to_owned(), tally)], tally))
        }
        Part::Sqlite | Part::Looks | Part::Postgres | Part::NoScript | Part::Keyboard => {
            anyhow::ensure!(built, "there is no binary to test");
            let project = part.project().context("no project")?;
            let tally = Stage::prepare(workspace)?.run(project, server)?;
            Ok((vec![(format!("end-to-end, {}", project.name()), tally)], tally))
        }
    }
}

fn format(workspace: &Workspace) -> Result<()> {
    add_component(workspace, "fmt", "rustfmt")?;
    workspace.cargo().args(["fmt", "--all", "--check"]).run()
}

fn lint(workspace: &Workspace) -> Result<()> {
    add_component(workspace, "clippy", "clippy")?;
    site::add_wasm_target()?;
    let strict = ["--", "-D", "warnings"];
    let clippy = |arguments: &str| workspace.cargo().arg("clippy").args(arguments.split(' ')).args(strict).run();
    // In the profiles that the build uses later, so that macros and build scripts are compiled once.
    clippy("--package xtask --all-targets")?;
    clippy("--package kabinet --all-targets --release")?;
    let browser = format!("--package kabinet --lib --target {} --profile {}", site::WASM_TARGET, site::WASM_PROFILE);
    clippy(&format!("{browser} --no-default-features --features hydrate"))?;
    sbom::check_policy(workspace)
}

/// A minimal toolchain lacks these components.
fn add_component(workspace: &Workspace, subcommand: &str, component: &str) -> Result<()> {
    if workspace.cargo().args([subcommand, "--version"]).quiet().output().is_ok() {
        return Ok(());
    }
    Command::new("rustup").args(["component", "add", component]).run()
}

fn rust(workspace: &Workspace, server: &Server) -> Result<Counts> {
    let mut tally = CargoTally::default();
    // One package at a time: together, their features would be unified and typst would be compiled again. The portal's
    // tests share the release's dependencies, which take longer to compile than everything else.
    for (package, profile) in [("kabinet", "release"), ("xtask", "dev")] {
        let command = workspace.cargo().args(["test", "--package", package, "--profile", profile, "--no-fail-fast"]);
        let succeeded = site::with_stamp(workspace, command)?
            .env(postgres::VARIABLE, server.url())
            .each_line(|line| tally.line(line))?;
        anyhow::ensure!(succeeded || tally.total.failed > 0, "cargo test of {package} failed besides its tests");
    }
    anyhow::ensure!(tally.total.passed + tally.total.failed > 0, "cargo test ran no test");
    Ok((tally.kinds.into_iter().collect(), tally.total))
}

fn report(outcomes: &[Outcome], elapsed: Duration) -> ExitCode {
    let mut total = Tally::default();
    println!("\n{:<34} {:>8} {:>8} {:>8}", "tests", "passed", "failed", "skipped");
    for (kind, tally) in outcomes.iter().flat_map(|outcome| &outcome.kinds) {
        println!("{kind:<34} {:>8} {:>8} {:>8}", tally.passed, tally.failed, tally.skipped);
    }
    println!("\n{:<34} {:>8}", "part", "time");
    for outcome in outcomes {
        let said = outcome.trouble.as_deref().map(|trouble| format!("FAILED: {trouble}"));
        println!("{:<34} {:>8}  {}", name(outcome.part), clock(outcome.elapsed), said.unwrap_or_default());
        total += outcome.total;
        // A check that fails, or a part that cannot run, must count as a failure.
        total.failed += u64::from(outcome.trouble.is_some());
    }
    println!("{:<34} {:>8}\n", "all", clock(elapsed));
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn name(part: Part) -> String {
    part.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parts_run_unless_some_are_chosen() {
        assert_eq!(choose(&[]).len(), Part::value_variants().len());
        assert_eq!(choose(&[Part::Lint, Part::Format]), [Part::Format, Part::Lint]);
    }

    #[test]
    fn what_looks_at_the_binary_brings_the_build_with_it() {
        assert_eq!(choose(&[Part::NoScript]), [Part::Build, Part::NoScript]);
        assert_eq!(choose(&[Part::Documents]), [Part::Build, Part::Documents]);
    }

    #[test]
    fn a_part_that_could_not_run_fails_the_whole() {
        let outcome = Outcome {
            part: Part::Rust,
            elapsed: Duration::ZERO,
            kinds: Vec::new(),
            total: Tally { passed: 3, ..Tally::default() },
            trouble: Some("no PostgreSQL".to_owned()),
        };
        assert_eq!(report(&[outcome], Duration::from_secs(61)), ExitCode::FAILURE);
    }
}
