//! Topics and texts of the hints on screens (M11). The texts are in `texts/hints.toml`, where the provider's editor
//! changes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;

/// Longest name of a topic, in characters: a screen reader speaks it as the button's name.
pub const MAX_ABOUT: usize = 60;
/// Longest hint, in characters: a longer one covers half of a phone, and nobody reads it.
pub const MAX_TEXT: usize = 300;

/// The topic of a hint.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// The login.
    Login,
    /// The password.
    Password,
    /// The code of an SMS.
    SmsCode,
    /// The list of linked accounts.
    Accounts,
    /// The overview of one account.
    Overview,
    /// The provider.
    Provider,
    /// The account number.
    AccountNumber,
    /// The PIN.
    Pin,
    /// The lite and the full version.
    FullAccess,
    /// The request for a PIN.
    PinRequest,
    /// The button that opens the payment form.
    Pay,
    /// The sum to pay.
    Amount,
    /// Paying by card.
    Card,
    /// The balance.
    Balance,
    /// The receipt.
    Receipt,
    /// Settlements.
    Settlements,
    /// Payments.
    Payments,
    /// A recalculation.
    Recalculation,
    /// Readings.
    Readings,
    /// The history of a meter's readings.
    History,
    /// Verification of a meter.
    Verification,
    /// The user's questions and the answers.
    Feedback,
    /// The user's settings.
    Settings,
    /// Unlinking.
    Unlink,
    /// The help page.
    Help,
}

impl Topic {
    /// Every topic, in the order of the glossary on the help page.
    pub const ALL: [Self; 25] = [
        Self::Login,
        Self::Password,
        Self::SmsCode,
        Self::Accounts,
        Self::Overview,
        Self::Provider,
        Self::AccountNumber,
        Self::Pin,
        Self::FullAccess,
        Self::PinRequest,
        Self::Pay,
        Self::Amount,
        Self::Card,
        Self::Balance,
        Self::Receipt,
        Self::Settlements,
        Self::Payments,
        Self::Recalculation,
        Self::Readings,
        Self::History,
        Self::Verification,
        Self::Feedback,
        Self::Settings,
        Self::Unlink,
        Self::Help,
    ];
}

/// The text of one hint.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HintText {
    /// The topic, for the button's name: «ПИН-код».
    pub about: String,
    /// The hint itself, one to three sentences.
    pub text: String,
}

/// Why the texts of hints are rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum HintError {
    /// No text for a topic.
    #[error("nothing is said about {0:?}")]
    Missing(Topic),
    /// An empty text.
    #[error("the hint {0:?} needs both `about` and `text`")]
    Empty(Topic),
    /// Longer than [`MAX_ABOUT`] or [`MAX_TEXT`].
    #[error("the hint {0:?} is longer than {MAX_ABOUT} characters of `about` or {MAX_TEXT} of `text`")]
    TooLong(Topic),
}

/// The texts of all hints. Cheap to clone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hints(Arc<[HintText]>);

impl Hints {
    /// Makes the hints from texts by topic.
    ///
    /// # Errors
    /// [`HintError`] with the topic whose text is missing, empty or too long.
    pub fn new(mut texts: BTreeMap<Topic, HintText>) -> Result<Self, HintError> {
        let take = |topic| {
            let hint = texts.remove(&topic).ok_or(HintError::Missing(topic))?;
            if hint.about.trim().is_empty() || hint.text.trim().is_empty() {
                return Err(HintError::Empty(topic));
            }
            if hint.about.chars().count() > MAX_ABOUT || hint.text.chars().count() > MAX_TEXT {
                return Err(HintError::TooLong(topic));
            }
            Ok(hint)
        };
        Topic::ALL.into_iter().map(take).collect::<Result<_, _>>().map(Self)
    }

    /// The hint for a topic.
    pub fn of(&self, topic: Topic) -> &HintText {
        &self.0[topic as usize]
    }

    /// Every hint, in the order of [`Topic::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = &HintText> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> BTreeMap<Topic, HintText> {
        let text = |topic| (topic, HintText { about: format!("{topic:?}"), text: "Слова.".to_owned() });
        Topic::ALL.into_iter().map(text).collect()
    }

    #[test]
    fn each_topic_has_its_own_words() {
        let hints = Hints::new(texts()).unwrap();
        for topic in Topic::ALL {
            assert_eq!(hints.of(topic).about, format!("{topic:?}"));
        }
        assert_eq!(hints.iter().count(), Topic::ALL.len());
    }

    #[test]
    fn a_hint_that_is_missing_empty_or_too_long_is_refused_by_its_topic() {
        let changed = |change: &dyn Fn(&mut BTreeMap<Topic, HintText>)| {
            let mut texts = texts();
            change(&mut texts);
            Hints::new(texts).unwrap_err()
        };
        assert_eq!(changed(&|texts| drop(texts.remove(&Topic::Pin))), HintError::Missing(Topic::Pin));
        let empty = HintText { about: "ПИН-код".to_owned(), text: " \n".to_owned() };
        assert_eq!(changed(&|texts| drop(texts.insert(Topic::Pin, empty.clone()))), HintError::Empty(Topic::Pin));
        let long = HintText { text: "я".repeat(MAX_TEXT + 1), ..empty.clone() };
        assert_eq!(changed(&|texts| drop(texts.insert(Topic::Pin, long.clone()))), HintError::TooLong(Topic::Pin));
    }
}
