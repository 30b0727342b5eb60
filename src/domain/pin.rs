//! The PIN of an account: eight digits that prove the account is yours (M5). It is a secret: no `Debug`, no `Display`.

use thiserror::Error;

use super::account::AccountNumber;
use super::calendar::Moment;
use super::id::{AccountId, PinRequestId, UserId};
use super::typed::{digits_of_paste, plain};

/// Digits of a PIN.
pub const PIN_LENGTH: usize = 8;
/// The number of possible PINs.
#[expect(clippy::cast_possible_truncation, reason = "a small constant")]
pub const PINS: u32 = 10_u32.pow(PIN_LENGTH as u32);

/// A typed text that is not eight digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum PinError {
    /// Nothing was typed.
    #[error("the PIN is empty")]
    Empty,
    /// Not eight digits.
    #[error("a PIN is eight digits")]
    NotEightDigits,
}

/// A decrypted PIN. It exists only between unsealing and use.
#[derive(Clone, Eq, PartialEq)]
pub struct Pin([u8; PIN_LENGTH]);

impl Pin {
    /// Parses a typed PIN, in digits of any script, with spaces or dashes, or a whole pasted message with one run of
    /// eight digits.
    ///
    /// # Errors
    /// [`PinError`] when the text is empty or is not a PIN.
    pub fn parse(text: &str) -> Result<Self, PinError> {
        if plain(text).trim().is_empty() {
            return Err(PinError::Empty);
        }
        let digits = digits_of_paste(text, PIN_LENGTH).ok_or(PinError::NotEightDigits)?;
        <[u8; PIN_LENGTH]>::try_from(digits.as_bytes()).map(Self).map_err(|_| PinError::NotEightDigits)
    }

    /// From a generated number below [`PINS`].
    pub fn from_number(number: u32) -> Self {
        let text = format!("{:0PIN_LENGTH$}", number % PINS);
        let mut digits = [b'0'; PIN_LENGTH];
        digits.copy_from_slice(text.as_bytes());
        Self(digits)
    }

    /// The digits, to be sealed, compared in constant time, printed on the receipt or sent.
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The state of a request for a PIN (M5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PinRequestState {
    /// Pending: waits for an operator.
    Pending,
    /// The PIN was sent.
    Approved,
    /// An operator rejected the request, with a reason.
    Refused,
    /// The user opened the account with the PIN before an operator decided.
    Closed,
}

impl PinRequestState {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Closed => "closed",
        }
    }

    /// From storage.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Approved, Self::Refused, Self::Closed].into_iter().find(|state| state.as_str() == text)
    }

    /// The label on the page.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Pending => "на рассмотрении",
            Self::Approved => "ПИН-код отправлен",
            Self::Refused => "отказано",
            Self::Closed => "не понадобился",
        }
    }
}

/// A request for a PIN.
#[derive(Clone, Eq, PartialEq)]
pub struct PinRequest {
    /// Random.
    pub id: PinRequestId,
    /// The user.
    pub user_id: UserId,
    /// The account.
    pub account_id: AccountId,
    /// The name that the user entered.
    pub applicant_name: String,
    /// The address that the user entered.
    pub applicant_address: String,
    /// The contact for the answer: an e-mail address or a phone.
    pub contact: String,
    /// The state of the request.
    pub state: PinRequestState,
    /// Why it was refused.
    pub reason: Option<String>,
    /// When it was created.
    pub created_at: Moment,
}

crate::opaque_debug!(PinRequest, id);

/// A pending request with billing's data, for the operator to compare.
#[derive(Clone, Eq, PartialEq)]
pub struct QueuedRequest {
    /// The request.
    pub request: PinRequest,
    /// The account's number.
    pub number: AccountNumber,
    /// The provider's name.
    pub provider: String,
    /// The subscriber in billing.
    pub subscriber: Option<String>,
    /// The address in billing.
    pub address: String,
    /// The phone in billing, as `+7XXXXXXXXXX`.
    pub phone: Option<String>,
    /// The e-mail address in billing.
    pub email: Option<String>,
}

crate::opaque_debug!(QueuedRequest, request);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::typed::tests::{between, pasted};

    #[test]
    fn a_pin_may_be_typed_with_spaces() {
        assert_eq!(Pin::parse("0123 4567").map(|pin| pin.reveal().to_owned()), Ok("01234567".to_owned()));
        assert_eq!(Pin::from_number(42).reveal(), "00000042");
    }

    #[test]
    fn a_pin_is_read_in_any_digits_and_from_its_line_of_a_receipt() {
        for text in ["١٢٣٤٥٦٧٨", "１２３４\u{a0}５６７８", "ПИН-код: 1234 5678.", "ПИН 1234–5678", "1234\u{ad}5678"]
        {
            assert_eq!(Pin::parse(text).map(|pin| pin.reveal().to_owned()), Ok("12345678".to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_not_eight_digits_is_no_pin() {
        for text in ["", " ", "\u{200b}\u{a0}"] {
            assert_eq!(Pin::parse(text).err(), Some(PinError::Empty), "{text}");
        }
        for text in ["1234567", "123456789", "1234567a", "12345678a", "abcdefgh", "12345678 87654321", "-"] {
            assert_eq!(Pin::parse(text).err(), Some(PinError::NotEightDigits), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_pin_is_read_however_it_is_pasted(
            number in 0_u32..PINS, script in any::<usize>(), between in between(),
        ) {
            let pin = Pin::from_number(number);
            let read = Pin::parse(&pasted(pin.reveal(), script, &between)).map(|read| read.reveal().to_owned());
            prop_assert_eq!(read, Ok(pin.reveal().to_owned()));
        }
    }
}
