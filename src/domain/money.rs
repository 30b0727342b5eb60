//! Money: an integer of kopecks with checked arithmetic; parsed and formatted only here.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::decimal::{DecimalError, format_fixed, parse_fixed};
use super::typed::{lower, plain};

/// Decimals of a rouble.
const KOPECK_SCALE: u32 = 2;
/// Largest sum accepted from JSON, in kopecks: a browser cannot represent larger integers exactly.
const MAX_JSON_KOPECKS: u64 = (1 << 53) - 1;
/// Spellings of the currency, in lower case; a longer word precedes its own prefixes. The last is Latin.
const CURRENCY: [&str; 9] = ["рублей", "рубля", "рубль", "руб", "rub", "rur", "₽", "р", "p"];
/// Thousands separators other than spaces, points and commas.
const GROUP_MARKS: &str = "'’‘ʼ`´′";
/// Spellings of the kopeck, in lower case; a longer word precedes its own prefixes.
const KOPECKS: [&str; 4] = ["копеек", "копейки", "копейка", "коп"];

/// A sum of money in kopecks. A negative balance is an overpayment.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "i64")]
pub struct Money(i64);

/// From JSON: a number of kopecks.
impl TryFrom<i64> for Money {
    type Error = DecimalError;

    fn try_from(kopecks: i64) -> Result<Self, DecimalError> {
        if kopecks.unsigned_abs() <= MAX_JSON_KOPECKS { Ok(Self(kopecks)) } else { Err(DecimalError::TooLarge) }
    }
}

impl Money {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// From whole kopecks.
    pub const fn from_kopecks(kopecks: i64) -> Self {
        Self(kopecks)
    }

    /// The sum in kopecks.
    pub const fn kopecks(self) -> i64 {
        self.0
    }

