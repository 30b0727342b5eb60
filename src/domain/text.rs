//! Free text that people type: what it may hold and how long it may be.

use thiserror::Error;

/// Why a typed text is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum TextError {
    /// Nothing but spaces.
    #[error("the text is empty")]
    Empty,
    /// Longer than the field's limit, in characters.
    #[error("the text is longer than {0} characters")]
    TooLong(usize),
    /// Control characters other than a line break.
    #[error("the text has control characters")]
    ControlCharacters,
    /// A run of 13–19 digits that passes the Luhn check: a card number must never be typed here (PCI DSS).
    #[error("the text has a card number")]
    CardNumber,
}

/// Trims a typed text and checks it: not empty, at most `most` characters, no control characters, no card number.
///
/// # Errors
/// [`TextError`] names the rule.
pub fn clean_text(text: &str, most: usize) -> Result<String, TextError> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > most {
        return Err(TextError::TooLong(most));
    }
    if text.chars().any(|c| (c.is_control() && c != '\n') || is_invisible(c)) {
        return Err(TextError::ControlCharacters);
    }
    if has_card_number(text) {
        return Err(TextError::CardNumber);
    }
    Ok(text.to_owned())
}

/// The runs of ASCII digits of a text.
pub fn digit_runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_digit()).filter(|run| !run.is_empty())
}

/// Marks that reorder or hide text.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Digits of a card number (ISO/IEC 7812).
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
/// Most characters between two groups of a number.
const GAP_MOST: usize = 2;
/// Most digits of a group where a number is written in equal groups.
const GROUP_MOST: usize = 4;

/// Whether a text holds 13–19 digits that pass the Luhn check: alone, or in groups as a card's. Other digits beside
/// them, as the month a card holds to, do not hide them.
pub fn has_card_number(text: &str) -> bool {
    let mut run = Run::default();
    for character in text.chars() {
        if !run.takes(character) {
            if run.has_card_number() {
                return true;
            }
            run = Run::default();
        }
    }
    run.has_card_number()
}

/// Groups of digits with short gaps between them.
#[derive(Default)]
struct Run {
    groups: Vec<Vec<u32>>,
    /// What stands after the last digit.
    gap: Vec<char>,
    /// Whether some gap is more than spaces and hyphens: dates are written so too.
    mixed: bool,
}

impl Run {
    /// Takes one more character; `false` when it does not belong here.
    fn takes(&mut self, character: char) -> bool {
        let Some(digit) = character.to_digit(10) else {
            let fits = is_gap(character) && self.gap.len() < GAP_MOST && !self.groups.is_empty();
            if fits {
                self.gap.push(character);
            }
            return fits;
        };
        match self.groups.last_mut() {
            Some(group) if self.gap.is_empty() => group.push(digit),
            _ => self.groups.push(vec![digit]),
        }
        self.mixed |= self.gap.iter().any(|character| !is_plain_gap(*character));
        self.gap.clear();
        true
    }

    /// Looks at the whole and at every stretch that a card number could be; stretches of other shapes are left, because
    /// accounts, sums and dates in a row would pass the check by chance.
    fn has_card_number(&self) -> bool {
        let count = self.groups.len();
        let from = |first: usize| (first + 1..=count.min(first + CARD_DIGITS.end())).map(move |end| first..end);
        let whole = !self.mixed && is_card_number(&self.groups.concat());
        whole
            || (0..count).flat_map(from).any(|stretch| {
                let groups = &self.groups[stretch];
                is_card_shaped(groups) && is_card_number(&groups.concat())
            })
    }
}

/// What may stand between the groups of a number.
fn is_gap(character: char) -> bool {
    is_plain_gap(character) || matches!(character, '.' | '\t' | '\u{2010}'..='\u{2015}')
}

fn is_plain_gap(character: char) -> bool {
    matches!(character, ' ' | '\u{a0}' | '-')
}

/// In one piece, in equal short groups (the last may be shorter), or as American Express and Diners Club print it.
fn is_card_shaped(groups: &[Vec<u32>]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(Vec::len).collect();
    match lengths.as_slice() {
        [] => false,
        [_] | [4, 6, 4 | 5] => true,
        [first, between @ .., last] => *first <= GROUP_MOST && last <= first && between.iter().all(|l| l == first),
    }
}

fn is_card_number(digits: &[u32]) -> bool {
    CARD_DIGITS.contains(&digits.len()) && luhn(digits)
}

/// The check of ISO/IEC 7812: every second digit from the right doubled, the sum divisible by ten.
pub fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| match (index % 2, digit * 2) {
            (0, _) => *digit,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Folds a text for search: lower case, `ё` as `е`, single spaces, quotes dropped.
pub fn fold(text: &str) -> String {
    let lowered: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c == 'ё' { 'е' } else { c })
        .filter(|c| !matches!(c, '«' | '»' | '"' | '\'' | '“' | '”'))
        .collect();
    lowered.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_card_number_is_refused_however_it_is_grouped() {
        for text in ["5555555555554444", "карта 5555 5555 5555 4444, срок 12/30", "2202-4743-0132-2987"] {
            assert_eq!(clean_text(text, 200), Err(TextError::CardNumber), "{text}");
        }
        assert!(clean_text("счёт 59012345, телефон +7 902 123-45-67", 200).is_ok());
    }

    #[test]
    fn a_card_number_is_found_beside_other_digits_and_in_wider_gaps() {
        for text in [
            "5555 5555 5555 4444 12/30",
            "5555555555554444 12.30 123",
            "счёт 59012345 5555 5555 5555 4444",
            "5555  5555  5555  4444",
            "5555.5555.5555.4444",
            "5555. 5555. 5555. 4444.",
            "5555–5555–5555–4444",
            "55 55 55 55 55 55 44 44, 12/30",
            "5 5 5 5 5 5 5 5 5 5 5 5 4 4 4 4 1",
            "3782 822463 10005 12/30",
        ] {
            assert!(has_card_number(text), "{text}");
        }
    }

    #[test]
    fn dates_phones_and_accounts_in_a_row_are_no_card_number() {
        for text in [
            "с 01.09.2026 по 18.10.2026",
            "01.09.2026 18.10.2026",
            "01.09.2026-18.10.2026",
            "59012345 02.11.2026",
            "счета 59012345, 59012343",
            "счета 59012345 59012343 59012345",
            "+7 902 123-45-67 8 902 765-43-21",
            "показания 00123 00130 00145 00150",
        ] {
            assert!(!has_card_number(text), "{text}");
        }
    }

    #[test]
    fn control_and_reordering_characters_are_refused_and_line_breaks_kept() {
        assert_eq!(clean_text("а\u{0}б", 10), Err(TextError::ControlCharacters));
        assert_eq!(clean_text("а\u{202e}б", 10), Err(TextError::ControlCharacters));
        assert_eq!(clean_text(" строка\r\nещё 🙂 ", 20), Ok("строка\nещё 🙂".to_owned()));
    }

    #[test]
    fn search_folds_case_and_yo() {
        assert_eq!(fold("«Межрегионгаз  ПЁРМЬ»"), "межрегионгаз пермь");
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in "\\PC{0,60}") {
            if let Ok(once) = clean_text(&text, 100) {
                prop_assert_eq!(clean_text(&once, 100), Ok(once.clone()));
            }
        }
    }
}
