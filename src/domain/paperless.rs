//! The consent to receive the receipts of an account by e-mail instead of on paper.

use thiserror::Error;

use super::calendar::Moment;
use super::id::{AccountId, PaperlessConsentId, UserId};

/// The state of a consent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PaperlessState {
    /// Receipts come by e-mail.
    Current,
    /// Receipts come on paper again. A new consent is a new record.
    Withdrawn,
}

impl PaperlessState {
    /// As a file for billing says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "given",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Withdrawn by the person, or because the access to the account or the e-mail address is gone.
    ///
    /// # Errors
    /// [`InvalidTransition`] when it was withdrawn before.
    pub const fn withdraw(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Current => Ok(Self::Withdrawn),
            Self::Withdrawn => Err(InvalidTransition),
        }
    }
}

/// A consent that was withdrawn before cannot be withdrawn again.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the consent was withdrawn before")]
pub struct InvalidTransition;

/// A consent of a user for an account.
#[derive(Clone, Eq, PartialEq)]
pub struct PaperlessConsent {
    /// The portal's own identifier.
    pub id: PaperlessConsentId,
    /// The account.
    pub account_id: AccountId,
    /// The user.
    pub user_id: UserId,
    /// The version of the text that the user agreed to.
    pub text_version: String,
    /// When the box was ticked.
    pub given_at: Moment,
    /// The network address it came from.
    pub given_from: String,
    /// When it was withdrawn; `None` while it is current.
    pub withdrawn_at: Option<Moment>,
}

crate::opaque_debug!(PaperlessConsent, id, withdrawn_at);

impl PaperlessConsent {
    /// Its state.
    pub const fn state(&self) -> PaperlessState {
        if self.withdrawn_at.is_some() { PaperlessState::Withdrawn } else { PaperlessState::Current }
    }

    /// When it came into its present state.
    pub fn changed_at(&self) -> Moment {
        self.withdrawn_at.unwrap_or(self.given_at)
    }

    /// The same consent, withdrawn at a moment.
    ///
    /// # Errors
    /// [`InvalidTransition`] when it was withdrawn before.
    pub fn withdraw(self, at: Moment) -> Result<Self, InvalidTransition> {
        self.state().withdraw()?;
        Ok(Self { withdrawn_at: Some(at), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_is_withdrawn_once() {
        let given = PaperlessConsent {
            id: PaperlessConsentId::trusted("a".repeat(26)),
            account_id: AccountId::trusted("b".repeat(26)),
            user_id: UserId::trusted("c".repeat(26)),
            text_version: "2026-11-27".to_owned(),
            given_at: Moment::from_micros(1),
            given_from: "192.0.2.1".to_owned(),
            withdrawn_at: None,
        };
        assert_eq!((given.state().as_str(), given.changed_at().micros()), ("given", 1));
        let withdrawn = given.withdraw(Moment::from_micros(2)).unwrap();
        assert_eq!((withdrawn.state().as_str(), withdrawn.changed_at().micros()), ("withdrawn", 2));
        assert!(!format!("{withdrawn:?}").contains("192.0.2.1"));
        assert_eq!(withdrawn.withdraw(Moment::from_micros(3)), Err(InvalidTransition));
    }
}
