//! Card numbers, which must never reach the portal (PCI DSS): cards are entered at the acquirer only.

use super::text::is_invisible;

/// Most digits of a card number (ISO/IEC 7812).
const CARD_DIGITS_MOST: usize = 19;
/// Most characters between two groups of a number: a dash with a space on either side.
const GAP_MOST: usize = 3;
/// Most digits of a group where a number is written in equal groups.
const GROUP_MOST: usize = 4;

/// Whether a text holds a card number: an issuer's range and length and the Luhn check, in any digits that Unicode has,
/// alone or in groups as on a card. Other digits beside it, as the month a card holds to, do not hide it, and neither do
/// invisible characters between its digits.
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
    /// What stands after the last digit.
    gap: Vec<char>,
    /// Whether some gap is more than spaces and hyphens: dates and lists are written so too.
    mixed: bool,
}

impl Run {
    /// Takes one more character; `false` when it does not belong here.
    fn takes(&mut self, character: char) -> bool {
        let Some(digit) = digit_of(character) else {
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
        let from = |first: usize| (first + 1..=count.min(first + CARD_DIGITS_MOST)).map(move |end| first..end);
        let whole = !self.mixed && is_card_number(&self.groups.concat());
        whole
            || (0..count).flat_map(from).any(|stretch| {
                let groups = &self.groups[stretch];
                is_card_shaped(groups) && is_card_number(&groups.concat())
            })
    }
}

/// What may stand between the groups of a number: any space, line break or dash, and what people type in their place.
fn is_gap(character: char) -> bool {
    is_plain_gap(character)
        || character.is_whitespace()
        || matches!(character, '.' | ',' | '/' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}')
}

/// Spaces of any width, but no tab and no line break, and the hyphen.
fn is_plain_gap(character: char) -> bool {
    character == '-'
        || (character.is_whitespace() && !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}'))
}

/// What a reader does not see between two digits: invisible and control characters, marks above and below a digit, and
/// what makes an emoji of it. Wider than what [`super::text::clean_text`] refuses, which has to take emoji and accents.
fn is_ignorable(character: char) -> bool {
    let is_mark = matches!(
        character,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    );
    // Unicode's Default_Ignorable_Code_Point, and the interlinear annotations.
    let is_unseen = matches!(
        character,
        '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2065}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    );
    is_mark || is_unseen || is_invisible(character) || (character.is_control() && !character.is_whitespace())
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

/// Numbers of fiscal receipts and of operations pass the Luhn check by chance: only an issuer's range and length make a
/// card number.
fn is_card_number(digits: &[u32]) -> bool {
    is_issued(digits) && luhn(digits)
}

/// The ranges of the issuers whose cards are met here, with the lengths of their numbers.
fn is_issued(digits: &[u32]) -> bool {
    let Some(prefix) = digits.get(..4).map(|four| four.iter().fold(0, |number, digit| number * 10 + digit)) else {
        return false;
    };
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
        (3000..=3099 | 3600..=3699 | 3800..=3899, 14) => true,
        // UnionPay
        (6200..=6299, 16..=19) => true,
        _ => false,
    }
}

/// The first digit of each run of ten decimal digits in Unicode (general category Nd).
const ZEROS: [u32; 76] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
    0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136,
    0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0,
    0x11C50, 0x11D50, 0x11DA0, 0x11DE0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8,
    0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// The value of a decimal digit in any script.
fn digit_of(character: char) -> Option<u32> {
    let code = u32::from(character);
    let at = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    Some(code - ZEROS[at]).filter(|digit| *digit < 10)
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
        ] {
            assert!(has_card_number(number), "{number}");
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
            "_", "/", ", ", ". ", " - ", " — ",
        ] {
            let text = ["карта 2202", "4743", "0132", "2987, срок 12/30"].join(gap);
            assert!(has_card_number(&text), "{text:?}");
        }
    }

    #[test]
    fn every_listed_zero_begins_ten_digits_in_ascending_order() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            let values: Vec<u32> = (zero..zero + 10).filter_map(|code| digit_of(char::from_u32(code)?)).collect();
            assert_eq!(values, (0..10).collect::<Vec<_>>(), "{zero:x}");
        }
    }

    #[test]
    fn numbers_of_receipts_and_operations_pass() {
        // 16 digits each that pass the Luhn check and are of no issuer.
        for number in ["9960440300000006", "7382440500000000", "1000000000000008", "0000000000000000"] {
            let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
            assert!(luhn(&digits) || number.starts_with('9') || number.starts_with('7'), "{number}");
            assert!(!has_card_number(number), "{number}");
        }
    }

    proptest! {
        #[test]
        fn any_visa_number_is_found_however_it_is_spaced(
            body in proptest::collection::vec(0_u32..10, 14),
            gap in "[ \u{a0}\u{2009}\u{202f}\u{2060}\u{fe0f}.\u{2212}-]?",
        ) {
            let mut digits = vec![4];
            digits.extend(body);
            digits.push(0);
            let check = (0..10).find(|check| { digits[15] = *check; luhn(&digits) }).unwrap();
            digits[15] = check;
            let groups: Vec<String> =
                digits.chunks(4).map(|group| group.iter().map(ToString::to_string).collect()).collect();
            prop_assert!(has_card_number(&groups.join(&gap)));
        }
    }
}
