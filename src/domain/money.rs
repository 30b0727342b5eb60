//! Money: an integer of kopecks with checked arithmetic; read and written here and nowhere else.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::decimal::{DecimalError, format_fixed, parse_fixed};

/// Decimals of a rouble.
const KOPECK_SCALE: u32 = 2;

/// A sum of money in kopecks. Negative is an overpayment where it is a balance.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// From whole kopecks.
    pub const fn from_kopecks(kopecks: i64) -> Self {
        Self(kopecks)
    }

    /// The sum in kopecks.
    pub const fn kopecks(self) -> i64 {
        self.0
    }

    /// Reads roubles with at most two decimals, with a comma or a point.
    ///
    /// # Errors
    /// [`DecimalError`] tells what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        parse_fixed(text, KOPECK_SCALE).map(Self)
    }

    /// The sum of both, unless it overflows.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it overflows.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum of many, unless it overflows.
    pub fn checked_sum(sums: impl IntoIterator<Item = Self>) -> Option<Self> {
        sums.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Whether nothing is left.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether the sum is below nothing: for a balance, an overpayment.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The sum without its sign.
    pub const fn magnitude(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// `1 234,56`, without the currency sign.
    pub fn plain(self) -> String {
        format_fixed(self.0, KOPECK_SCALE, KOPECK_SCALE)
    }

    /// `1234.56`, as machines exchange it.
    pub fn machine(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100)
    }
}

/// `1 234,56 ₽` with no-break spaces.
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}\u{a0}₽", self.plain())
    }
}

/// Least sum of one card payment: one rouble (M6).
pub const PAYMENT_LEAST: Money = Money::from_kopecks(100);
/// Largest sum of one card payment: 100 000 roubles (M6).
pub const PAYMENT_MOST: Money = Money::from_kopecks(10_000_000);

/// Why a typed sum cannot be paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error, Serialize, Deserialize)]
pub enum AmountError {
    /// Nothing was typed.
    #[error("the sum is empty")]
    Empty,
    /// Not a sum of money.
    #[error("not a sum")]
    NotASum,
    /// Parts of a kopeck.
    #[error("more than two decimals")]
    TooManyDecimals,
    /// Less than [`PAYMENT_LEAST`].
    #[error("less than one rouble")]
    TooSmall,
    /// More than [`PAYMENT_MOST`].
    #[error("more than 100 000 roubles")]
    TooLarge,
}

impl AmountError {
    /// The cause and the next step, for the payer.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Empty => "Введите сумму, например 1234,56",
            Self::NotASum => "Введите сумму цифрами, например 1234,56",
            Self::TooManyDecimals => "После запятой — не больше двух цифр, например 1234,56",
            Self::TooSmall => "Сумма не может быть меньше 1 рубля",
            Self::TooLarge => "За один раз можно заплатить не больше 100 000 рублей. Разделите платёж на части",
        }
    }
}

/// Reads a sum to be paid by card (M6): from 1 to 100 000 roubles.
///
/// # Errors
/// [`AmountError`] tells which rule refused it.
pub fn parse_payment_amount(text: &str) -> Result<Money, AmountError> {
    let trimmed = text.trim().trim_end_matches('₽').trim_end();
    let sum = Money::parse(trimmed).map_err(|error| match error {
        DecimalError::Empty => AmountError::Empty,
        DecimalError::NotANumber => AmountError::NotASum,
        DecimalError::TooManyDecimals(_) => AmountError::TooManyDecimals,
        DecimalError::TooLarge => AmountError::TooLarge,
    })?;
    if sum < PAYMENT_LEAST {
        return Err(AmountError::TooSmall);
    }
    if sum > PAYMENT_MOST {
        return Err(AmountError::TooLarge);
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_with_no_break_spaces_and_a_comma() {
        assert_eq!(Money::from_kopecks(123_456).to_string(), "1\u{a0}234,56\u{a0}₽");
        assert_eq!(Money::from_kopecks(-5).to_string(), "\u{2212}0,05\u{a0}₽");
        assert_eq!(Money::from_kopecks(-21_237).machine(), "-212.37");
    }

    #[test]
    fn a_sum_to_pay_may_be_typed_with_a_comma_or_a_point() {
        assert_eq!(parse_payment_amount("1234,56"), Ok(Money::from_kopecks(123_456)));
        assert_eq!(parse_payment_amount(" 1 234.5 ₽"), Ok(Money::from_kopecks(123_450)));
        assert_eq!(parse_payment_amount("100000"), Ok(PAYMENT_MOST));
        assert_eq!(parse_payment_amount("1"), Ok(PAYMENT_LEAST));
    }

    #[test]
    fn sums_that_cannot_be_paid_are_refused_each_with_its_rule() {
        assert_eq!(parse_payment_amount(""), Err(AmountError::Empty));
        assert_eq!(parse_payment_amount("1e5"), Err(AmountError::NotASum));
        assert_eq!(parse_payment_amount("-1"), Err(AmountError::TooSmall));
        assert_eq!(parse_payment_amount("0,99"), Err(AmountError::TooSmall));
        assert_eq!(parse_payment_amount("0,001"), Err(AmountError::TooManyDecimals));
        assert_eq!(parse_payment_amount("100000,01"), Err(AmountError::TooLarge));
    }

    #[test]
    fn the_incumbents_own_arithmetic_closes() {
        let closing = Money::parse("447.63").unwrap().checked_sub(Money::parse("660.00").unwrap());
        assert_eq!(closing, Some(Money::parse("-212.37").unwrap()));
    }
}
