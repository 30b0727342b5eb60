//! Typed free text: allowed characters and length.

use thiserror::Error;

pub use super::card::{has_card_number, luhn};
use super::typed::{is_invisible, tidy};

/// Why a typed text is rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum TextError {
    /// Empty or only spaces.
    #[error("the text is empty")]
    Empty,
    /// Longer than the field's limit, in characters.
    #[error("the text is longer than {0} characters")]
    TooLong(usize),
    /// Control characters other than tabs and line ends.
    #[error("the text has control characters")]
    ControlCharacters,
    /// A card number, which must never be typed here (PCI DSS).
    #[error("the text has a card number")]
    CardNumber,
}

/// Makes a typed text [`tidy`], trims and validates it: not empty, at most `most` characters, no control characters, no
/// card number.
///
/// # Errors
/// [`TextError`] with the rule that the text violates.
pub fn clean_text(text: &str, most: usize) -> Result<String, TextError> {
    let tidied = tidy(text);
    let text = tidied.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > most {
        return Err(TextError::TooLong(most));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(TextError::ControlCharacters);
    }
    if has_card_number(text) {
        return Err(TextError::CardNumber);
    }
    Ok(text.to_owned())
}

/// Words of an address that people omit or spell in many ways.
const ADDRESS_WORDS: [&str; 24] = [
    "г",
    "гор",
    "город",
    "ул",
    "улица",
    "д",
    "дом",
    "кв",
    "квартира",
    "пр",
    "просп",
    "проспект",
    "пер",
    "переулок",
    "обл",
    "область",
    "край",
    "р",
    "н",
    "район",
    "п",
    "пос",
    "поселок",
    "с",
];

/// Whether two names or addresses are equal, ignoring case, ё, punctuation, word order, invisible characters and words
/// such as «улица».
pub fn reads_alike(one: &str, other: &str) -> bool {
    let words = |text: &str| {
        let folded = tidy(text).to_lowercase().replace('ё', "е");
        let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let mut words: Vec<String> = words.filter(|word| !ADDRESS_WORDS.contains(word)).map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    words(one) == words(other)
}

/// Normalises a text for search: lower case, `ё` as `е`, single spaces, quotes and invisible characters dropped.
pub fn fold(text: &str) -> String {
    let lowered: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c == 'ё' { 'е' } else { c })
        .filter(|c| !matches!(c, '«' | '»' | '"' | '\'' | '“' | '”') && !is_invisible(*c))
        .collect();
    lowered.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::typed::tests::{INVISIBLE, pasted};

    #[test]
    fn texts_that_read_alike_are_told_apart_from_those_that_do_not() {
        assert!(reads_alike("Пермь, ул. Ленина, д. 5, кв. 12", "г ПЕРМЬ ул ленина д.5 кв.12".trim_start_matches("г ")));
        assert!(reads_alike("Семёнова Анна", "АННА СЕМЕНОВА"));
        assert!(!reads_alike("Пермь, Ленина 5-12", "Пермь, Ленина 51-2"));
        assert!(!reads_alike("", "Пермь"));
    }

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
            "01.09.2026 - 18.10.2026",
            "59012345 - 59012343",
            "59012345 02.11.2026",
            "счета 59012345, 59012343",
            "счета 59012345 59012343 59012345",
            "+7 902 123-45-67 8 902 765-43-21",
            "показания 00123 00130 00145 00150",
            "показания\n00123\n00130\n00145",
            "01/09/2026, 18/10/2026",
            "заплатил 1 234,56, 4 150,20 и 220,40",
            "счета 59012345,\n59012343",
        ] {
            assert!(!has_card_number(text), "{text}");
        }
    }

    #[test]
    fn control_characters_are_refused_reordering_ones_dropped_and_line_breaks_kept() {
        assert_eq!(clean_text("а\u{0}б", 10), Err(TextError::ControlCharacters));
        assert_eq!(clean_text("а\u{202e}б", 10), Ok("аб".to_owned()));
        assert_eq!(clean_text(" строка\r\nещё 🙂 ", 20), Ok("строка\nещё 🙂".to_owned()));
        assert_eq!(
            clean_text("\u{feff}г.\u{a0}Пермь,\tул.\u{202f}Ки\u{ad}рова", 30),
            Ok("г. Пермь, ул. Кирова".to_owned())
        );
        assert_eq!(clean_text("\u{200b}\u{3164}\u{2800}", 10), Err(TextError::Empty));
    }

    #[test]
    fn invisible_characters_make_no_difference_to_a_comparison() {
        assert!(reads_alike("Пермь, ул. Ле\u{ad}нина,\u{a0}5", "пермь ленина\u{200b} 5"));
        assert_eq!(fold("Меж\u{ad}регионгаз\u{a0}Пермь\u{feff}"), fold("межрегионгаз пермь"));
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

        #[test]
        fn letters_and_digits_stay_when_invisible_characters_are_dropped(
            text in "[а-яА-Я0-9]{1,9}",
            between in proptest::collection::vec(proptest::sample::select(INVISIBLE.to_vec()), 0..9),
        ) {
            prop_assert_eq!(clean_text(&pasted(&text, 0, &between), 60), Ok(text));
        }
    }
}
