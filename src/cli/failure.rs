//! Errors of commands: each is one plain sentence with its remedy.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

use super::tls::TlsError;
use crate::config::{ConfigError, PlainPartner};
use crate::document::DocumentError;
use crate::exchange::fault::MAX_FAULTS;
use crate::http::theme::ThemeError;
use crate::service::Fault;
use crate::service::announcements::AnnouncementError;
use crate::service::demo::KnownPassword;
use crate::service::import::ImportError;
use crate::service::installation::{ClaimError, Kind};
use crate::service::key_rotation::RotationError;
use crate::service::operators::OperatorError;
use crate::service::print_run::PrintRunError;
use crate::service::readings::ExportError;
use crate::service::refused::Declined;
use crate::service::user_admin::UserAdminError;
use crate::service::vault::VaultError;
use crate::storage::StorageError;
use crate::storage::trouble::Trouble;
use crate::telemetry::chain;

/// Why a command ended.
#[derive(Debug, Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("setting {0}")]
    Theme(#[from] ThemeError),
    #[error("{}", Told(.0))]
    Storage(#[from] StorageError),
    #[error("{}", told_fault(.0))]
    Fault(#[from] Fault),
    #[error("{}", told_key(.0))]
    Key(#[from] VaultError),
    #[error(
        "the key file {0} is not the one that sealed the PINs of this database; put back the key that was kept with it"
    )]
    OtherKey(PathBuf),
    #[error("cannot read the templates in {0}: {1}")]
    Templates(PathBuf, io::Error),
    #[error("{0}")]
    Document(DocumentError),
    #[error("the file is written, but no program here shows it: {0}")]
    Open(io::Error),
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    #[error(
        "setting {key} is not written: {why}; write it into kabinet.toml, or start the demo with `kabinet serve --demo`"
    )]
    Missing { key: &'static str, why: &'static str },
    #[error("setting {key}: {problem}")]
    Setting { key: &'static str, problem: String },
    #[error(
        "port {} of {} is taken by another program; stop that program or choose another port, e.g. --listen {}",
        .0.port(), .0.ip(), next_port(.0)
    )]
    PortTaken(SocketAddr),
    #[error("cannot listen on {0}: {1}; choose an address of this machine with --listen")]
    Listen(SocketAddr, io::Error),
    #[error("{0}; nothing was changed")]
    Operator(#[from] OperatorError),
    #[error("write the user's e-mail address or mobile phone")]
    NotALogin,
    #[error("there is no such user; check the e-mail address or phone")]
    NoUser,
    #[error("there is no such account; check --provider and --number")]
    NoAccount,
    #[error("no password was given; type it when asked, or pass it in KABINET_OPERATOR_PASSWORD")]
    NoPassword,
    #[error("the two passwords differ; nothing was made, try again")]
    PasswordsDiffer,
    #[error("{0} is there already; name a file that is not there yet")]
    FileExists(PathBuf),
    #[error(
        "the database is PostgreSQL; make the backup with its own pg_dump, e.g. pg_dump --format=custom --file=FILE"
    )]
    BackupOfPostgres,
    #[error("there is no database at {0}; check database_url with `kabinet doctor`")]
    NoDatabase(PathBuf),
    #[error("{}", told_import(.0))]
    Import(#[from] ImportError),
    #[error(
        "the database has data that the demo did not make; nothing was changed, name an empty one, e.g. \
         --database-url sqlite://data/demo.db"
    )]
    NotADemo,
    #[error(
        "the database holds the demo, whose passwords everybody knows; start it with `kabinet serve --demo`, or name a \
         real one in database_url"
    )]
    DemoDatabase,
    #[error(
        "the database holds real people, and the demo shows everybody's letters; start it without --demo, or name \
         another one, e.g. --database-url sqlite://data/demo.db"
    )]
    RealDatabase,
    #[error(
        "{0} still has the demo's password, which everybody knows; run `{out}` and start again", out = .0.way_out()
    )]
    KnownPassword(KnownPassword),
    #[error("{0}")]
    Rotation(#[from] RotationError),
    #[error(
        "the key file changed a moment ago, and a running portal may still seal with the older key; wait 2 minutes"
    )]
    RotatedJustNow,
    #[error("setting {}: {}", .0.key, .0.way_out)]
    Plain(PlainPartner),
    #[error("setting tls: {0}")]
    Tls(#[from] TlsError),
    #[error("cannot write {0}: {1}; choose a folder that can be written and has room")]
    Write(PathBuf, io::Error),
    #[error("{}; nothing was marked as exported", chain(.0))]
    Export(#[from] ExportError),
    #[error("{}", told_announcement(.0))]
    Announcement(AnnouncementError),
    #[error("cannot read {0}: {1}; check its path and that it is a text in UTF-8")]
    Read(PathBuf, io::Error),
    #[error("{0} has more than {1} bytes; check that it is the right file")]
    TooLong(PathBuf, u64),
    #[error("{0:?} is not the identifier of an announcement; `kabinet announcement list` shows all")]
    NotAnAnnouncement(String),
    #[error("{}", told_print_run(.0))]
    PrintRun(#[from] PrintRunError),
    #[error(
        "{0} receipt(s) were not printed, the cause is above; mend the data, or report it where it is our mistake, and run \
         the same again"
    )]
    SomeReceipts(u64),
}

