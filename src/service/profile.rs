//! The user's own data: the name in the profile, the consent.

use super::refused::{Correctable, Declined};
use super::registration::NO_CONSENT;
use super::{Fault, Services};
use crate::domain::calendar::Moment;
use crate::domain::id::UserId;
use crate::domain::text::{TextError, clean_text};
use crate::storage::{Database, users};

/// Longest name, in characters: a full name with a patronymic fits.
const MAX_NAME: usize = 100;

/// Why a name was not saved.
#[derive(Debug)]
pub struct InvalidName(pub TextError);

impl Correctable for InvalidName {}

/// Saves the name that operators see beside a user's question. An empty text deletes it.
///
/// # Errors
/// [`InvalidName`] when the text is too long, or has control characters or a card number.
pub async fn rename(services: &Services, user_id: &UserId, typed: &str) -> Result<(), Declined<InvalidName>> {
    let typed = typed.replace(['\r', '\n'], " ");
    let name = match clean_text(&typed, MAX_NAME) {
        Ok(name) => Some(name),
        Err(TextError::Empty) => None,
        Err(error) => return Err(InvalidName(error).into()),
    };
    let mut tx = services.db().begin().await?;
    users::set_name(&mut tx, user_id, name.as_deref()).await?;
    Ok(Database::commit(tx).await?)
}

/// The consent to the processing of personal data that a user gave.
pub struct GivenConsent {
    /// When.
    pub at: Moment,
    /// The version of the text: its day.
    pub version: String,
}

/// The consent of a user; `None` for a user who was created without a form, such as the demo's.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn consent(services: &Services, user_id: &UserId) -> Result<Option<GivenConsent>, Fault> {
    let consent = users::consent(&mut *services.db().read().await?, user_id).await?;
    let is_given = consent.version != NO_CONSENT;
    Ok(is_given.then_some(GivenConsent { at: consent.at, version: consent.version }))
}
