//! The billed account at a provider, and a user's access to it.

use std::fmt;

use jiff::civil::Date;
use thiserror::Error;

use super::decimal::Area;
use super::id::{AccountId, ProviderId};
use super::provider::Provider;
use super::typed::{after_labels, lower, plain};

/// Most accounts that one user may link (M3); a setting may lower it, the storage rejects more.
pub const MAX_LINKS: u8 = 3;
/// Shortest and longest account number of any provider (exchange, version 1).
const NUMBER_LENGTHS: std::ops::RangeInclusive<usize> = 4..=20;

/// Labels of the number on receipts and in typed text, in lower case; a longer label precedes its own prefixes.
const LABELS: [&str; 14] =
    ["лицевого", "лицевой", "лиц", "л/с", "л.с", "лс", "счёта", "счета", "счёт", "счет", "номер", "ном", "no", "n"];

/// Why a text is not an account number.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum AccountNumberError {
    /// Nothing was typed.
    #[error("the account number is empty")]
    Empty,
    /// Something other than digits.
    #[error("an account number is digits only")]
    NotDigits,
    /// The number of digits differs from this provider's.
    #[error("an account number of this provider has {expected} digits")]
    WrongLength {
        /// Digits of this provider's numbers.
        expected: u8,
    },
}

/// The number printed on the receipt: digits, leading zeros kept.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AccountNumber(String);

/// The number is enough to link the account, so logs name an account by its identifier.
impl fmt::Debug for AccountNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AccountNumber(…)")
    }
}

impl AccountNumber {
    /// Parses a number of a provider whose numbers have `length` digits, in digits of any script; drops spaces, dashes,
    /// invisible characters and a label such as «л/с №».
    ///
    /// # Errors
    /// [`AccountNumberError`] when the text is empty, has other characters or another number of digits.
    pub fn parse(text: &str, length: u8) -> Result<Self, AccountNumberError> {
        let typed = lower(&plain(text));
        let kept: String = after_labels(&typed, &LABELS).chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        if kept.is_empty() {
            return Err(AccountNumberError::Empty);
        }
        if !kept.bytes().all(|b| b.is_ascii_digit()) {
            return Err(AccountNumberError::NotDigits);
        }
        if kept.len() != usize::from(length) || !NUMBER_LENGTHS.contains(&kept.len()) {
            return Err(AccountNumberError::WrongLength { expected: length });
        }
        Ok(Self(kept))
    }

    /// From the portal's own storage.
    pub fn trusted(text: String) -> Self {
        Self(text)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `Межрегионгаз Пермь, лицевой счёт 59012345`, by the provider's name.
    pub fn with_provider(&self, provider: &str) -> String {
        format!("{provider}, лицевой счёт {self}")
    }
}

impl fmt::Display for AccountNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The level of access that a link gives its user (M4).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Access {
    /// Before the PIN: the number, the provider, payment without seeing the balance.
    Lite,
    /// After the PIN: everything.
    Full,
}

impl Access {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lite => "lite",
            Self::Full => "full",
        }
    }

    /// From storage.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Lite, Self::Full].into_iter().find(|access| access.as_str() == text)
    }
}

/// An account as described by billing. Personal data: shown only with full access.
#[derive(Clone, Eq, PartialEq)]
pub struct Account {
    /// The portal's own identifier, used in addresses.
    pub id: AccountId,
    /// The provider.
    pub provider_id: ProviderId,
    /// The number printed on the receipt.
    pub number: AccountNumber,
    /// The address of the flat or house.
    pub address: String,
    /// The person billed.
    pub subscriber: Option<String>,
    /// Unified account of the state system, 10 characters.
    pub els: Option<String>,
    /// Total area.
    pub area: Option<Area>,
    /// Heated area.
    pub heated_area: Option<Area>,
    /// Residents counted by the norm.
    pub residents: Option<u16>,
    /// The phone from billing, as `+7XXXXXXXXXX`.
    pub phone: Option<String>,
    /// The e-mail address from billing, in lower case.
    pub email: Option<String>,
    /// Opening date.
    pub opened_on: Option<Date>,
    /// Closing date.
    pub closed_on: Option<Date>,
}

crate::opaque_debug!(Account, id);

/// An account that a user has linked, without billing's data: all that lite access may show.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LinkedAccount {
    /// The account.
    pub id: AccountId,
    /// The number printed on the receipt.
    pub number: AccountNumber,
    /// Its provider.
    pub provider: Provider,
    /// The access level.
    pub access: Access,
}

/// A linked account as an operator sees it: only the data needed to answer.
#[derive(Clone, Eq, PartialEq)]
pub struct AccountInScope {
    /// The account's number.
    pub number: AccountNumber,
    /// The provider's name.
    pub provider: String,
    /// Whether its owner entered the PIN.
    pub access: Access,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::typed::tests::{between, pasted};

    #[test]
    fn a_number_keeps_its_leading_zeros_and_drops_spaces() {
        assert_eq!(AccountNumber::parse("0012 3456", 8).map(|n| n.to_string()), Ok("00123456".to_owned()));
    }

    #[test]
    fn a_number_of_another_length_names_the_right_one() {
        assert_eq!(AccountNumber::parse("590123456", 8), Err(AccountNumberError::WrongLength { expected: 8 }));
        assert_eq!(AccountNumber::parse("5901234", 12), Err(AccountNumberError::WrongLength { expected: 12 }));
        assert_eq!(AccountNumber::parse("5901234а", 8), Err(AccountNumberError::NotDigits));
        assert_eq!(AccountNumber::parse("", 8), Err(AccountNumberError::Empty));
    }

    #[test]
    fn a_number_is_read_with_its_label() {
        for text in [
            "№ 59012345",
            "л/с 5901-2345",
            "Л/С № 59012345",
            "л.с. 59012345",
            "ЛС: 5901 2345",
            "лицевой счёт 59012345",
            "Лицевой счет (л/с): 59012345",
            "Номер лицевого счёта — 59012345.",
            "N 59012345",
            "No. 59012345",
            "#59012345",
            "５９０１２３４５",
            "٥٩٠١٢٣٤٥",
            "5901\u{2011}2345\u{feff}",
        ] {
            assert_eq!(AccountNumber::parse(text, 8).map(|n| n.to_string()), Ok("59012345".to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_stays_an_error() {
        for text in
            ["с59012345", "59012345 кв. 5", "59012345/1", "59O12345", "+59012345", "Иванов 59012345", "5901.2345"]
        {
            assert_eq!(AccountNumber::parse(text, 8), Err(AccountNumberError::NotDigits), "{text}");
        }
        for text in ["№", "л/с", "\u{200b}\u{a0}", " - "] {
            assert_eq!(AccountNumber::parse(text, 8), Err(AccountNumberError::Empty), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_number_is_read_however_it_is_pasted(
            number in "[0-9]{4,20}",
            label in proptest::sample::select(LABELS.to_vec()),
            script in any::<usize>(),
            between in between(),
        ) {
            let length = number.len() as u8;
            let text = pasted(&number, script, &between);
            prop_assert_eq!(AccountNumber::parse(&text, length), Ok(AccountNumber(number.clone())));
            let labelled = format!("{}\u{a0}№\u{a0}{text}", label.to_uppercase());
            prop_assert_eq!(AccountNumber::parse(&labelled, length), Ok(AccountNumber(number)));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>(), length in any::<u8>()) {
            if let Ok(number) = AccountNumber::parse(&text, length) {
                prop_assert_eq!(number.as_str().len(), usize::from(length));
            }
        }
    }
}
