//! Other programs: printed before they start; a failing program is an error.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use anyhow::{Context, Result, bail};

/// A command line, printed as it would be typed.
pub struct Command {
    process: Process,
    quiet: bool,
}

impl Command {
    /// A program, by its name in PATH or its whole path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self { process: Process::new(program), quiet: false }
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.process.args(arguments);
        self
    }

    /// Adds one argument.
    pub fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    /// Sets an environment variable for it.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.process.env(name, value);
        self
    }

    /// Removes a variable from its environment.
    pub fn without_env(mut self, name: &str) -> Self {
        self.process.env_remove(name);
        self
    }

    /// Its working directory.
    pub fn folder(mut self, folder: &Path) -> Self {
        self.process.current_dir(folder);
        self
    }

    /// Does not print the command line.
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Runs it to the end; its output goes to ours.
    ///
    /// # Errors
    /// When it cannot start or ends with a failure.
    pub fn run(mut self) -> Result<()> {
        self.show();
        let status = self.process.status().with_context(|| format!("cannot start {}", self.line()))?;
        if !status.success() {
            bail!("{} failed ({status})", self.line());
        }
        Ok(())
    }

    /// Runs it to the end and returns whether it succeeded; its output goes to ours.
    ///
    /// # Errors
    /// When it cannot start.
    pub fn succeeds(mut self) -> Result<bool> {
        self.show();
        let status = self.process.status().with_context(|| format!("cannot start {}", self.line()))?;
        Ok(status.success())
    }

    /// Runs it to the end, prints each line of its standard output and passes it to `each`. Returns whether it
    /// succeeded.
    ///
    /// # Errors
    /// When it cannot start or its output cannot be read.
    pub fn each_line(mut self, mut each: impl FnMut(&str)) -> Result<bool> {
        self.show();
        let line = self.line();
        let mut child = self.process.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {line}"))?;
        let output = child.stdout.take().context("no standard output")?;
        for row in BufReader::new(output).split(b'\n') {
            let row = row.with_context(|| format!("cannot read what {line} prints"))?;
            let row = String::from_utf8_lossy(&row);
            println!("{row}");
            each(&row);
        }
        Ok(child.wait()?.success())
    }

    /// Runs it to the end and returns its standard output, trimmed.
    ///
    /// # Errors
    /// When it cannot start or ends with a failure; the error contains its output.
    pub fn output(mut self) -> Result<String> {
        let output = self.process.output().with_context(|| format!("cannot start {}", self.line()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{} failed ({}): {}", self.line(), output.status, said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The process, for callers that keep it running.
    pub fn into_process(self) -> Process {
        self.show();
        self.process
    }

    fn show(&self) {
        if !self.quiet {
            eprintln!("$ {}", self.line());
        }
    }

    fn line(&self) -> String {
        let program = Path::new(self.process.get_program()).file_stem().unwrap_or_default();
        let folder = format!("{}/", self.process.get_current_dir().unwrap_or(Path::new("")).display());
        let words = std::iter::once(program).chain(self.process.get_args());
        words.map(|word| word.to_string_lossy().replace(&folder, "")).collect::<Vec<_>>().join(" ")
    }
}

/// Finds a program in PATH.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path: OsString = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|candidate| candidate.is_file())
}
