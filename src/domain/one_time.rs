//! One-time secrets: the link of a letter and the code of an SMS. Two types, because a code must never be accepted in
//! place of a link. Neither appears in logs.

use super::typed::{digits_of_paste, plain};

/// Characters of a link's token: 256 random bits in URL-safe base 64.
pub const TOKEN_LENGTH: usize = 43;
/// Digits of a code.
pub const CODE_LENGTH: usize = 6;

/// The token of a letter's link.
#[derive(Clone, Eq, PartialEq)]
pub struct LinkToken(String);

impl LinkToken {
    /// Parses a token from an address; `None` for any other format, so that no other text reaches a page or a query.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == TOKEN_LENGTH
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        fits.then(|| Self(text.to_owned()))
    }

    /// From 256 random bits, in URL-safe base 64.
    pub fn trusted(text: String) -> Self {
        debug_assert!(Self::parse(&text).is_some(), "a token of another shape");
        Self(text)
    }

    /// The text for the address.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The code of an SMS.
#[derive(Clone, Eq, PartialEq)]
pub struct SmsCode(String);

/// A text that cannot be a code and does not count as an attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CodeError {
    /// Nothing was typed.
    Empty,
    /// Not six digits.
    NotSixDigits,
}

impl SmsCode {
    /// Parses a typed code, in digits of any script, with spaces or dashes, or a whole SMS with one run of six digits.
    ///
    /// # Errors
    /// [`CodeError`] when the text is empty or is not six digits.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        if plain(text).trim().is_empty() {
            return Err(CodeError::Empty);
        }
        digits_of_paste(text, CODE_LENGTH).map(Self).ok_or(CodeError::NotSixDigits)
    }

    /// From a random number below a million.
    pub fn from_number(number: u32) -> Self {
        Self(format!("{number:0CODE_LENGTH$}"))
    }

    /// The digits.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_one_shape() {
        let token = "aB3-_".repeat(9)[..TOKEN_LENGTH].to_owned();
        assert!(LinkToken::parse(&token).is_some());
        for other in ["", "../sign-out", "+79021234567:123456", &token[1..], &format!("{token}a"), &"%".repeat(43)] {
            assert!(LinkToken::parse(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_code_is_read_from_spaced_digits_and_from_a_whole_sms() {
        let read = |text: &str| SmsCode::parse(text).map(|code| code.0);
        assert_eq!(read(" 123 456 ").as_deref(), Ok("123456"));
        let sms = "Код для входа: 123456. Никому его не сообщайте.\n\n@lk.example.ru #123456";
        assert_eq!(read(sms).as_deref(), Ok("123456"));
        let grouped = "Код 482 913 для входа. Никому не сообщайте. @lk.example.ru #482913";
        assert_eq!(read(grouped).as_deref(), Ok("482913"));
        assert_eq!(read("\u{feff}１２３\u{a0}４５６\u{200b}").as_deref(), Ok("123456"));
        for empty in ["", " \u{a0}", "\u{200b}"] {
            assert_eq!(read(empty), Err(CodeError::Empty), "{empty:?}");
        }
        for wrong in ["12345", "1234567", "abc", "12345a", "123456a", "123456 654321"] {
            assert_eq!(read(wrong), Err(CodeError::NotSixDigits), "{wrong}");
        }
    }
}
