//! Causes of database errors that an administrator can fix.

use sqlx::migrate::MigrateError;

use super::StorageError;

/// The cause of a database error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trouble {
    /// Another program has locked the database, or every connection is in use.
    Busy,
    /// The file cannot be opened or created.
    CannotOpen,
    /// The file is not a database.
    NotADatabase,
    /// The database is read-only.
    ReadOnly,
    /// The disk is full.
    DiskFull,
    /// The server does not answer.
    Unreachable,
    /// The user name or the password is wrong.
    AccessDenied,
    /// The server has no such database.
    NoSuchDatabase,
}

impl StorageError {
    /// The cause of the error, if it is a known one.
    pub fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Database(error)
            | Self::Migration(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
                of_driver(error)
            }
            _ => None,
        }
    }
}

fn of_driver(error: &sqlx::Error) -> Option<Trouble> {
    match error {
        sqlx::Error::PoolTimedOut => Some(Trouble::Busy),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Some(Trouble::Unreachable),
        sqlx::Error::Database(cause) => of_code(&cause.code()?),
        _ => None,
    }
}

/// SQLite's extended codes have the primary code in the low byte; PostgreSQL's codes have five characters.
fn of_code(code: &str) -> Option<Trouble> {
    match code {
        "28P01" | "28000" => return Some(Trouble::AccessDenied),
        "3D000" => return Some(Trouble::NoSuchDatabase),
        "53100" => return Some(Trouble::DiskFull),
        "25006" => return Some(Trouble::ReadOnly),
        "53300" | "57P03" => return Some(Trouble::Busy),
        _ if code.len() == 5 => return None,
        _ => {}
    }
    match code.parse::<u32>().ok()? & 0xff {
        5 | 6 => Some(Trouble::Busy),
        8 => Some(Trouble::ReadOnly),
        13 => Some(Trouble::DiskFull),
        14 => Some(Trouble::CannotOpen),
        26 => Some(Trouble::NotADatabase),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_are_understood() {
        for (code, trouble) in [
            ("5", Trouble::Busy),
            ("261", Trouble::Busy),
            ("14", Trouble::CannotOpen),
            ("1032", Trouble::ReadOnly),
            ("26", Trouble::NotADatabase),
            ("28P01", Trouble::AccessDenied),
        ] {
            assert_eq!(of_code(code), Some(trouble), "{code}");
        }
        assert_eq!(of_code("23505"), None);
        assert_eq!(of_code("1"), None);
    }
}
