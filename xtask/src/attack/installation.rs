//! The attacks on an installation, without a request: file permissions on the disk, and configurations that the binary
//! refuses to serve. Each has its own folder.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Portal;
use super::people::{OPERATOR_PASSWORD, People};
use crate::command::Command;

/// Timeout of a refusal, which comes before the portal listens.
const REFUSED_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Settings of a portal with real partners, which are not called at the start.
const REAL: [(&str, &str); 13] = [
    ("KABINET_PUBLIC_URL", "https://lk.example.ru"),
    ("KABINET_SMTP__URL", "smtps://me:secret@mail.example.ru:465"),
    ("KABINET_SMTP__FROM", "noreply@example.ru"),
    ("KABINET_SMSC__URL", "https://smsc.example/"),
    ("KABINET_SMSC__LOGIN", "me"),
    ("KABINET_SMSC__PASSWORD", "secret"),
    ("KABINET_YOOKASSA__URL", "https://shop.example/v3"),
    ("KABINET_YOOKASSA__SHOP_ID", "1"),
    ("KABINET_YOOKASSA__SECRET_KEY", "secret"),
    ("KABINET_YOOKASSA__VAT_CODE", "11"),
    ("KABINET_ORGANISATION__NAME", "ООО «Газ Тихоярска»"),
    ("KABINET_ORGANISATION__INN", "5900000098"),
    ("KABINET_ORGANISATION__ADDRESS", "г. Тихоярск, ул. Береговая, д. 1"),
];

/// The demo's database, served as a real portal.
///
/// # Errors
/// When the binary does not start.
pub fn demo_served_as_real(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let serve = with(kabinet(portal, &portal.folder), &REAL).arg("serve");
    Ok(refusal(serve, &portal.folder)?.contains("the database holds the demo"))
}

/// A database with a real operator, served in demo mode, which shows all letters.
///
/// # Errors
/// When the binary does not start.
pub fn real_served_as_demo(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    kabinet(portal, folder.path()).arg("key").output()?;
    let operator = kabinet(portal, folder.path()).env("KABINET_OPERATOR_PASSWORD", OPERATOR_PASSWORD);
    operator.args(["operator", "add", "olga", "--all-providers"]).output()?;
    let serve = kabinet(portal, folder.path()).args(["serve", "--demo"]);
    Ok(refusal(serve, folder.path())?.contains("the database holds real people"))
}

/// Letters with codes and links, sent without TLS.
///
/// # Errors
/// When the binary does not start.
pub fn plain_partner(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    kabinet(portal, folder.path()).arg("key").output()?;
    let plain = [("KABINET_SMTP__URL", "smtp://mail.example.ru:25")];
    let serve = with(with(kabinet(portal, folder.path()), &REAL), &plain).arg("serve");
    Ok(refusal(serve, folder.path())?.contains("smtp.url"))
}

/// The database and its key under `umask 022`, and a key file with permissions for others.
///
/// # Errors
/// When the binary does not start.
#[cfg(unix)]
pub fn readable_by_others(portal: &Portal<'_>, _: &People) -> Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir()?;
    let (data, key) = (folder.path().join("data"), folder.path().join("data/secret.key"));
    let at_data = || {
        let database = format!("sqlite://{}", data.join("kabinet.db").display());
        // Independent of the tests' umask: that of a common server makes files readable for all.
        let shell = Command::new("sh").args(["-c", "umask 022; exec \"$0\" \"$@\""]).arg(portal.workspace.binary());
        let shell = shell.quiet().folder(folder.path()).env("KABINET_LISTEN", "127.0.0.1:0");
        shell.env("KABINET_DATABASE_URL", database).env("KABINET_SECRET_KEY_FILE", &key)
    };
    at_data().arg("key").output()?;
    at_data().arg("migrate").output()?;
    let mode = |path: &Path| Ok::<_, std::io::Error>(std::fs::metadata(path)?.permissions().mode() & 0o777);
    let mut closed = mode(&data)? == 0o700 && data.join("kabinet.db").is_file();
    for file in std::fs::read_dir(&data)? {
        closed &= mode(&file?.path())? == 0o600;
    }
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644))?;
    let opened = refusal(at_data().args(["serve", "--demo"]), folder.path())?;
    Ok(closed && opened.contains("chmod 600"))
}

/// File modes exist on Unix only.
///
/// # Errors
/// Never returns an error.
#[cfg(not(unix))]
pub fn readable_by_others(_: &Portal<'_>, _: &People) -> Result<bool> {
    Ok(true)
}

/// The binary in a folder, at its own ports in case it serves after all.
fn kabinet(portal: &Portal<'_>, folder: &Path) -> Command {
    let command = crate::bench::portal_command(portal.workspace, folder).quiet();
    command.env("KABINET_LISTEN", "127.0.0.1:0").env("KABINET_ADMIN_LISTEN", "127.0.0.1:0")
}

fn with(command: Command, settings: &[(&str, &str)]) -> Command {
    settings.iter().fold(command, |command, (name, value)| command.env(name, value))
}

/// The error output of a failing command; empty when it succeeds or serves.
fn refusal(command: Command, folder: &Path) -> Result<String> {
    let file = folder.join("refusal");
    let mut process = command.into_process();
    let process = process.stdin(Stdio::null()).stdout(Stdio::null()).stderr(std::fs::File::create(&file)?);
    let mut process = process.spawn().context("cannot start the binary")?;
    let deadline = Instant::now() + REFUSED_WITHIN;
    while Instant::now() < deadline {
        if let Some(status) = process.try_wait()? {
            return Ok(if status.success() { String::new() } else { std::fs::read_to_string(file)? });
        }
        std::thread::sleep(LOOK_EVERY);
    }
    process.kill()?;
    process.wait()?;
    Ok(String::new())
}
