//! Three pages of the portal with the demo town, compared with a minimal axum server.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::{peak_memory, program};
use crate::client::Client;
use crate::workspace::Workspace;

const CONNECTIONS: usize = 50;
/// Long enough for a 99th percentile of every page.
const MEASURED_FOR: Duration = Duration::from_secs(10);
const WARMED_UP_FOR: Duration = Duration::from_secs(2);
const STARTED_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The user created by `kabinet demo`, with one account in full access.
const SIGN_IN: &str = "login=demo%40example.ru&password=demo2026&next=";

/// Prints the table.
///
/// # Errors
/// When a server does not start or a page does not answer.
pub fn bench(workspace: &Workspace) -> Result<()> {
    println!("{CONNECTIONS} connections for {MEASURED_FOR:?} each; client and server share this machine's cores.");
    println!("{:<34} {:>12} {:>10} {:>10} {:>10}", "page", "requests/s", "p50, ms", "p99, ms", "bytes");
    let hello = Server::hello(workspace)?;
    row("bare axum", &measure(workspace, hello.address, "/", "")?);
    drop(hello);

    let folder = tempfile::tempdir()?;
    let portal = Server::portal(workspace, folder.path())?;
    row("/sign-in", &measure(workspace, portal.address, "/sign-in", "")?);
    let (cookies, account) = sign_in(portal.address)?;
    row("/accounts", &measure(workspace, portal.address, "/accounts", &cookies)?);
    row(
        "/accounts/{id}/settlements",
        &measure(workspace, portal.address, &format!("/accounts/{account}/settlements"), &cookies)?,
    );
    if let Some(bytes) = peak_memory(portal.process.id()) {
        println!("most memory of the portal: {:.0} MB", bytes as f64 / 1e6);
    }
    Ok(())
}

/// The result of a load.
struct Measured {
    /// Answers per second.
    rate: f64,
    p50: Duration,
    p99: Duration,
    /// Bytes of one answer's body.
    bytes: usize,
}

fn measure(workspace: &Workspace, address: SocketAddr, path: &str, cookies: &str) -> Result<Measured> {
    load(workspace, address, path, cookies, WARMED_UP_FOR)?;
    let printed = load(workspace, address, path, cookies, MEASURED_FOR)?;
    Measured::read(&printed).with_context(|| format!("the load on {path} printed {printed:?}"))
}

/// Runs `benches/load.rs`.
fn load(workspace: &Workspace, address: SocketAddr, path: &str, cookies: &str, time: Duration) -> Result<String> {
    let mut process = workspace
        .command(program(workspace, "load"))
        .args([&address.to_string(), path, &CONNECTIONS.to_string(), &time.as_millis().to_string()])
        .quiet()
        .into_process();
    let mut process = process.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start the load")?;
    process.stdin.take().context("no input")?.write_all(cookies.as_bytes())?;
    let output = process.wait_with_output()?;
    ensure!(output.status.success(), "the load on {path} failed ({})", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

impl Measured {
    /// Answers per second, two percentiles in microseconds, bytes.
    fn read(printed: &str) -> Option<Self> {
        let words: Vec<&str> = printed.split_whitespace().collect();
        let [rate, p50, p99, bytes] = words.as_slice() else { return None };
        let time = |micros: &str| micros.parse().ok().map(Duration::from_micros);
        Some(Self { rate: rate.parse().ok()?, p50: time(p50)?, p99: time(p99)?, bytes: bytes.parse().ok()? })
    }
}

fn row(page: &str, measured: &Measured) {
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let Measured { rate, p50, p99, bytes } = measured;
    println!("{page:<34} {rate:>12.0} {:>10.2} {:>10.2} {bytes:>10}", millis(*p50), millis(*p99));
}

/// Signs in as a browser does; returns the cookies and the id of the first account.
///
/// # Errors
/// When the portal refuses the sign-in or shows no account.
pub fn sign_in(address: SocketAddr) -> Result<(String, String)> {
    let mut client = Client::connect(address)?;
    let answer = client.post("/sign-in", SIGN_IN)?;
    let cookies = answer.cookies();
    ensure!(answer.status == 303 && !cookies.is_empty(), "the demo user cannot sign in: {}", answer.status);
    let page = client.get("/accounts", &cookies)?;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    let ids = page.split("href=\"/accounts/").skip(1).filter_map(|rest| rest.split(['"', '/']).next());
    let account = ids.into_iter().find(|id| *id != "link").context("the demo user has no account")?;
    Ok((cookies, account.to_owned()))
}

/// Our own server, stopped with us.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
}

impl Server {
    fn hello(workspace: &Workspace) -> Result<Self> {
        let mut process = workspace.command(program(workspace, "hello")).quiet().into_process();
        let mut process = process.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start hello")?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("no output")?).read_line(&mut line)?;
        let address = line.trim().trim_start_matches("http://").parse().context("hello told no address")?;
        Ok(Self { process, address })
    }

    /// The portal with the demo town, filled into a folder.
    ///
    /// # Errors
    /// When it does not start.
    pub fn portal(workspace: &Workspace, folder: &Path) -> Result<Self> {
        Self::portal_with(workspace, folder, &[])
    }

    /// The same with some settings overridden.
    ///
    /// # Errors
    /// When it does not start.
    pub fn portal_with(workspace: &Workspace, folder: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let kabinet = |arguments: &[&str]| {
            let command = super::portal_command(workspace, folder).args(arguments);
            settings
                .iter()
                .fold(command, |command, (name, value)| command.env(name, value))
                .env("KABINET_LISTEN", address.to_string())
                .env("KABINET_PUBLIC_URL", format!("http://{address}"))
                .env("KABINET_ADMIN_LISTEN", "127.0.0.1:0")
        };
        kabinet(&["demo"]).quiet().output().context("cannot fill the database")?;
        let log = std::fs::File::create(folder.join("log"))?;
        let mut process = kabinet(&["serve", "--demo"]).quiet().into_process();
        let process = process.stdout(log.try_clone()?).stderr(log).spawn().context("cannot start the portal")?;
        let mut server = Self { process, address };
        server.wait_until_healthy(&folder.join("log"))?;
        Ok(server)
    }

    fn wait_until_healthy(&mut self, log: &Path) -> Result<()> {
        let deadline = Instant::now() + STARTED_WITHIN;
        while Instant::now() < deadline {
            let answer = Client::connect(self.address).and_then(|mut client| client.get("/healthz", ""));
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            if self.process.try_wait()?.is_some() {
                bail!("the portal ended at once: {}", std::fs::read_to_string(log).unwrap_or_default());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        bail!("the portal was not healthy within {STARTED_WITHIN:?}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_load_prints_is_read_back() {
        let measured = Measured::read("2637.5 18600 31600 13746\n").unwrap();
        assert_eq!((measured.p50, measured.p99), (Duration::from_micros(18_600), Duration::from_micros(31_600)));
        assert_eq!(measured.bytes, 13_746);
        assert!((measured.rate - 2637.5).abs() < 1e-9);
        assert!(Measured::read("the server closed the connection").is_none());
    }
}
