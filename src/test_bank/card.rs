//! Cards: their validation, and the bank's decision about each. Not stored.

use jiff::civil::Date;
use serde::Deserialize;

use super::payment::Refusal;
use crate::components::FieldError;
use crate::domain::text::luhn;

/// The payer's input on the card page. No `Debug`: card data must not be logged.
#[derive(Clone, Default, Deserialize)]
pub(super) struct TypedCard {
    #[serde(default)]
    pub(super) number: String,
    #[serde(default)]
    pub(super) expiry: String,
    #[serde(default)]
    pub(super) csc: String,
}

/// The error message of each field, for the payer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct CardFaults {
    pub(super) number: Option<&'static str>,
    pub(super) expiry: Option<&'static str>,
    pub(super) csc: Option<&'static str>,
}

impl CardFaults {
    /// The errors for the form, in the order of its fields.
    pub(super) fn errors(self) -> Vec<FieldError> {
        let faults = [("number", self.number), ("expiry", self.expiry), ("csc", self.csc)];
        faults.into_iter().filter_map(|(field, words)| Some(FieldError::new(field, words?))).collect()
    }
}

/// The bank's decision about a card.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// The payment succeeds.
    Approves,
    /// Requires the 3-D Secure code first.
    AsksForCode,
    /// The payment is refused.
    Refuses(Refusal),
}

/// A test card.
pub(super) struct TestCard {
    /// As printed on it.
    pub(super) number: &'static str,
    pub(super) outcome: Outcome,
    /// Its outcome in words, for the page.
    pub(super) words: &'static str,
}

/// The well-known test cards of the protocol.
pub(super) const TEST_CARDS: [TestCard; 6] = [
    TestCard {
        number: "5555 5555 5555 4444", outcome: Outcome::Approves, words: "оплата проходит сразу"
    },
    TestCard {
        number: "2202 4743 0132 2987", outcome: Outcome::Approves, words: "оплата проходит сразу"
    },
    TestCard {
        number: "5555 5555 5555 4477", outcome: Outcome::AsksForCode, words: "спрашивает код 3-D Secure"
    },
    TestCard {
        number: "2200 0000 0000 0004", outcome: Outcome::AsksForCode, words: "спрашивает код 3-D Secure"
    },
    TestCard {
        number: "2200 0000 0000 0053",
        outcome: Outcome::Refuses(Refusal::InsufficientFunds),
        words: "на карте не хватает денег",
    },
    TestCard {
        number: "2200 0000 0000 0012",
        outcome: Outcome::Refuses(Refusal::ThreeDSecureFailed),
        words: "проверка 3-D Secure не пройдена",
    },
];

impl TypedCard {
    /// Validates the card as of today, and returns the bank's decision.
    ///
    /// # Errors
    /// [`CardFaults`] when a field is invalid; it has a message for each.
    pub(super) fn check(&self, today: Date) -> Result<Outcome, CardFaults> {
        let faults = CardFaults {
            number: number_fault(&self.number),
            expiry: expiry_fault(&self.expiry, today),
            csc: csc_fault(&self.csc),
        };
        if faults == CardFaults::default() { Ok(outcome_of(&self.number)) } else { Err(faults) }
    }
}

fn outcome_of(number: &str) -> Outcome {
    let number = without_gaps(number);
    let known = TEST_CARDS.iter().find(|card| without_gaps(card.number) == number);
    known.map_or(Outcome::Refuses(Refusal::GeneralDecline), |card| card.outcome)
}

/// Removes the spaces and dashes that people group digits with.
fn without_gaps(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect()
}

fn number_fault(text: &str) -> Option<&'static str> {
    let number = without_gaps(text);
    let digits: Option<Vec<u32>> = number.chars().map(|c| c.to_digit(10)).collect();
    match digits {
        _ if number.is_empty() => Some("Введите номер карты."),
        None => Some("В номере карты должны быть только цифры."),
        Some(digits) if !(13..=19).contains(&digits.len()) => {
            Some("В номере карты не столько цифр, сколько нужно. Обычно их 16.")
        }
        Some(digits) if !luhn(&digits) => Some("В номере карты опечатка. Сверьте его с картой."),
        Some(_) => None,
    }
}

fn expiry_fault(text: &str, today: Date) -> Option<&'static str> {
    const SHAPE: &str = "Введите месяц и год с карты, например 12/30.";
    let digits = without_gaps(text).replace(['/', '.'], "");
    if text.trim().is_empty() || !matches!(digits.len(), 4 | 6) {
        return Some(SHAPE);
    }
    let month = digits.get(..2).and_then(|month| month.parse().ok());
    let year = digits.get(2..).and_then(|year| year.parse::<i16>().ok());
    let (Some(month), Some(year)) = (month, year) else { return Some(SHAPE) };
    let year = if year < 100 { 2000 + year } else { year };
    match Date::new(year, month, 1) {
        Err(_) => Some(SHAPE),
        Ok(first) if first.last_of_month() < today => Some("Срок действия этой карты истёк."),
        Ok(_) => None,
    }
}

fn csc_fault(text: &str) -> Option<&'static str> {
    let csc = text.trim();
    let good = csc.len() == 3 && csc.bytes().all(|b| b.is_ascii_digit());
    (!good).then_some("Введите три цифры с оборота карты.")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 22);

    fn typed(number: &str, expiry: &str, csc: &str) -> TypedCard {
        TypedCard { number: number.into(), expiry: expiry.into(), csc: csc.into() }
    }

    #[test]
    fn every_test_card_does_what_the_page_says() {
        for card in TEST_CARDS {
            assert_eq!(typed(card.number, "12/30", "123").check(TODAY), Ok(card.outcome), "{}", card.number);
        }
    }

    #[test]
    fn a_card_of_no_test_is_refused() {
        let refused = Ok(Outcome::Refuses(Refusal::GeneralDecline));
        assert_eq!(typed("4111111111111111", "1230", "123").check(TODAY), refused);
    }

    #[test]
    fn a_number_may_be_typed_in_groups_and_must_pass_the_luhn_check() {
        for good in ["5555-5555-5555-4444", " 5555555555554444 ", "5555\u{a0}5555\u{a0}5555\u{a0}4444"] {
            assert_eq!(number_fault(good), None, "{good}");
        }
        for bad in ["", "5555 5555 5555 4445", "5555", "5555 5555 5555 444a", "55555555555544445555", "٥٥٥٥"] {
            assert!(number_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_card_is_good_to_the_end_of_its_month() {
        for good in ["11/26", "1126", "11.26", "11 / 2026", "01/27"] {
            assert_eq!(expiry_fault(good, TODAY), None, "{good}");
        }
        assert_eq!(expiry_fault("10/26", TODAY), Some("Срок действия этой карты истёк."));
        for bad in ["", "13/30", "00/30", "1/30", "12", "ab/cd", "год", "12/3", "123456789"] {
            assert!(expiry_fault(bad, TODAY).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_code_has_three_digits() {
        assert_eq!(csc_fault(" 123 "), None);
        for bad in ["", "12", "1234", "12a"] {
            assert!(csc_fault(bad).is_some(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_of_cards_panic(number in "\\PC{0,25}", expiry in "\\PC{0,9}", csc in "\\PC{0,5}") {
            let _ = typed(&number, &expiry, &csc).check(TODAY);
        }
    }
}
