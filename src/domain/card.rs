//! Detects card numbers, which must never reach the portal (PCI DSS): cards are entered at the acquirer only.

use super::requisites::check_inn;
use super::typed::{digit_of, is_dash, is_invisible, is_space};

/// Most digits of a card number (ISO/IEC 7812).
const MAX_CARD_DIGITS: usize = 19;
/// Most characters between two groups of a number: a dash with a space on each side.
const MAX_GAP: usize = 3;
/// Most digits of a group in a number written in equal groups.
const MAX_GROUP: usize = 4;
/// Fewest digits of a Maestro number that is searched for among other groups; shorter ones resemble other numbers too
/// much.
const LONG_MAESTRO: usize = 16;

/// Whether a text contains a card number: an issuer's range and length and the Luhn check, in Unicode digits of any
/// script, alone or in groups as on a card. It is found despite other digits beside it, such as the expiry month, and
/// despite invisible characters or short separators between its digits.
///
/// A label such as «ФН» (fiscal drive) makes no exception: anybody can write it before a card number, and numbers of
/// fiscal receipts are outside all issuers' ranges.
pub fn has_card_number(text: &str) -> bool {
    let mut run = Run::default();
    for character in text.chars().filter(|character| !is_ignorable(*character)) {
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
    /// Characters after the last digit.
    gap: Vec<char>,
    /// Indices of groups preceded by more than spaces and dashes, as in dates and lists.
    parts: Vec<usize>,
}

impl Run {
    /// Adds one character; `false` when it ends the run.
    fn takes(&mut self, character: char) -> bool {
        let Some(digit) = digit_of(character) else {
            // Letters end a number; any symbol may separate its groups.
            let fits = !character.is_alphanumeric() && self.gap.len() < MAX_GAP && !self.groups.is_empty();
            if fits {
                self.gap.push(character);
            }
            return fits;
        };
        match self.groups.last_mut() {
            Some(group) if self.gap.is_empty() => group.push(digit),
            _ => {
                if !self.gap.iter().copied().all(is_plain_gap) {
                    self.parts.push(self.groups.len());
                }
                self.groups.push(vec![digit]);
            }
        }
        self.gap.clear();
        true
    }

    /// Checks each part as a whole and every sequence of groups shaped like a card number; skips other shapes, because
    /// consecutive accounts, sums and dates would pass the check by chance.
    fn has_card_number(&self) -> bool {
        let count = self.groups.len();
        let ends = self.parts.iter().copied().chain([count]);
        let starts = [0].into_iter().chain(self.parts.iter().copied());
        let whole = |(start, end): (usize, usize)| is_card_number(&self.groups[start..end].concat());
        let from = |first: usize| (first + 1..=count.min(first + MAX_CARD_DIGITS)).map(move |end| first..end);
        starts.zip(ends).any(whole)
            || (0..count).flat_map(from).any(|stretch| {
                let groups = &self.groups[stretch];
                is_card_shaped(groups) && self.is_card_stretch(groups)
            })
    }

    fn is_card_stretch(&self, groups: &[Vec<u32>]) -> bool {
        let digits = groups.concat();
        let is_alone = groups.len() == 1 || (groups.len() == self.groups.len() && self.parts.is_empty());
        is_card_number(&digits) || ((is_alone || digits.len() >= LONG_MAESTRO) && is_maestro(&digits))
    }
}

/// Dashes and spaces of any width, except tabs and line breaks.
fn is_plain_gap(character: char) -> bool {
    is_dash(character)
        || (is_space(character) && !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}'))
}

/// Characters that do not separate two digits: invisible and control characters, combining marks and the box of a
/// keycap emoji.
fn is_ignorable(character: char) -> bool {
    let is_mark = matches!(
        character,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    );
    is_mark || is_invisible(character) || (character.is_control() && !character.is_whitespace())
}

/// One group, equal short groups (the last may be shorter), the groups of American Express and Diners Club, or the
/// groups of 18-digit Maestro cards.
fn is_card_shaped(groups: &[Vec<u32>]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(Vec::len).collect();
    match lengths.as_slice() {
        [] => false,
        [_] | [4, 6, 4 | 5] | [8, 10] => true,
        [first, between @ .., last] => *first <= MAX_GROUP && last <= first && between.iter().all(|l| l == first),
    }
}

/// The issuer's range and length are required too, because numbers of fiscal receipts and operations pass the Luhn
/// check by chance.
fn is_card_number(digits: &[u32]) -> bool {
    is_issued(digits) && luhn(digits)
}

/// The leading digits as a number, to compare with issuers' ranges.
fn prefix(digits: &[u32]) -> Option<u32> {
    Some(digits.get(..4)?.iter().fold(0, |number, digit| number * 10 + digit))
}

/// The ranges and number lengths of issuers whose cards are used here; Maestro is checked separately.
#[expect(clippy::match_same_arms, reason = "an arm for each payment system")]
fn is_issued(digits: &[u32]) -> bool {
    let Some(prefix) = prefix(digits) else { return false };
    match (prefix, digits.len()) {
        // Мир
        (2200..=2204, 16..=19) => true,
        // Visa
        (4000..=4999, 13 | 16 | 19) => true,
        // Mastercard
        (5100..=5599 | 2221..=2720, 16) => true,
        // American Express
        (3400..=3499 | 3700..=3799, 15) => true,
        // Diners Club
        (3000..=3059 | 3600..=3699 | 3800..=3899, 14) => true,
        // JCB
        (3528..=3589, 16) => true,
        // UnionPay
        (6200..=6299, 16..=19) => true,
        // Белкарт
        (9112, 16) => true,
        _ => false,
    }
}

/// Maestro's range overlaps many account and taxpayer numbers, since 50 and 56 to 69 are also codes of regions: only
/// card-shaped numbers count, and a taxpayer number with valid check digits is not a card.
fn is_maestro(digits: &[u32]) -> bool {
    let in_range = matches!(prefix(digits), Some(5000..=5099 | 5600..=6999)) && matches!(digits.len(), 12..=19);
    in_range && luhn(digits) && !is_inn(digits)
}

fn is_inn(digits: &[u32]) -> bool {
    let text: String = digits.iter().filter_map(|digit| char::from_digit(*digit, 10)).collect();
    check_inn(&text).is_ok()
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::typed::tests::{DASHES, INVISIBLE, SPACES, in_script, pasted};

    /// The number with its last digit replaced by the correct Luhn check digit.
    fn with_check_digit(number: &str) -> String {
        let body = &number[..number.len() - 1];
        let number = |check: char| format!("{body}{check}");
        let passes = |number: &String| luhn(&number.chars().filter_map(|c| c.to_digit(10)).collect::<Vec<_>>());
        ('0'..='9').map(number).find(passes).unwrap()
    }

    fn in_groups(number: &str, size: usize, gap: &str) -> String {
        let digits: Vec<char> = number.chars().collect();
        let groups: Vec<String> = digits.chunks(size).map(|group| group.iter().collect()).collect();
        groups.join(gap)
    }

    /// A number of any issuer in any of its lengths.
    fn any_card() -> impl Strategy<Value = String> {
        let ranges = [
            (2200, 2204, 16),
            (2200, 2204, 17),
            (2200, 2204, 18),
            (2200, 2204, 19),
            (4000, 4999, 13),
            (4000, 4999, 16),
            (4000, 4999, 19),
            (5100, 5599, 16),
            (2221, 2720, 16),
            (3400, 3499, 15),
            (3700, 3799, 15),
            (3000, 3059, 14),
            (3600, 3699, 14),
            (3800, 3899, 14),
            (3528, 3589, 16),
            (6200, 6299, 17),
            (9112, 9112, 16),
            (5000, 5099, 16),
            (5600, 6999, 16),
            (5600, 6999, 18),
            (5600, 6999, 19),
        ];
        let range = proptest::sample::select(ranges.to_vec());
        (range, any::<u32>(), "[0-9]{15}").prop_map(|((first, last, length), at, body)| {
            let prefix = first + at % (last - first + 1);
            with_check_digit(&format!("{prefix}{body}")[..length])
        })
    }

    #[test]
    fn a_number_of_each_issuer_is_found() {
        for number in [
            "2202474301322987",
            "4111111111111111",
            "4222222222222",
            "5555555555554444",
            "2221000000000009",
            "378282246310005",
            "30569309025904",
            "6200000000000005",
            "3528000700000000",
            "9112000000000000",
            "5018000000000000",
            "639002000000000003",
            "676700000000",
        ]
        .map(with_check_digit)
        {
            assert!(has_card_number(&number), "{number}");
        }
    }

    #[test]
    fn digits_of_any_script_and_invisible_characters_do_not_hide_a_number() {
        for text in [
            "５５５５５５５５５５５５４４４４",
            "٥٥٥٥ ٥٥٥٥ ٥٥٥٥ ٤٤٤٤",
            "5555\u{2060}5555\u{2060}5555\u{2060}4444",
            "5\u{200b}555555555554444",
            "5555\u{ad}555555554444",
            "𞓵𞓵𞓵𞓵𞓵𞓵𞓵𞓵𞓵𞓵𞓵𞓵𞓴𞓴𞓴𞓴",
            "5\u{fe0f}\u{20e3}5\u{fe0f}\u{20e3}55 5555 5555 4444",
            "5\u{332}5\u{332}5\u{332}5\u{332}555555554444",
            "5555\u{3164}5555\u{115f}5555\u{e0020}4444",
            "5555\u{1}555555554444",
        ] {
            assert!(has_card_number(text), "{text}");
        }
    }

    #[test]
    fn a_gap_of_any_space_dash_or_line_break_does_not_hide_a_number() {
        for gap in [
            "\u{2009}", "\u{202f}", "\u{3000}", "\u{2028}", "\n", "\r\n", "\t", "\u{2011}", "\u{2212}", "\u{ff0d}",
            "_", "/", ", ", ". ", " - ", " — ", "|", ":", "*", "+", "·", "’", ")(", " 🙂 ",
        ] {
            let text = ["карта 2202", "4743", "0132", "2987, срок 12/30"].join(gap);
            assert!(has_card_number(&text), "{text:?}");
        }
    }

    #[test]
    fn numbers_of_receipts_and_operations_pass() {
        // 16 digits each that pass the Luhn check but are outside all issuers' ranges.
        for number in ["9960440300000006", "7382440500000000", "1000000000000008", "0000000000000000"] {
            let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
            assert!(luhn(&digits) || number.starts_with('9') || number.starts_with('7'), "{number}");
            assert!(!has_card_number(number), "{number}");
        }
    }

    #[test]
    fn a_fiscal_receipt_passes() {
        for text in [
            "ФН 9960440301234567 ФД 12345 ФПД 1234567890",
            "ФН № 7281440501234567, ФД № 104857, ФП: 3782822463",
            "ФН: 9999 0789 0012 3456\nФД: 5555\nФП: 4444555566",
            "9960440301234567 12345 1234567890",
            "РН ККТ 0001234567048123 ЗН ККТ 00106900000001",
            "ИНН 5902202276 КПП 590401001 чек № 5555 смена № 4444",
        ] {
            assert!(!has_card_number(text), "{text}");
        }
    }

    #[test]
    fn the_name_of_a_fiscal_number_does_not_hide_a_card_number() {
        for name in ["ФН", "ФД №", "ФПД:", "ФН 9960440301234567"] {
            assert!(has_card_number(&format!("{name} 5555 5555 5555 4444")), "{name}");
        }
    }

    #[test]
    fn accounts_phones_and_taxpayer_numbers_in_the_range_of_maestro_pass() {
        // Both pass the Luhn check as one number.
        for text in ["59012345 59012343", "59012345, 59012343", "ИНН 590222223190"] {
            let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
            assert!(luhn(&digits) && !has_card_number(text), "{text}");
        }
        assert!(!has_card_number("телефоны 65-43-21, 65-43-23"));
    }

    proptest! {
        #[test]
        fn a_number_of_any_issuer_is_found_in_any_script_however_it_is_spaced(
            card in any_card(),
            script in any::<usize>(),
            size in proptest::sample::select(vec![1_usize, 2, 3, 4, 19]),
            gap in "[ \u{a0}\u{2009}\u{202f}\u{2060}\u{fe0f}.,/|:\u{2212}-]{0,3}",
        ) {
            let text = in_groups(&in_script(&card, script % 76), size, &gap);
            prop_assert!(has_card_number(&text), "{}", text);
            prop_assert!(has_card_number(&format!("ФН {text}, 12/30 123")), "{}", text);
        }

        #[test]
        fn invisible_characters_and_mixed_gaps_do_not_hide_a_number(
            card in any_card(),
            invisible in proptest::collection::vec(proptest::sample::select(INVISIBLE.to_vec()), 0..20),
            gaps in proptest::collection::vec(proptest::sample::select([&SPACES[..], &DASHES[..]].concat()), 5),
        ) {
            prop_assert!(has_card_number(&pasted(&card, 0, &invisible)));
            let groups = in_groups(&card, 4, " ");
            let text: String = groups.split(' ').zip(gaps).map(|(group, gap)| format!("{group}{gap}")).collect();
            prop_assert!(has_card_number(&text), "{}", text);
        }

        #[test]
        fn a_number_that_fails_the_luhn_check_is_no_card_number(card in any_card(), by in 1_u32..10) {
            let last = card.chars().last().and_then(|c| c.to_digit(10)).unwrap();
            let wrong = format!("{}{}", &card[..card.len() - 1], (last + by) % 10);
            prop_assert!(!has_card_number(&wrong));
        }

        #[test]
        fn a_number_of_a_fiscal_drive_passes_in_one_piece_and_in_fours(
            number in "(99604403|7280|7281|7282|7284|8710|9280|9286|9289|9999)[0-9]{12}",
            document in "[1-9][0-9]{0,5}",
            sign in "[0-9]{10}",
        ) {
            let drive = &number[..16];
            for drive in [drive.to_owned(), in_groups(drive, 4, " ")] {
                let text = format!("ФН: {drive} ФД: {document} ФПД: {sign}");
                prop_assert!(!has_card_number(&text), "{}", text);
            }
        }
    }
}
