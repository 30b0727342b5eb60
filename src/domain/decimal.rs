//! Fixed-point numbers in billing's format: a decimal point or comma, a bounded number of decimals.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest accepted text of a number: enough for nine digits of roubles with grouping and decimals.
const MAX_NUMBER_LENGTH: usize = 32;
/// Capacity that fits nearly every number without reallocation: `−1 234 567 890,12`.
const WIDEST: usize = 24;

/// Why a text is not a fixed-point number.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum DecimalError {
    /// Empty text.
    #[error("the number is empty")]
    Empty,
    /// Something other than digits, one sign and one decimal mark.
    #[error("not a number")]
    NotANumber,
    /// More decimals than the unit has.
    #[error("more than {0} decimals")]
    TooManyDecimals(u32),
    /// Overflows, or the text is too long.
    #[error("the number is too large")]
    TooLarge,
}

/// Parses `-1 234,5` as an integer of 10^-`scale` units. Spaces (also no-break ones) group digits.
///
/// # Errors
/// [`DecimalError`] when the text is not such a number; exponents, several decimal marks and other characters are
/// [`DecimalError::NotANumber`].
pub fn parse_fixed(text: &str, scale: u32) -> Result<i64, DecimalError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(DecimalError::Empty);
    }
    if text.len() > MAX_NUMBER_LENGTH {
        return Err(DecimalError::TooLarge);
    }
    let (negative, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    if digits.ends_with(['.', ',']) || whole.is_empty() {
        return Err(DecimalError::NotANumber);
    }
    let decimals = u32::try_from(fraction.len()).map_err(|_| DecimalError::TooLarge)?;
    let mut value: i64 = 0;
    for character in whole.chars().filter(|c| !is_group_space(*c)).chain(fraction.chars()) {
        let digit = character.to_digit(10).ok_or(DecimalError::NotANumber)?;
        value = value.checked_mul(10).and_then(|v| v.checked_add(i64::from(digit))).ok_or(DecimalError::TooLarge)?;
    }
    if decimals > scale {
        return Err(DecimalError::TooManyDecimals(scale));
    }
    let value = value.checked_mul(10_i64.pow(scale - decimals)).ok_or(DecimalError::TooLarge)?;
    Ok(if negative { -value } else { value })
}

/// Formats an integer of 10^-`scale` units with a decimal comma, dropping trailing zeros beyond `least` decimals.
pub fn format_fixed(value: i64, scale: u32, least: u32) -> String {
    let unit = 10_u64.pow(scale);
    let magnitude = value.unsigned_abs();
    let mut text = String::with_capacity(WIDEST);
    if value < 0 {
        text.push('\u{2212}');
    }
    push_grouped(&mut text, magnitude / unit);
    let (mut fraction, mut decimals) = (magnitude % unit, scale);
    while decimals > least && fraction.is_multiple_of(10) {
        fraction /= 10;
        decimals -= 1;
    }
    if decimals > 0 {
        let _ = write!(text, ",{fraction:0width$}", width = decimals as usize);
    }
    text
}

/// Groups thousands with a no-break space: `1 234 567`.
pub fn group_thousands(value: u64) -> String {
    let mut text = String::with_capacity(WIDEST);
    push_grouped(&mut text, value);
    text
}

/// Writing to a `String` cannot fail.
fn push_grouped(text: &mut String, value: u64) {
    if value < 1000 {
        let _ = write!(text, "{value}");
        return;
    }
    push_grouped(text, value / 1000);
    let _ = write!(text, "\u{a0}{:03}", value % 1000);
}

fn is_group_space(character: char) -> bool {
    matches!(character, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $scale:literal, $least:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// From the stored integer.
            pub const fn from_raw(raw: i64) -> Self {
                Self(raw)
            }

            /// The stored integer.
            pub const fn raw(self) -> i64 {
                self.0
            }

            /// Parses a number with a point or a comma.
            ///
            /// # Errors
            /// [`DecimalError`] when the text is not a number, has too many decimals or overflows.
            pub fn parse(text: &str) -> Result<Self, DecimalError> {
                parse_fixed(text, $scale).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&format_fixed(self.0, $scale, $least))
            }
        }
    };
}

quantity!(
    /// A volume or a meter's value, in thousandths (of a cubic metre for gas).
    Volume, 3, 0
);
quantity!(
    /// A price of one unit, in micro-roubles: tariffs have up to six decimals.
    Tariff, 6, 2
);
quantity!(
    /// A floor area, in thousandths of a square metre.
    Area, 3, 0
);

/// Decimals of a stored volume.
const VOLUME_SCALE: u32 = 3;

impl Volume {
    /// The difference between two values of a meter; `None` when it overflows.
    pub fn checked_sub(self, earlier: Self) -> Option<Self> {
        self.0.checked_sub(earlier.0).map(Self)
    }

    /// Number of significant decimals, 0 to 3.
    pub fn decimals(self) -> u32 {
        (0..VOLUME_SCALE).find(|decimals| self.0 % 10_i64.pow(VOLUME_SCALE - decimals) == 0).unwrap_or(VOLUME_SCALE)
    }

    /// Formats with a minimum number of decimals, so that values in a column have the same number of them.
    pub fn with_decimals(self, least: u32) -> String {
        format_fixed(self.0, VOLUME_SCALE, least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_may_have_a_comma_a_point_and_spaces() {
        assert_eq!(parse_fixed("1 234,5", 2), Ok(123_450));
        assert_eq!(parse_fixed("1\u{a0}234.56", 2), Ok(123_456));
        assert_eq!(parse_fixed("-0,01", 2), Ok(-1));
        assert_eq!(parse_fixed("7.328", 6), Ok(7_328_000));
    }

    #[test]
    fn what_is_not_a_number_is_refused_with_its_cause() {
        assert_eq!(parse_fixed("", 2), Err(DecimalError::Empty));
        for text in ["1e5", "1,2,3", "+1", ",5", "5,", "12р", "٣", "NaN", "--1"] {
            assert_eq!(parse_fixed(text, 2), Err(DecimalError::NotANumber), "{text}");
        }
        assert_eq!(parse_fixed("0,001", 2), Err(DecimalError::TooManyDecimals(2)));
        assert_eq!(parse_fixed("99999999999999999999", 2), Err(DecimalError::TooLarge));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(raw in -1_000_000_000_000_i64..1_000_000_000_000) {
            prop_assert_eq!(parse_fixed(&format_fixed(raw, 3, 0), 3), Ok(raw));
            prop_assert_eq!(parse_fixed(&format_fixed(raw, 2, 2), 2), Ok(raw));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,40}") {
            let _ = parse_fixed(&text, 6);
        }
    }
}
