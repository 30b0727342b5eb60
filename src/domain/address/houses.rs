//! Houses: the number of one, and the houses of a street that an announcement names.

use std::fmt;

use thiserror::Error;

use super::words::block_sign;
use crate::domain::typed::{lower, plain};

/// The highest number of a house.
const MAX_NUMBER: u32 = 9_999;
/// Longest part of a house after its number, in bytes: «к12с3» fits twice.
const MAX_PART: usize = 20;
/// Most houses and ranges of one announcement: the houses of a long street, one by one.
const MAX_RANGES: usize = 300;
/// Latin letters that people type for the Russian ones of the same shape.
const LATIN: [(char, char); 12] = [
    ('a', 'а'),
    ('b', 'в'),
    ('c', 'с'),
    ('e', 'е'),
    ('h', 'н'),
    ('k', 'к'),
    ('m', 'м'),
    ('o', 'о'),
    ('p', 'р'),
    ('t', 'т'),
    ('x', 'х'),
    ('y', 'у'),
];

/// A house: `10`, `12а`, `10к2`, `10/2`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct House {
    number: u32,
    /// What follows the number.
    part: String,
}

impl fmt::Display for House {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.number, self.part)
    }
}

impl House {
    /// The number.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Reduces the words of a house, which are in lower case; `None` when they are anything else. A flat after a dash is
    /// left out: «10/2-5».
    pub(super) fn of(words: &[String]) -> Option<Self> {
        let mut text = String::new();
        let mut after_sign = true;
        for word in words {
            let begins_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
            if let Some(sign) = block_sign(word).filter(|_| !text.is_empty()) {
                text.push_str(sign);
                after_sign = true;
            } else if begins_with_digit == after_sign || word.chars().count() == 1 && !begins_with_digit {
                text.push_str(word);
                // «10к. 2»: the full stop divides the sign from its number.
                after_sign = block_sign(word.trim_start_matches(|c: char| c.is_ascii_digit())).is_some();
            } else {
                return None;
            }
        }
        Self::of_text(&text)
    }

    fn of_text(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, rest) = text.split_at(digits);
        let number: u32 = number.parse().ok().filter(|number| (1..=MAX_NUMBER).contains(number))?;
        let rest = ["корпус", "корп"].iter().fold(rest.to_owned(), |rest, word| rest.replace(word, "к"));
        let rest = ["строение", "стр"].iter().fold(rest, |rest, word| rest.replace(word, "с"));
        let (part, flat) = rest.split_once('-').unwrap_or((&rest, ""));
        let mut part: String = part.chars().map(russian).collect();
        if !flat.is_empty() && !flat.bytes().all(|byte| byte.is_ascii_digit()) {
            // «10-а» is the house 10а, «1-я» is a word of a name.
            let letter = flat.chars().next().filter(|letter| flat.chars().count() == 1 && !"яйе".contains(*letter))?;
            part.push(russian(letter));
        }
        is_part(&part).then_some(Self { number, part })
    }
}

fn russian(letter: char) -> char {
    LATIN.iter().find(|(latin, _)| *latin == letter).map_or(letter, |(_, russian)| *russian)
}

/// Whether a text can follow the number of a house: digits, signs and single letters.
fn is_part(part: &str) -> bool {
    let letters_in_a_row = part.chars().zip(part.chars().skip(1)).any(|(a, b)| a.is_alphabetic() && b.is_alphabetic());
    let known = part.chars().all(|c| c.is_ascii_digit() || c == '/' || ('а'..='я').contains(&c));
    known && !letters_in_a_row && part.len() <= MAX_PART && !part.ends_with('/')
}

/// Which numbers of a range count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Parity {
    /// All.
    Any,
    /// Odd ones.
    Odd,
    /// Even ones.
    Even,
}

/// Houses of a street.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HouseRange {
    /// One house, exactly: «10» is not «10к2».
    One(House),
    /// The numbers from one to another, with every block and letter: «1–15» has «11а».
    Range {
        /// The first number.
        from: u32,
        /// The last number.
        to: u32,
        /// Which of them.
        parity: Parity,
    },
}

impl HouseRange {
    /// Whether a house is one of these.
    pub fn has(&self, house: &House) -> bool {
        match self {
            Self::One(one) => one == house,
            Self::Range { from, to, parity } => {
                let fits = match parity {
                    Parity::Any => true,
                    Parity::Odd => !house.number.is_multiple_of(2),
                    Parity::Even => house.number.is_multiple_of(2),
                };
                fits && (*from..=*to).contains(&house.number)
            }
        }
    }
}

/// Why a list of houses is refused.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum HousesError {
    /// This item is neither a house nor a range.
    #[error("{0:?} is neither a house nor a range of houses")]
    Item(String),
    /// More items than one announcement may have.
    #[error("more than {0} houses and ranges")]
    TooMany(usize),
}

/// Parses the houses of an announcement: «1–15 нечётные», «2, 4, 6», «10к2». An empty text is the whole street.
///
/// # Errors
/// [`HousesError`] when an item is not a house or a range, or there are too many.
pub fn parse_houses(text: &str) -> Result<Vec<HouseRange>, HousesError> {
    let items = text.split([',', ';', '\n']).map(str::trim).filter(|item| !item.is_empty());
    let ranges: Vec<HouseRange> =
        items.map(|item| range(item).ok_or_else(|| HousesError::Item(item.to_owned()))).collect::<Result<_, _>>()?;
    if ranges.len() > MAX_RANGES {
        return Err(HousesError::TooMany(MAX_RANGES));
    }
    Ok(ranges)
}

fn range(item: &str) -> Option<HouseRange> {
    let folded = lower(&plain(item)).replace('ё', "е").replace(" - ", "-");
    let mut words: Vec<String> = super::tokens(&folded);
    words.retain(|word| !matches!(word.as_str(), "д" | "дом" | "дома"));
    let parity = words.iter().find_map(|word| parity(word));
    words.retain(|word| self::parity(word).is_none());
    let numbers = match words.as_slice() {
        [] => Some((1, MAX_NUMBER)),
        [range] => range.split_once('-').and_then(|(from, to)| Some((number(from)?, number(to)?))),
        _ => None,
    };
    match (numbers, parity) {
        (Some(_), None) if words.is_empty() => None,
        (Some((from, to)), parity) => {
            let parity = parity.unwrap_or(Parity::Any);
            (from <= to).then_some(HouseRange::Range { from, to, parity })
        }
        (None, None) => House::of(&words).map(HouseRange::One),
        (None, Some(_)) => None,
    }
}

fn number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_number && (1..=MAX_NUMBER).contains(number))
}

/// «нечётные», «чёт».
fn parity(word: &str) -> Option<Parity> {
    if word.starts_with("нечет") {
        Some(Parity::Odd)
    } else if word.starts_with("чет") {
        Some(Parity::Even)
    } else {
        None
    }
}
