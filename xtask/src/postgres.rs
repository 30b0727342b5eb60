//! A PostgreSQL for tests: the server in `KABINET_TEST_POSTGRES`, or our own cluster that stops with us.

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::apt;
use crate::command::find_program;

/// The variable with a server on which tests may create databases: `postgres://user@host:port/postgres`.
pub const VARIABLE: &str = "KABINET_TEST_POSTGRES";
/// A new cluster is ready in a second or two; a busy machine takes longer.
const READY_WITHIN: Duration = Duration::from_mins(1);
/// Poll interval for readiness and shutdown.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A fast shutdown does not wait for clients.
const STOPPED_WITHIN: Duration = Duration::from_secs(20);
/// Every test has its own pool, and several run at once.
const MAX_CONNECTIONS: u32 = 400;
/// Starts the server and stops it when our end of its input closes: also when we are killed and run no destructor.
const ENDS_WITH_US: &str = r#""$@" & server=$!; read -r _; kill -INT "$server"; wait "$server""#;

/// A server that tests may use.
pub enum Server {
    /// An external server.
    Named(String),
    /// Our own cluster.
    Own(Cluster),
}

impl Server {
    /// The server from the environment, or a new cluster.
    ///
    /// # Errors
    /// When PostgreSQL is missing and cannot be installed, or does not start.
    pub fn named_or_own() -> Result<Self> {
        match std::env::var(VARIABLE) {
            Ok(url) if !url.is_empty() => Ok(Self::Named(url)),
            _ => Cluster::start().map(Self::Own),
        }
    }

    /// The address of its maintenance database.
    pub fn url(&self) -> &str {
        match self {
            Self::Named(url) => url,
            Self::Own(cluster) => &cluster.url,
        }
    }
}

/// A cluster in a temporary folder, on a port of its own; its data is deleted at the end.
pub struct Cluster {
    url: String,
    process: Child,
    // Dropped, and so deleted, after the process has ended.
    _folder: tempfile::TempDir,
}

impl Cluster {
    fn start() -> Result<Self> {
        let programs = find_or_install()?;
        let user = user()?;
        // Not in TMPDIR: a socket's path has 107 bytes at most, and the server's user needs access.
        let folder = tempfile::Builder::new().prefix("kabinet-postgres-").tempdir_in("/tmp")?;
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).context("cannot hand the cluster's folder over")?;
        }
        let data = folder.path().join("data");
        initialise(&programs, user, &data)?;
        let port = free_port()?;
        let log = folder.path().join("log");
        let mut process = serve(&programs, user, folder.path(), &data, port, &log)?;
        if let Err(error) = wait_until_ready(&mut process, &data) {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            stop(&mut process);
            return Err(error.context(said));
        }
        eprintln!("PostgreSQL listens on 127.0.0.1:{port}.");
        Ok(Self { url: format!("postgres://postgres@127.0.0.1:{port}/postgres"), process, _folder: folder })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        stop(&mut self.process);
    }
}

fn find_or_install() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    apt::install(&["postgresql"]).with_context(|| format!("PostgreSQL is needed; {VARIABLE} may name a server"))?;
    find().context("PostgreSQL was installed, but initdb is not found")
}

/// The folder with `initdb` and `postgres`: Debian keeps them out of PATH.
fn find() -> Option<PathBuf> {
    let in_path = find_program("initdb").and_then(|link| link.canonicalize().ok());
    let in_path = in_path.and_then(|program| program.parent().map(Path::to_path_buf));
    let mut installed: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .collect();
    installed.sort();
    in_path
        .into_iter()
        .chain(installed.into_iter().rev())
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// The user of the server: PostgreSQL refuses to run as root.
fn user() -> Result<Option<(u32, u32)>> {
    if !apt::is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").context("cannot read the list of users")?;
    let named = |name: &str| {
        let fields: Vec<&str> =
            users.lines().map(|line| line.split(':').collect()).find(|row: &Vec<&str>| row[0] == name)?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    let user = named("postgres").or_else(|| named("nobody"));
    Ok(Some(user.context("PostgreSQL does not run as root and there is no user postgres")?))
}

fn program(path: PathBuf, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(path);
    run_as(&mut command, user);
    command
}

fn run_as(command: &mut Command, user: Option<(u32, u32)>) {
    // That user may have no access to the working directory.
    command.current_dir("/");
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
}

fn initialise(programs: &Path, user: Option<(u32, u32)>, data: &Path) -> Result<()> {
    let output = program(programs.join("initdb"), user)
        .arg("-D")
        .arg(data)
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"])
        .output()
        .context("cannot start initdb")?;
    ensure!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).context("no free port")?.local_addr()?.port())
}

fn serve(
    programs: &Path,
    user: Option<(u32, u32)>,
    folder: &Path,
    data: &Path,
    port: u16,
    log: &Path,
) -> Result<Child> {
    let log = std::fs::File::create(log).context("cannot write the server's log")?;
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", folder.display()),
        format!("max_connections={MAX_CONNECTIONS}"),
        // The data need not survive a crash.
        "fsync=off".to_owned(),
        "synchronous_commit=off".to_owned(),
        "full_page_writes=off".to_owned(),
    ];
    let mut command = Command::new("/bin/sh");
    run_as(&mut command, user);
    command.args(["-c", ENDS_WITH_US, "sh"]).arg(programs.join("postgres")).arg("-D").arg(data);
    for setting in settings {
        command.args(["-c", &setting]);
    }
    command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).spawn().context("cannot start PostgreSQL")
}

/// The server writes its status into the last line of its lock file.
fn wait_until_ready(process: &mut Child, data: &Path) -> Result<()> {
    let deadline = Instant::now() + READY_WITHIN;
    while Instant::now() < deadline {
        let state = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
            return Ok(());
        }
        if let Some(status) = process.try_wait()? {
            bail!("PostgreSQL ended at once ({status})");
        }
        std::thread::sleep(LOOK_EVERY);
    }
    bail!("PostgreSQL was not ready within {READY_WITHIN:?}")
}

fn stop(process: &mut Child) {
    drop(process.stdin.take());
    let deadline = Instant::now() + STOPPED_WITHIN;
    while Instant::now() < deadline {
        if !matches!(process.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    let _ = process.kill();
    let _ = process.wait();
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn ports_that_are_handed_out_are_free() {
        let port = free_port().unwrap();
        assert!(TcpListener::bind(("127.0.0.1", port)).is_ok());
    }

    #[test]
    fn the_server_never_runs_as_root() {
        assert!(user().unwrap().is_none_or(|(uid, _)| uid != 0));
        assert_eq!(user().unwrap().is_some(), std::fs::metadata("/proc/self").unwrap().uid() == 0);
    }
}