    /// Parses roubles with at most two decimals, with a comma or a point.
    ///
    /// # Errors
    /// [`DecimalError`] when the text is not a number, has too many decimals or overflows.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        parse_fixed(text, KOPECK_SCALE).map(Self)
    }

    /// The sum of both; `None` when it overflows.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference; `None` when it overflows.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum of many; `None` when it overflows.
    pub fn checked_sum(sums: impl IntoIterator<Item = Self>) -> Option<Self> {
        sums.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Whether the sum is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether the sum is below zero: for a balance, an overpayment.
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

    /// `1234.56`, the machine-readable format.
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
pub const MAX_PAYMENT: Money = Money::from_kopecks(10_000_000);

/// Why a typed sum cannot be paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error, Serialize, Deserialize)]
pub enum AmountError {
    /// Nothing was typed.
    #[error("the sum is empty")]
    Empty,
    /// Not a sum of money.
    #[error("not a sum")]
    NotASum,
    /// More than two decimals.
    #[error("more than two decimals")]
    TooManyDecimals,
    /// Less than [`PAYMENT_LEAST`].
    #[error("less than one rouble")]
    TooSmall,
    /// More than [`MAX_PAYMENT`].
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

/// Parses a sum to be paid by card (M6): from 1 to 100 000 roubles, in any usual notation: any digits and spaces, the
/// currency, kopecks in words, and thousands separators that cannot be the decimal mark.
///
/// # Errors
/// [`AmountError`] when the text is empty, is not a sum, has too many decimals or is out of range.
pub fn parse_payment_amount(text: &str) -> Result<Money, AmountError> {
    let typed = lower(&plain(text));
    let typed = typed.trim().trim_start_matches('=').trim_start();
    let number = without_currency(typed).unwrap_or_else(|| typed.to_owned());
    let number = without_grouping(&number).unwrap_or(number);
    let sum = Money::parse(number.trim()).map_err(|error| match error {
        DecimalError::Empty => AmountError::Empty,
        DecimalError::NotANumber => AmountError::NotASum,
        DecimalError::TooManyDecimals(_) => AmountError::TooManyDecimals,
        DecimalError::TooLarge => AmountError::TooLarge,
    })?;
    if sum < PAYMENT_LEAST {
        return Err(AmountError::TooSmall);
    }
    if sum > MAX_PAYMENT {
        return Err(AmountError::TooLarge);
    }
    Ok(sum)
}

/// Strips the first matching word from the start of a text, with a full stop and spaces.
fn after_word<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    let rest = words.iter().find_map(|word| text.strip_prefix(word))?;
    Some(rest.strip_prefix('.').unwrap_or(rest).trim())
}

/// `1 234,56` from `1 234,56 ₽`, `₽ 1 234,56`, `+1 234,56 руб.` and `1 234 руб. 56 коп.`; `None` when there are other
/// words.
fn without_currency(text: &str) -> Option<String> {
    let text = after_word(text, &CURRENCY).unwrap_or(text);
    let text = text.strip_prefix('+').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(text);
    let is_of_number = |c: char| c.is_ascii_digit() || " -.,".contains(c) || GROUP_MARKS.contains(c);
    let Some(end) = text.find(|c: char| !is_of_number(c)) else { return Some(text.to_owned()) };
    let sum = text[..end].trim_end();
    let kopecks = after_word(&text[end..], &CURRENCY)?;
    if kopecks.is_empty() {
        return Some(sum.to_owned());
    }
    let end = kopecks.find(|c: char| !c.is_ascii_digit())?;
    let is_named = after_word(kopecks[end..].trim_start(), &KOPECKS)?.is_empty();
    let is_whole = !sum.contains(['.', ',']);
    (is_named && is_whole && matches!(end, 1 | 2)).then(|| format!("{sum},{:0>2}", &kopecks[..end]))
}

/// `1234,56` from `1’234,56`, `1.234,56` and `1,234.56`, and `1234567` from `1.234.567`; `None` when there are no such
/// marks or they do not separate thousands. A single point or comma is always the decimal mark.
fn without_grouping(text: &str) -> Option<String> {
    let decimal = text.rfind(['.', ',']).filter(|at| !text[..*at].contains(&text[*at..=*at]));
    let (whole, fraction) = text.split_at(decimal.unwrap_or(text.len()));
    let mark = whole.chars().find(|c| !c.is_ascii_digit()).filter(|c| ".,".contains(*c) || GROUP_MARKS.contains(*c))?;
    let mut groups = whole.split(mark);
    let first = groups.next()?;
    let is_number = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let are_thousands = groups.clone().all(|group| group.len() == 3 && is_number(group));
    let fits = are_thousands && is_number(first) && matches!(first.len(), 1..=3);
    fits.then(|| whole.replace(mark, "") + fraction)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::typed::tests::{INVISIBLE, in_script};

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
        assert_eq!(parse_payment_amount("100000"), Ok(MAX_PAYMENT));
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

    #[test]
    fn a_sum_is_read_in_any_usual_spelling() {
        for text in [
            "1 234,56 ₽",
            "1\u{a0}234,56\u{a0}₽",
            "1234.56 руб.",
            "1234,56р.",
            "1234,56 р",
            "1234.56 p.",
            "₽1234.56",
            "RUB 1,234.56",
            "1.234,56 рублей",
            "1’234,56",
            "1'234.56",
            "=1234,56",
            "= +1 234,56",
            "1 234 руб. 56 коп.",
            "1234 рубля 56 копеек",
            "１２３４，５６",
            "١٢٣٤,٥٦",
            "\u{feff}1\u{202f}234,\u{200b}56\u{2009}₽",
        ] {
            assert_eq!(parse_payment_amount(text), Ok(Money::from_kopecks(123_456)), "{text}");
        }
        assert_eq!(parse_payment_amount("12 рублей 5 коп"), Ok(Money::from_kopecks(1_205)));
        assert_eq!(parse_payment_amount("12,5 р"), Ok(Money::from_kopecks(1_250)));
    }

    #[test]
    fn a_text_that_may_mean_two_sums_or_none_is_no_sum() {
        for text in [
            "1234,56,7",
            "1’23,4",
            "12’34’567",
            "1,2.3,4",
            "1 234 руб. 56",
            "56 коп.",
            "1,5 руб. 56 коп.",
            "12 руб. 567 коп.",
            "12 тыс. р.",
            "100-200",
            "100+200",
            "++100",
            "=",
            "100 р. в месяц",
            "сто",
            "½",
        ] {
            let error = parse_payment_amount(text);
            assert!(matches!(error, Err(AmountError::NotASum | AmountError::Empty)), "{text}: {error:?}");
        }
        assert_eq!(parse_payment_amount("1.234"), Err(AmountError::TooManyDecimals));
        assert_eq!(parse_payment_amount("—100"), Err(AmountError::TooSmall));
        assert_eq!(parse_payment_amount("1.234.567"), Err(AmountError::TooLarge));
        assert_eq!(parse_payment_amount("₽"), Err(AmountError::Empty));
    }

    #[test]
    fn json_carries_kopecks_and_no_sum_beyond_what_a_browser_counts_exactly() {
        let most = MAX_JSON_KOPECKS as i64;
        for kopecks in [0, -21_237, 123_456, most, -most] {
            let json = serde_json::to_string(&Money::from_kopecks(kopecks)).unwrap();
            assert_eq!(json, kopecks.to_string());
            assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), Money::from_kopecks(kopecks));
        }
        for json in
            ["9007199254740992", "-9007199254740992", "9223372036854775807", "-9223372036854775808", "1.5", "\"1\""]
        {
            assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back_as_the_same_sum(
            kopecks in 100_i64..=10_000_000,
            currency in " ?(|₽|руб\\.?|рублей|р\\.?)",
            script in any::<usize>(),
            invisible in proptest::sample::select(INVISIBLE.to_vec()),
        ) {
            let sum = Money::from_kopecks(kopecks);
            let western = sum.plain().replace('\u{a0}', ".");
            for text in [sum.to_string(), sum.plain(), sum.machine(), western, sum.plain().replace('\u{a0}', "’")] {
                let typed = format!("{invisible}{}", in_script(text.trim_end_matches(['₽', '\u{a0}']), script));
                prop_assert_eq!(parse_payment_amount(&text), Ok(sum));
                prop_assert_eq!(parse_payment_amount(&format!("{typed}{currency}")), Ok(sum));
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,40}", numeric in "[0-9 .,'’+=р₽копub-]{0,20}") {
            for text in [text, numeric] {
                if let Ok(sum) = parse_payment_amount(&text) {
                    prop_assert!((PAYMENT_LEAST..=MAX_PAYMENT).contains(&sum));
                }
            }
        }
    }
}
