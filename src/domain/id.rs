//! Identifiers: 128 random bits as 26 letters and digits, so that no identifier can be guessed from another.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Characters of an identifier: 128 bits in base 32.
pub const ID_LENGTH: usize = 26;

/// A text that is not an identifier.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
#[error("not an identifier")]
pub struct InvalidId;

fn is_id(text: &str) -> bool {
    text.len() == ID_LENGTH && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        /// Parses an identifier from JSON.
        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                if is_id(&text) { Ok(Self(text)) } else { Err(InvalidId) }
            }
        }

        impl $name {
            /// Parses an identifier from an address or a form.
            ///
            /// # Errors
            /// [`InvalidId`] when the text has a wrong length or a wrong character.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                if is_id(text) { Ok(Self(text.to_owned())) } else { Err(InvalidId) }
            }

            /// From the portal's own storage or generator.
            pub fn trusted(text: String) -> Self {
                debug_assert!(is_id(&text), "identifier of another shape");
                Self(text)
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )+};
}

ids!(
    /// A portal user, who signs in.
    UserId,
    /// One of the provider's staff.
    OperatorId,
    /// A supplier of a resource.
    ProviderId,
    /// A billed account at a provider.
    AccountId,
    /// A registration that is not confirmed yet.
    RegistrationId,
    /// A payment made through the portal.
    PaymentId,
    /// A meter of an account.
    MeterId,
    /// A reading that was sent through the portal.
    SentReadingId,
    /// A request for a PIN.
    PinRequestId,
    /// A thread of feedback.
    ThreadId,
    /// An instalment plan of an account in debt.
    InstalmentPlanId,
    /// An announcement of a provider.
    AnnouncementId,
    /// A notice to a user.
    NoticeId,
    /// A plan of notices to all subscribers of a provider.
    PlanId,
    /// A browser that shows notices.
    PushSubscriptionId,
    /// A consent to receive receipts by e-mail instead of on paper.
    PaperlessConsentId,
    /// An outgoing letter, SMS or push.
    MessageId,
    /// An imported exchange file.
    ImportId,
    /// One signed-in device, as shown in the list of sessions.
    SessionId,
);

/// The owner of a session, a device or a second factor.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Owner {
    /// A subscriber.
    User(UserId),
    /// One of the provider's staff.
    Operator(OperatorId),
}

impl Owner {
    /// The user's identifier, if the owner is a subscriber.
    pub const fn user(&self) -> Option<&UserId> {
        if let Self::User(id) = self { Some(id) } else { None }
    }

    /// The operator's identifier, if the owner is an operator.
    pub const fn operator(&self) -> Option<&OperatorId> {
        if let Self::Operator(id) = self { Some(id) } else { None }
    }

    /// The identifier as text; a user and an operator never share one.
    pub fn as_str(&self) -> &str {
        match self {
            Self::User(id) => id.as_str(),
            Self::Operator(id) => id.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_carries_an_identifier_as_its_text_and_nothing_of_another_shape() {
        let id = AccountId::parse(&"a1".repeat(13)).unwrap();
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<AccountId>(&json).unwrap(), id);
        let (short, capital, padded) = ("a".repeat(25), "A".repeat(26), format!(" {id}"));
        for text in ["", "../sign-out", "' OR 1=1 --", &short, &capital, &padded] {
            let json = serde_json::to_string(text).unwrap();
            assert!(serde_json::from_str::<AccountId>(&json).is_err(), "{json}");
        }
        assert!(serde_json::from_str::<UserId>("26").is_err());
    }
}
