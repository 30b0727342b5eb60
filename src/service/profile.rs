//! The user's name in the profile.

use super::{Fault, Services};
use crate::domain::id::UserId;
use crate::domain::text::{TextError, clean_text};
use crate::storage::{Database, users};

/// Longest name, in characters: a full name with a patronymic fits.
const MAX_NAME: usize = 100;

/// Why a name was not saved.
#[derive(Debug)]
pub enum RenameError {
    /// The text is not a valid name.
    Name(TextError),
    /// An internal error.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for RenameError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Saves the name that operators see beside a user's question. An empty text deletes it.
///
/// # Errors
/// [`RenameError::Name`] when the text is too long, or has control characters or a card number.
pub async fn rename(services: &Services, user_id: &UserId, typed: &str) -> Result<(), RenameError> {
    let typed = typed.replace(['\r', '\n'], " ");
    let name = match clean_text(&typed, MAX_NAME) {
        Ok(name) => Some(name),
        Err(TextError::Empty) => None,
        Err(error) => return Err(RenameError::Name(error)),
    };
    let mut tx = services.db().begin().await?;
    users::set_name(&mut tx, user_id, name.as_deref()).await?;
    Ok(Database::commit(tx).await?)
}
