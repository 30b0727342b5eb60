//! Marks a database as a demo or as real. A demo has public passwords and shows everybody's letters; a real database
//! has real people. The first use sets the mark, and the other use is refused from then on.

use thiserror::Error;

use crate::storage::{Connection, Database, StorageError, installation};

/// The key of the mark.
const KEY: &str = "kind";

/// The kind of an installation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The fictitious town with its mailbox and its bank.
    Demo,
    /// Real people.
    Real,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Real => "real",
        }
    }

    fn parse(text: &str) -> Result<Self, StorageError> {
        match text {
            "demo" => Ok(Self::Demo),
            "real" => Ok(Self::Real),
            _ => Err(StorageError::Corrupt { what: "kind of the installation" }),
        }
    }
}

/// Why a database cannot be claimed.
#[derive(Debug, Error)]
pub enum ClaimError {
    /// The database is marked as the other kind.
    #[error("the database is marked as {}", .0.as_str())]
    Other(Kind),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Marks a database unless it has a mark; returns the stored mark.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or the stored mark is invalid.
pub async fn mark(db: &Database, kind: Kind) -> Result<Kind, StorageError> {
    let mut tx = db.begin().await?;
    let kept = mark_within(&mut tx, kind).await?;
    Database::commit(tx).await?;
    Ok(kept)
}

/// Like [`mark`], within the caller's transaction: a rollback removes the mark too.
pub(super) async fn mark_within(connection: &mut Connection, kind: Kind) -> Result<Kind, StorageError> {
    installation::keep_first(connection, KEY, kind.as_str()).await?;
    let kept = installation::read(connection, KEY).await?.ok_or(StorageError::Corrupt { what: "kind" })?;
    Kind::parse(&kept)
}

/// Claims a database for a kind of installation; marks it unless it has a mark.
///
/// # Errors
/// [`ClaimError::Other`] when it is marked as the other kind, [`ClaimError::Storage`] when the storage fails.
pub async fn claim(db: &Database, kind: Kind) -> Result<(), ClaimError> {
    let kept = mark(db, kind).await?;
    if kept == kind { Ok(()) } else { Err(ClaimError::Other(kept)) }
}
