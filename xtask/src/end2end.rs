//! The end-to-end tests of `end2end/`: Chromium against the release binary.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use crate::postgres::{self, Server};
use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{browser, node, site};

/// A project of `end2end/playwright.config.ts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Project {
    Sqlite,
    /// On SQLite: the appearance of each screen.
    Looks,
    Postgres,
    /// On SQLite, with JavaScript off.
    NoScript,
    /// On SQLite, without a mouse: the manual only.
    Keyboard,
}

impl Project {
    /// Its name for Playwright.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Looks => "looks",
            Self::Postgres => "postgres",
            Self::NoScript => "no-script",
            Self::Keyboard => "keyboard",
        }
    }
}

/// The prerequisites of the tests.
pub struct Stage {
    folder: PathBuf,
    chromium: PathBuf,
    binary: PathBuf,
}

impl Stage {
    /// Finds or installs Node's packages and Chromium. The binary has to be built already.
    ///
    /// # Errors
    /// When a prerequisite is missing and cannot be installed.
    pub fn prepare(workspace: &Workspace) -> Result<Self> {
        ensure!(node::is_there(), "the end-to-end tests need Node; {}", node::WAY_OUT);
        let folder = workspace.path("end2end");
        node::install(&folder)?;
        let binary = workspace.binary();
        ensure!(binary.is_file(), "{} is not built; run `cargo xtask build`", binary.display());
        Ok(Self { folder, chromium: browser::find_or_install()?, binary })
    }

    /// Runs the tests of one project and counts them.
    ///
    /// # Errors
    /// When Playwright cannot run them; failing tests are counted, not an error.
    pub fn run(&self, project: Project, server: Option<&Server>) -> Result<Tally> {
        let report = self.folder.join("test-results").join(format!("{}.json", project.name()));
        let _ = std::fs::remove_file(&report);
        let name = format!("--project={}", project.name());
        let output = format!("--output=test-results/{}", project.name());
        let succeeded =
            self.playwright(server, &[name, output]).env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report).succeeds()?;
        let tally = read_report(&report)?;
        ensure!(succeeded || tally.failed > 0, "Playwright failed besides its tests");
        ensure!(tally.passed + tally.failed > 0, "Playwright found no test for {}", project.name());
        Ok(tally)
    }

    fn playwright(&self, server: Option<&Server>, arguments: &[String]) -> crate::command::Command {
        let command = crate::command::Command::new("node")
            .folder(&self.folder)
            .arg("node_modules/@playwright/test/cli.js")
            .arg("test")
            .args(arguments)
            .env("KABINET_BINARY", &self.binary)
            .env(browser::VARIABLE, &self.chromium);
        match server {
            Some(server) => command.env(postgres::VARIABLE, server.url()),
            None => command,
        }
    }
}

/// `cargo xtask e2e`: builds, then runs Playwright with the given arguments.
///
/// # Errors
/// When the build fails or a prerequisite is missing.
pub fn run_alone(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    site::build_all(workspace)?;
    let stage = Stage::prepare(workspace)?;
    let server = needs_postgres(arguments).then(Server::named_or_own).transpose()?;
    let succeeded = stage.playwright(server.as_ref(), arguments).succeeds()?;
    Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Without `--project` all projects run, including the one on PostgreSQL.
fn needs_postgres(arguments: &[String]) -> bool {
    let chosen = arguments.iter().any(|argument| argument.starts_with("--project"));
    !chosen || arguments.iter().any(|argument| argument.contains(Project::Postgres.name()))
}

fn read_report(report: &std::path::Path) -> Result<Tally> {
    let text = std::fs::read_to_string(report).context("Playwright left no report")?;
    let report: serde_json::Value = serde_json::from_str(&text).context("Playwright's report cannot be read")?;
    let number = |name: &str| report["stats"][name].as_u64().unwrap_or(0);
    let errors = report["errors"].as_array().map_or(0, Vec::len) as u64;
    Ok(Tally {
        passed: number("expected"),
        // A flaky test, which passes only when retried, counts as failed.
        failed: number("unexpected") + number("flaky") + errors,
        skipped: number("skipped"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn postgres_is_started_only_for_its_project() {
        assert!(needs_postgres(&[]));
        assert!(needs_postgres(&words("--grep M6")));
        assert!(needs_postgres(&words("--project postgres")));
        assert!(!needs_postgres(&words("--project=sqlite --grep M6")));
    }

    #[test]
    fn a_flaky_test_counts_as_failed() {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report.json");
        std::fs::write(&report, r#"{"stats":{"expected":5,"unexpected":1,"flaky":1,"skipped":2},"errors":[]}"#)
            .unwrap();
        assert_eq!(read_report(&report).unwrap(), Tally { passed: 5, failed: 2, skipped: 2 });
    }
}
