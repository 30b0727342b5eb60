//! `attack`: starts the release binary with the demo town and requests every route in every role: a guest, a subscriber
//! in lite and in full access, a stranger, a locked one, operators of all, of other and of no longer any providers, and
//! those whose second factor is pending. The expected answers are in `tests/attack.tsv`; a route without a line fails.
//! Then the attacks that once worked are run again. To loopback only, once each.

mod demonstrations;
mod forms;
mod installation;
mod people;
mod table;
mod throttles;

use anyhow::{Context, Result, ensure};

use crate::bench::server::Server;
use crate::client::{Answer, Client};
use crate::command::Command;
use crate::tally::Tally;
use crate::workspace::Workspace;
use people::{People, Person};
use table::Table;

/// The table of expected answers.
const TABLE: &str = "tests/attack.tsv";
/// If set, the table is overwritten with the current answers.
const WRITE_VARIABLE: &str = "WRITE_ATTACK_TABLE";
const FORM: &str = "application/x-www-form-urlencoded";
/// Requests carry their client address, as behind a proxy.
const SETTINGS: [(&str, &str); 1] = [("KABINET_TRUSTED_PROXIES", "1")];

/// Requests every route and runs the attacks; counts each route and each attack.
///
/// # Errors
/// When the portal does not start or people cannot be created.
pub fn check(workspace: &Workspace) -> Result<Tally> {
    let folder = tempfile::tempdir()?;
    let server = Server::portal_with(workspace, folder.path(), &SETTINGS)?;
    let portal = Portal { workspace, folder: folder.path().to_owned(), server };
    let people = People::make(&portal)?;
    let (table, unharmed) = knock_everywhere(&portal, &people)?;
    let file = workspace.path(TABLE);
    if std::env::var_os(WRITE_VARIABLE).is_some() {
        std::fs::write(&file, table.to_text())?;
    }
    let kept = Table::read(&std::fs::read_to_string(&file).unwrap_or_default());
    let mut tally = table.compare(&kept);
    println!("{} routes knocked at, {} answer otherwise than {TABLE} says", tally.passed + tally.failed, tally.failed);
    println!("what others knocked at {}", if unharmed { "is still there" } else { "IS GONE" });
    tally.passed += u64::from(unharmed);
    tally.failed += u64::from(!unharmed);
    tally += demonstrations::run(&portal, &people);
    throttles::measure(&portal)?;
    Ok(tally)
}

/// The portal under attack.
pub struct Portal<'a> {
    workspace: &'a Workspace,
    folder: std::path::PathBuf,
    server: Server,
}

impl Portal<'_> {
    /// Sends a request with some cookies from an address.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn send(&self, method: &str, path: &str, cookies: &str, from: &str, body: &str) -> Result<Answer> {
        let headers = [
            ("Cookie", cookies),
            ("X-Forwarded-For", from),
            ("Sec-Fetch-Site", "same-origin"),
            ("Content-Type", FORM),
            ("Connection", "close"),
        ];
        let headers: Vec<(&str, &str)> = headers.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        self.send_raw(method, path, &headers, body)
    }

    /// Sends a request with these headers only.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn send_raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer> {
        Client::connect(self.server.address)?.send(method, path, headers, body)
    }

    /// Runs a command of the binary on the same database.
    ///
    /// # Errors
    /// When the command fails.
    pub fn command(&self, arguments: &[&str], password: &str) -> Result<String> {
        let command = crate::bench::portal_command(self.workspace, &self.folder).args(arguments);
        command.env("KABINET_OPERATOR_PASSWORD", password).quiet().output()
    }
}

/// Every method and pattern of the router.
fn routes(workspace: &Workspace) -> Result<Vec<(String, String)>> {
    let listed = Command::new(workspace.binary()).arg("routes").quiet().output()?;
    let line = |line: &str| line.split_once(' ').map(|(method, path)| (method.to_owned(), path.to_owned()));
    let routes: Vec<_> = listed.lines().filter_map(line).collect();
    ensure!(routes.len() > 50, "`kabinet routes` lists {} routes", routes.len());
    Ok(routes)
}

/// Requests every route in every role, the subscriber in full access last. Also returns whether that subscriber's other
/// session and account survived the requests of all the others.
fn knock_everywhere(portal: &Portal<'_>, people: &People) -> Result<(Table, bool)> {
    let mut routes = routes(portal.workspace)?;
    routes.sort_by_key(|(method, pattern)| (forms::order(method, pattern), method.clone(), pattern.clone()));
    let (full, others) = people.all.split_last().context("the list of people is empty")?;
    let mut table = Table::default();
    knock_from_another_site(portal, people, full, &routes, &mut table)?;
    for person in others {
        knock_as(portal, people, person, &routes, &mut table)?;
    }
    let unharmed = people.is_unharmed(portal)?;
    knock_as(portal, people, full, &routes, &mut table)?;
    Ok((table, unharmed))
}

fn knock_as(
    portal: &Portal<'_>,
    people: &People,
    person: &Person,
    routes: &[(String, String)],
    table: &mut Table,
) -> Result<()> {
    for (method, pattern) in routes {
        let form = people.body(method, pattern);
        let answer = portal.send(method, &people.fill(pattern), &person.cookies, &person.address, &form)?;
        table.note(method, pattern, person.name, &shown(&answer));
    }
    Ok(())
}

/// Requests from the subscriber's own browser, sent by a page of another site: before anything of theirs ends.
fn knock_from_another_site(
    portal: &Portal<'_>,
    people: &People,
    full: &Person,
    routes: &[(String, String)],
    table: &mut Table,
) -> Result<()> {
    let headers = [
        ("Cookie", full.cookies.as_str()),
        ("X-Forwarded-For", full.address.as_str()),
        ("Sec-Fetch-Site", "cross-site"),
        ("Content-Type", FORM),
        ("Connection", "close"),
    ];
    for (method, pattern) in routes.iter().filter(|(method, _)| method != "GET") {
        let answer = portal.send_raw(method, &people.fill(pattern), &headers, &people.body(method, pattern))?;
        table.note(method, pattern, "cross-site", &shown(&answer));
    }
    Ok(())
}

/// The status, and the target of a redirect, without identifiers.
fn shown(answer: &Answer) -> String {
    let Some(location) = answer.header("location") else { return answer.status.to_string() };
    let path = location.split(['?', '#']).next().unwrap_or_default();
    let part = |part: &str| if part.len() == 26 { "{id}".to_owned() } else { part.to_owned() };
    let path = path.split('/').map(part).collect::<Vec<_>>().join("/");
    format!("{} {path}", answer.status)
}
