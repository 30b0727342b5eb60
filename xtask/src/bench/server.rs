//! Three pages of the portal with the demo town, beside the least that axum can answer.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::load::{Client, Measured, measure};
use super::{example, peak_memory};
use crate::workspace::Workspace;

const CONNECTIONS: usize = 50;
/// Long enough for a 99th percentile of every page.
const MEASURED_FOR: Duration = Duration::from_secs(10);
const WARMED_UP_FOR: Duration = Duration::from_secs(2);
const STARTED_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The user whom `kabinet demo` makes, with one account in full access.
const SIGN_IN: &str = "login=demo%40example.ru&password=demo2026&next=";

/// Prints the table.
///
/// # Errors
/// When a server does not start or a page does not answer.
pub fn bench(workspace: &Workspace) -> Result<()> {
    println!("{CONNECTIONS} connections for {MEASURED_FOR:?} each; client and server share this machine's cores.");
    println!("{:<34} {:>12} {:>10} {:>10} {:>10}", "page", "requests/s", "p50, ms", "p99, ms", "bytes");
    let hello = Server::hello(workspace)?;
    row("bare axum", &run(hello.address, "/", "")?);
    drop(hello);

    let folder = tempfile::tempdir()?;
    let portal = Server::portal(workspace, folder.path())?;
    row("/sign-in", &run(portal.address, "/sign-in", "")?);
    let (cookies, account) = sign_in(portal.address)?;
    row("/accounts", &run(portal.address, "/accounts", &cookies)?);
    row("/accounts/{id}/settlements", &run(portal.address, &format!("/accounts/{account}/settlements"), &cookies)?);
    if let Some(bytes) = peak_memory(portal.process.id()) {
        println!("most memory of the portal: {:.0} MB", bytes as f64 / 1e6);
    }
    Ok(())
}

fn run(address: SocketAddr, path: &str, cookies: &str) -> Result<Measured> {
    measure(address, path, cookies, CONNECTIONS, WARMED_UP_FOR)?;
    measure(address, path, cookies, CONNECTIONS, MEASURED_FOR)
}

fn row(page: &str, measured: &Measured) {
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let Measured { rate, p50, p99, bytes } = measured;
    println!("{page:<34} {rate:>12.0} {:>10.2} {:>10.2} {bytes:>10}", millis(*p50), millis(*p99));
}

/// Signs in as a browser does; returns the cookies and the id of the first account.
fn sign_in(address: SocketAddr) -> Result<(String, String)> {
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

/// A server of ours, ended with us.
struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn hello(workspace: &Workspace) -> Result<Self> {
        let mut process = workspace.command(example(workspace, "hello")).quiet().into_process();
        let mut process = process.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start hello")?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("no output")?).read_line(&mut line)?;
        let address = line.trim().trim_start_matches("http://").parse().context("hello told no address")?;
        Ok(Self { process, address })
    }

    fn portal(workspace: &Workspace, folder: &Path) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let kabinet = |arguments: &[&str]| {
            super::portal_command(workspace, folder)
                .args(arguments)
                .env("KABINET_LISTEN", address.to_string())
                .env("KABINET_PUBLIC_URL", format!("http://{address}"))
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
