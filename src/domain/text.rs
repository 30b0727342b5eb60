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

/// Marks that reorder or hide text.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether a text holds 13–19 digits (grouped by spaces or dashes or not) that pass the Luhn check.
pub fn has_card_number(text: &str) -> bool {
    let mut run: Vec<u32> = Vec::new();
    let mut gap = 0_usize;
    for character in text.chars().chain(std::iter::once('.')) {
        if let Some(digit) = character.to_digit(10) {
            run.push(digit);
            gap = 0;
        } else if matches!(character, ' ' | '-' | '\u{a0}') && gap == 0 && !run.is_empty() {
            gap = 1;
        } else {
            if is_card_number(&run) {
                return true;
            }
            run.clear();
            gap = 0;
        }
    }
    false
}

fn is_card_number(digits: &[u32]) -> bool {
    (13..=19).contains(&digits.len()) && luhn(digits)
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