impl From<ClaimError> for CliError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Other(Kind::Demo) => Self::DemoDatabase,
            ClaimError::Other(Kind::Real) => Self::RealDatabase,
            ClaimError::Storage(error) => Self::Storage(error),
        }
    }
}

impl From<Declined<AnnouncementError>> for CliError {
    fn from(declined: Declined<AnnouncementError>) -> Self {
        match declined {
            Declined::This(error) => Self::Announcement(error),
            Declined::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<UserAdminError> for CliError {
    fn from(error: UserAdminError) -> Self {
        match error {
            UserAdminError::Unknown => Self::NoUser,
            UserAdminError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// A storage error as a sentence with its remedy.
struct Told<'a>(&'a StorageError);

impl fmt::Display for Told<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(error) = *self;
        let way_out = match error.trouble() {
            Some(trouble) => return formatter.write_str(way_out(trouble)),
            None => match error {
                StorageError::Folder(..) => {
                    "; choose a folder that can be written, in database_url or with --database-url"
                }
                StorageError::Migration(_) => "; restore the last backup, or ask whoever changed the schema by hand",
                _ => "",
            },
        };
        write!(formatter, "{}{way_out}", chain(error))
    }
}

const fn way_out(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Busy => {
            "the database is locked by another program or has no connection free; stop what holds it and try again"
        }
        Trouble::CannotOpen => {
            "the database file cannot be opened or made; check database_url and that its folder can be written"
        }
        Trouble::NotADatabase => "the file named in database_url is not a database; name another one or move it away",
        Trouble::ReadOnly => "the database cannot be written; check who owns the file and its folder",
        Trouble::DiskFull => "the disk of the database is full; make room and try again",
        Trouble::Unreachable => {
            "nobody answers at the address in database_url; check the address and that the database server runs"
        }
        Trouble::AccessDenied => "the database refuses the name or the password in database_url; check both",
        Trouble::NoSuchDatabase => "the database server has no such database; make it with createdb, then try again",
    }
}

fn told_fault(fault: &Fault) -> String {
    match fault {
        Fault::Storage(error) => Told(error).to_string(),
        Fault::Sealed(error) => told_key(error),
        other => chain(other),
    }
}

fn told_key(error: &VaultError) -> String {
    match error {
        VaultError::File(file, cause) if cause.kind() == io::ErrorKind::NotFound => format!(
            "the key file {} is not there; put the kept one back, or make the first one with `kabinet key`",
            file.display()
        ),
        VaultError::NotAKey(_) => format!("{error}; put the kept key back, PINs sealed with it open with no other"),
        VaultError::Exposed(_) => format!("the key is no secret: {error}"),
        other => format!("{}; check secret_key_file and who may read it", chain(other)),
    }
}

fn told_announcement(error: &AnnouncementError) -> String {
    match error {
        AnnouncementError::Draft(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            format!("{}; nothing was stored", faults.join("; "))
        }
        AnnouncementError::NotFound => {
            "there is no such announcement; `kabinet announcement list` shows all".to_owned()
        }
        AnnouncementError::State(refused) => format!("{refused}; nothing was changed"),
        AnnouncementError::Over => "its time is over, nobody would see it; add another with a later --to".to_owned(),
    }
}

fn told_import(error: &ImportError) -> String {
    match error {
        ImportError::MissingProvider(_) => format!("{error}; name it with --provider CODE"),
        ImportError::Faulty(faults) => {
            let first = if faults.len() < MAX_FAULTS { "" } else { "the first " };
            format!(
                "{first}{} fault(s) are listed above, nothing was stored; mend them and load the file again",
                faults.len()
            )
        }
        ImportError::Storage(cause) => format!("{}; nothing was stored", Told(cause)),
        ImportError::File(cause) => format!("cannot read the file: {cause}; check its path and who may read it"),
        other => chain(other),
    }
}

fn told_print_run(error: &PrintRunError) -> String {
    match error {
        PrintRunError::UnknownProvider(_) => format!("{error}; write the code that billing's files have"),
        PrintRunError::Fault(fault) => format!("{}; the same command goes on from here", told_fault(fault)),
        PrintRunError::Disk(..) => {
            format!("{}; choose another folder, or make room there, and run the same again", chain(error))
        }
        PrintRunError::Foreign(_) => format!("{error} and stays as it is; choose another folder"),
        PrintRunError::Taken(_) => format!("{error}; name a file that is not there yet"),
        PrintRunError::Running(_) => format!("{error}; wait until it ends"),
    }
}

fn next_port(taken: &SocketAddr) -> SocketAddr {
    SocketAddr::new(taken.ip(), taken.port().checked_add(1).unwrap_or(3000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_another_to_try() {
        let text = CliError::PortTaken(SocketAddr::from(([127, 0, 0, 1], 3000))).to_string();
        assert!(text.contains("port 3000 of 127.0.0.1") && text.contains("--listen 127.0.0.1:3001"), "{text}");
    }

    #[test]
    fn a_missing_key_says_how_to_make_one() {
        let cause = io::Error::from(io::ErrorKind::NotFound);
        let text = CliError::from(VaultError::File("data/secret.key".into(), cause)).to_string();
        assert!(text.contains("data/secret.key") && text.contains("`kabinet key`"), "{text}");
    }
}
