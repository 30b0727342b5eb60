//! What a database is for. A demo has passwords that everybody knows and shows everybody's letters; a real one has real
//! people. The first use marks a database, and the other use is refused from then on.

use thiserror::Error;

use crate::storage::{Connection, Database, StorageError, installation};

/// The fact's name.
const KEY: &str = "kind";

/// What a database is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The made-up town, its mailbox and its bank.
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

/// Why a database cannot be used so.
#[derive(Debug, Error)]
pub enum ClaimError {
    /// It is for something else.
    #[error("the database is marked as {}", .0.as_str())]
    Other(Kind),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Marks an unmarked database.
///
/// # Errors
/// [`StorageError`].
pub async fn mark(db: &Database, kind: Kind) -> Result<Kind, StorageError> {
    let mut tx = db.begin().await?;
    let kept = mark_within(&mut tx, kind).await?;
    Database::commit(tx).await?;
    Ok(kept)
}

/// The same within a transaction: a change that fails leaves no mark.
pub(super) async fn mark_within(connection: &mut Connection, kind: Kind) -> Result<Kind, StorageError> {
    installation::keep_first(connection, KEY, kind.as_str()).await?;
    let kept = installation::read(connection, KEY).await?.ok_or(StorageError::Corrupt { what: "kind" })?;
    Kind::parse(&kept)
}

/// Uses a database for something; an unmarked one is marked.
///
/// # Errors
/// [`ClaimError::Other`] when it is for something else.
pub async fn claim(db: &Database, kind: Kind) -> Result<(), ClaimError> {
    let kept = mark(db, kind).await?;
    if kept == kind { Ok(()) } else { Err(ClaimError::Other(kept)) }
}
