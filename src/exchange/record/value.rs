//! Parsers of cells, with limits, where the domain's own parser is not enough.

use jiff::civil::Date;

use crate::domain::account::AccountNumber;
use crate::domain::calendar::{Period, parse_date};
use crate::domain::decimal::{Area, Volume};
use crate::domain::login::Login;
use crate::domain::money::Money;
use crate::domain::pin::Pin;
use crate::exchange::fault::Reason;
use crate::exchange::record::Rules;

/// Longest text of a name, an address, a service, in characters; the receipt's longest is 500 (the reason of a
/// recalculation).
const MAX_TEXT: usize = 500;
/// Longest identifier from a bank or a manufacturer, in characters.
const MAX_IDENTIFIER: usize = 64;
/// Largest sum of one cell: a hundred billion roubles in kopecks; sums over a provider still fit 64 bits.
const MAX_KOPECKS: i64 = 10_000_000_000_000;
/// Largest volume, value of a meter or area: a dial of nine digits in thousandths.
const MAX_THOUSANDTHS: i64 = 1_000_000_000_000;
/// Lengths of account numbers that the format allows.
const ACCOUNT_LENGTHS: std::ops::RangeInclusive<u8> = 4..=20;

pub(super) fn text(text: &str) -> Result<String, Reason> {
    bounded_text(text, MAX_TEXT)
}

pub(super) fn identifier(text: &str) -> Result<String, Reason> {
    bounded_text(text, MAX_IDENTIFIER)
}

fn bounded_text(text: &str, most: usize) -> Result<String, Reason> {
    if text.len() > most && text.chars().count() > most {
        return Err(Reason::TooLong(most));
    }
    if text.chars().any(char::is_control) {
        return Err(Reason::ControlCharacters);
    }
    Ok(text.to_owned())
}

pub(super) fn code(text: &str) -> Result<String, Reason> {
    let good = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if good { identifier(text) } else { Err(Reason::NotACode) }
}

pub(super) fn account(rules: Rules) -> impl Fn(&str) -> Result<AccountNumber, Reason> {
    move |text| Ok(AccountNumber::parse(text, rules.account_length)?)
}

pub(super) fn account_length(text: &str) -> Result<u8, Reason> {
    let length = text.parse().map_err(|_| Reason::NotANumber)?;
    if ACCOUNT_LENGTHS.contains(&length) { Ok(length) } else { Err(Reason::OutOfRange) }
}

/// Digits only, in one of the allowed lengths.
pub(super) fn digits(lengths: &'static [usize], words: &'static str) -> impl Fn(&str) -> Result<String, Reason> {
    move |text| {
        let good = text.bytes().all(|b| b.is_ascii_digit()) && lengths.contains(&text.len());
        if good { Ok(text.to_owned()) } else { Err(Reason::DigitCount(words)) }
    }
}

pub(super) fn number<T: TryFrom<u32>>(text: &str) -> Result<T, Reason> {
    let number: u32 = text.parse().map_err(|_| Reason::NotANumber)?;
    T::try_from(number).map_err(|_| Reason::OutOfRange)
}

pub(super) fn number_in(range: std::ops::RangeInclusive<u8>) -> impl Fn(&str) -> Result<u8, Reason> {
    move |text| {
        number(text).and_then(|number| if range.contains(&number) { Ok(number) } else { Err(Reason::OutOfRange) })
    }
}

pub(super) fn money(text: &str) -> Result<Money, Reason> {
    let money = Money::parse(text)?;
    if money.kopecks().abs() <= MAX_KOPECKS { Ok(money) } else { Err(Reason::OutOfRange) }
}

/// A volume of either sign, as in recalculations.
pub(super) fn volume(text: &str) -> Result<Volume, Reason> {
    let volume = Volume::parse(text)?;
    if volume.raw().abs() <= MAX_THOUSANDTHS { Ok(volume) } else { Err(Reason::OutOfRange) }
}

/// A dial's value or a coefficient: never below zero.
pub(super) fn dial(text: &str) -> Result<Volume, Reason> {
    volume(text).and_then(|value| if value.raw() >= 0 { Ok(value) } else { Err(Reason::OutOfRange) })
}

pub(super) fn area(text: &str) -> Result<Area, Reason> {
    let area = Area::parse(text)?;
    if (0..=MAX_THOUSANDTHS).contains(&area.raw()) { Ok(area) } else { Err(Reason::OutOfRange) }
}

pub(super) fn date(text: &str) -> Result<Date, Reason> {
    Ok(parse_date(text)?)
}

pub(super) fn period(text: &str) -> Result<Period, Reason> {
    Ok(Period::parse(text)?)
}

pub(super) fn yes_or_no(text: &str) -> Result<bool, Reason> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Reason::NotOneOf("yes, no")),
    }
}

pub(super) fn pin(text: &str) -> Result<Pin, Reason> {
    Pin::parse(text).map_err(|_| Reason::NotAPin)
}

pub(super) fn email(text: &str) -> Result<Login, Reason> {
    match Login::parse(text) {
        Ok(login @ Login::Email(_)) => Ok(login),
        _ => Err(Reason::NotAnEmail),
    }
}

/// A phone from billing.
pub(super) enum Phone {
    /// Can receive SMS.
    Mobile(Login),
    /// Cannot receive SMS.
    City,
}

pub(super) fn phone(text: &str) -> Result<Phone, Reason> {
    match Login::parse(text) {
        Ok(login @ Login::Phone(_)) => Ok(Phone::Mobile(login)),
        _ if is_city_phone(text) => Ok(Phone::City),
        _ => Err(Reason::NotAPhone),
    }
}

/// A Russian number with a city code, of ten digits (eleven with 7 or 8 before), or a local one of five to seven.
fn is_city_phone(text: &str) -> bool {
    let usual = text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+()-.".contains(c));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_city = |national: &str| national.starts_with(['3', '4', '8']) && !national.starts_with("89");
    usual
        && match digits.len() {
            5..=7 => true,
            10 => is_city(&digits),
            11 => digits.starts_with(['7', '8']) && is_city(&digits[1..]),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_phone_is_told_apart_from_nonsense() {
        for text in ["8 (342) 212-34-56", "+7 342 2123456", "212-34-56", "3422123456"] {
            assert!(matches!(phone(text), Ok(Phone::City)), "{text}");
        }
        assert!(matches!(phone("8 902 123 45 67"), Ok(Phone::Mobile(_))));
        for text in ["+1 202 555 0143", "12", "89021234567, 89021234568", "нет", "8902123456"] {
            assert!(matches!(phone(text), Err(Reason::NotAPhone)), "{text}");
        }
    }

    #[test]
    fn a_number_beyond_its_limit_is_refused() {
        assert_eq!(money("100000000000,01"), Err(Reason::OutOfRange));
        assert_eq!(dial("-1"), Err(Reason::OutOfRange));
        assert_eq!(number::<u16>("65536"), Err(Reason::OutOfRange));
        assert_eq!(account_length("3"), Err(Reason::OutOfRange));
    }

    #[test]
    fn a_text_has_no_control_characters_and_an_end() {
        assert_eq!(text("а\tб"), Err(Reason::ControlCharacters));
        assert_eq!(text(&"я".repeat(501)), Err(Reason::TooLong(500)));
        assert_eq!(text(&"я".repeat(500)).map(|text| text.chars().count()), Ok(500));
    }
}
