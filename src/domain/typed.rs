//! Normalises typed and pasted characters: digits of any script, all kinds of spaces and dashes, and invisible
//! characters. Every parser of typed text uses it first.

/// Zero-width joiner: joins emoji into one picture.
const JOINER: char = '\u{200d}';
/// Variation selector: selects the coloured form of the character before it.
const EMOJI_STYLE: char = '\u{fe0f}';
/// The box of a keycap emoji.
const KEYCAP: char = '\u{20e3}';
/// An empty Braille cell: it looks like a space.
const BRAILLE_BLANK: char = '\u{2800}';
/// Offset of a full-width form from its ASCII character.
const FULL_WIDTH_OFFSET: u32 = 0xfee0;

/// Whether a character is invisible and takes no space: Unicode's `Default_Ignorable_Code_Point` (soft hyphen,
/// zero-width characters, direction marks, variation selectors, fillers, tags) and the interlinear annotations.
pub const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a character looks like a space of any width or a line break.
pub fn is_space(character: char) -> bool {
    character.is_whitespace() || character == BRAILLE_BLANK
}

/// Whether a character looks like a hyphen, a dash or a minus sign.
pub const fn is_dash(character: char) -> bool {
    matches!(
        character,
        '-' | '\u{2010}'
            ..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{2e3a}' | '\u{2e3b}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
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
pub fn digit_of(character: char) -> Option<u32> {
    if character.is_ascii() {
        return character.to_digit(10);
    }
    let code = u32::from(character);
    let at = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    Some(code - ZEROS[at]).filter(|digit| *digit < 10)
}

/// Converts a typed number, phone or address to ASCII where possible: drops invisible characters; spaces, dashes,
/// digits of other scripts and full-width forms become ` `, `-`, `0` to `9` and their ASCII characters. Letters of
/// other alphabets are unchanged.
pub fn plain(text: &str) -> String {
    text.chars().filter(|character| !is_invisible(*character)).map(plain_character).collect()
}

fn plain_character(character: char) -> char {
    if let Some(digit) = digit_of(character) {
        return char::from_digit(digit, 10).unwrap_or(character);
    }
    match character {
        space if is_space(space) => ' ',
        dash if is_dash(dash) => '-',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - FULL_WIDTH_OFFSET).unwrap_or(character),
        other => other,
    }
}

/// Lower case for Latin and Russian letters only, enough for labels: Unicode's whole table is too large for a browser.
pub fn lower(text: &str) -> String {
    let lowered = |character: char| match character {
        'А'..='Я' => char::from_u32(u32::from(character) + 0x20).unwrap_or(character),
        'Ё' => 'ё',
        other => other.to_ascii_lowercase(),
    };
    text.chars().map(lowered).collect()
}

/// Cleans a free text: drops invisible characters except those that join emoji into one picture. Spaces of any width
/// and tabs become plain spaces, line ends of any kind become `\n`. Other control characters are kept for the caller
/// to reject.
pub fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut last = None;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let next = rest.peek().copied();
        let kept = match character {
            '\r' if next == Some('\n') => continue,
            '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            invisible if is_invisible(invisible) && !is_of_emoji(last, invisible, next) => continue,
            space if is_space(space) => ' ',
            other => other,
        };
        tidied.push(kept);
        last = Some(kept);
    }
    tidied
}

/// Whether an invisible character between these two is part of an emoji.
fn is_of_emoji(last: Option<char>, invisible: char, next: Option<char>) -> bool {
    match invisible {
        JOINER => last.is_some_and(|last| is_emoji(last) || last == EMOJI_STYLE) && next.is_some_and(is_emoji),
        EMOJI_STYLE => {
            let is_keycap = next == Some(KEYCAP) && matches!(last, Some('0'..='9' | '#' | '*'));
            is_keycap || last.is_some_and(is_emoji)
        }
        _ => false,
    }
}

/// Emoji, and the blocks of symbols that have a coloured form.
const fn is_emoji(character: char) -> bool {
    matches!(
        character,
        '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '\u{2190}'..='\u{27ff}' | '\u{2900}'..='\u{2bff}' | '〰' | '〽' | '㊗' | '㊙'
            | '\u{1f000}'..='\u{1faff}'
    )
}

/// Strips the labels before a number, such as «л/с №» or «тел.», and the full stop after it. The text must be [`plain`]
/// and in lower case; `labels` must list a longer label before its own prefixes.
pub fn after_labels<'a>(text: &'a str, labels: &[&str]) -> &'a str {
    let mark = |character: char| " .,:;/#№=()_-".contains(character);
    let mut rest = text.trim_start_matches(mark);
    while let Some(shorter) = labels.iter().find_map(|label| rest.strip_prefix(label)) {
        rest = shorter.trim_start_matches(mark);
    }
    rest.trim_end_matches([' ', '.', ',', ';', ':'])
}

/// Letters and numbers of any script: every character except known symbols, which avoids Unicode's tables.
const fn is_word(character: char) -> bool {
    let is_sign = matches!(
        character,
        '\u{a0}'..='\u{b1}' | '\u{b4}' | '\u{b6}'..='\u{b8}' | '\u{bb}' | '\u{bf}' | '\u{300}'..='\u{36f}'
            | '\u{2000}'..='\u{214f}' | '\u{2190}'..='\u{2bff}' | '\u{3000}'..='\u{303f}' | '\u{1f000}'..='\u{1faff}'
    );
    character.is_ascii_alphanumeric() || (!character.is_ascii() && !is_sign)
}

/// The only run of `wanted` digits in a typed text or a whole pasted message. Digits in equal groups are a run; so are
/// all digits of a text without letters. `None` when there is no such run, or there are different ones.
pub fn digits_of_paste(text: &str, wanted: usize) -> Option<String> {
    let text = plain(text);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let has_letters = text.chars().any(|c| is_word(c) && !c.is_ascii_digit());
    if digits.len() == wanted && !has_letters {
        return Some(digits);
    }
    let is_between = |c: char| matches!(c, ' ' | '-');
    let mut found = None;
    for piece in text.split(|c: char| !is_word(c) && !is_between(c)) {
        let words: Vec<&str> = piece.split(is_between).filter(|word| !word.is_empty()).collect();
        for run in words.split(|word| !word.bytes().all(|byte| byte.is_ascii_digit())) {
            for candidate in candidates(run, wanted) {
                if found.as_ref().is_some_and(|found| *found != candidate) {
                    return None;
                }
                found = Some(candidate);
            }
        }
    }
    found
}

/// The whole run if its groups are equal and it has the wanted length, otherwise each group of that length.
fn candidates(run: &[&str], wanted: usize) -> Vec<String> {
    let whole = run.concat();
    let are_equal = run.iter().all(|group| group.len() == run[0].len());
    if are_equal && whole.len() == wanted {
        return vec![whole];
    }
    run.iter().filter(|group| group.len() == wanted).map(|group| (*group).to_owned()).collect()
}

/// Formats a code or a PIN for reading: two halves with a no-break space between, `482 913` or `1234 5678`. Other
/// lengths are unchanged.
pub fn grouped(digits: &str) -> String {
    match digits.split_at_checked(digits.len() / 2) {
        Some((left, right)) if matches!(digits.len(), 6 | 8) => format!("{left}\u{a0}{right}"),
        _ => digits.to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Invisible characters, one of each kind.
    pub const INVISIBLE: [char; 16] = [
        '\u{ad}',
        '\u{61c}',
        '\u{115f}',
        '\u{180e}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{200e}',
        '\u{202e}',
        '\u{2060}',
        '\u{2066}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{e0041}',
    ];
    /// All kinds of spaces.
    pub const SPACES: [char; 10] =
        [' ', '\t', '\u{a0}', '\u{2007}', '\u{2009}', '\u{202f}', '\u{205f}', '\u{3000}', '\u{2028}', '\u{2800}'];
    /// All kinds of dashes.
    pub const DASHES: [char; 9] =
        ['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}', '\u{ff0d}'];

    /// The digits in the script whose zero has this number in [`ZEROS`].
    pub fn in_script(digits: &str, script: usize) -> String {
        let zero = ZEROS[script % ZEROS.len()];
        digits.chars().map(|c| c.to_digit(10).and_then(|digit| char::from_u32(zero + digit)).unwrap_or(c)).collect()
    }

    /// A text as people paste it: digits in any script, an invisible character, a space or a dash between any two
    /// characters.
    pub fn pasted(text: &str, script: usize, between: &[char]) -> String {
        let mut pasted = String::new();
        for (at, character) in in_script(text, script).chars().enumerate() {
            pasted.push(character);
            pasted.extend(between.get(at));
        }
        pasted
    }

    /// Separators and invisible characters between two digits.
    pub fn between() -> impl Strategy<Value = Vec<char>> {
        let any = [&INVISIBLE[..], &SPACES[..], &DASHES[..]].concat();
        proptest::collection::vec(proptest::sample::select(any), 0..30)
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
    fn a_number_of_any_script_becomes_ascii() {
        assert_eq!(plain("＋７\u{a0}９０２\u{2011}١٢٣\u{ad}−𝟒𝟓"), "+7 902-123-45");
        assert_eq!(plain("ивaн"), "ивaн");
    }

    #[test]
    fn labels_are_compared_in_lower_case() {
        assert_eq!(lower("Л/С №, ЛИЦЕВОЙ СЧЁТ, RUB"), "л/с №, лицевой счёт, rub");
    }

    #[test]
    fn a_free_text_loses_its_invisible_characters_and_keeps_its_emoji() {
        assert_eq!(tidy("при\u{ad}вет\u{200b},\u{feff} \u{202e}мир\u{e0041}"), "привет, мир");
        for emoji in [
            "👨\u{200d}👩\u{200d}👧",
            "❤\u{fe0f}",
            "🏳\u{fe0f}\u{200d}🌈",
            "👍🏽",
            "1\u{fe0f}\u{20e3}",
            "🧑🏻\u{200d}⚕\u{fe0f}",
            "🇷🇺",
        ] {
            assert_eq!(tidy(emoji), emoji, "{emoji}");
        }
        assert_eq!(tidy("а\u{200d}б\u{fe0f} 👍\u{200d} конец\u{200d}👍"), "аб 👍 конец👍");
    }

    #[test]
    fn tabs_are_spaces_and_every_line_end_is_one_line_break() {
        assert_eq!(tidy("а\tб\u{a0}в\u{3000}г"), "а б в г");
        assert_eq!(tidy("1\r\n2\r3\n4\u{b}5\u{2028}6\u{2029}7\u{85}8"), "1\n2\n3\n4\n5\n6\n7\n8");
    }

    #[test]
    fn the_code_is_found_in_a_whole_message() {
        let sms = "Код 482\u{a0}913 для входа. Никому не сообщайте. @lk.example.ru #482913";
        assert_eq!(digits_of_paste(sms, 6).as_deref(), Some("482913"));
        let with_other_numbers = "Код: 482913. Действует 10 мин. Справки: 8 800 123-45-67";
        assert_eq!(digits_of_paste(with_other_numbers, 6).as_deref(), Some("482913"));
        for typed in
            ["482913", "482 913", "48 29 13", "4-8-2-9-1-3", "12 3456", "(482) 913.", "#482913", "４８２９１３"]
        {
            assert_eq!(digits_of_paste(typed, 6).map(|code| code.len()), Some(6), "{typed}");
        }
        assert_eq!(digits_of_paste("ПИН-код 1234 5678", 8).as_deref(), Some("12345678"));
    }

    #[test]
    fn different_runs_and_digits_among_letters_are_no_code() {
        for text in [
            "",
            "48291",
            "4829134",
            "48291a",
            "482913a",
            "a482913",
            "482 913 #482914",
            "123456 654321",
            "12ab34cd56",
            "8 902 123-45-67",
            "ПИН-код счёта 59012345: 12345678",
            "48291½3",
        ] {
            assert_eq!(digits_of_paste(text, 6), None, "{text}");
        }
        assert_eq!(digits_of_paste("ПИН-код счёта 59012345: 12345678", 8), None);
    }

    #[test]
    fn a_code_is_shown_in_two_halves() {
        assert_eq!(grouped("482913"), "482\u{a0}913");
        assert_eq!(grouped("12345678"), "1234\u{a0}5678");
        assert_eq!((grouped(""), grouped("1234567"), grouped("ёёё")), (String::new(), "1234567".into(), "ёёё".into()));
    }

    proptest! {
        #[test]
        fn no_digit_or_letter_is_invisible_a_space_or_a_dash(character in any::<char>()) {
            let (invisible, space) = (is_invisible(character), is_space(character));
            let kinds = [invisible, space, is_dash(character), digit_of(character).is_some()];
            prop_assert!(kinds.iter().filter(|kind| **kind).count() <= 1, "{:?}", character);
        }

        #[test]
        fn plain_and_tidy_change_nothing_the_second_time(text in any::<String>()) {
            let (once, tidied) = (plain(&text), tidy(&text));
            prop_assert_eq!(plain(&once), once);
            prop_assert_eq!(tidy(&tidied), tidied);
        }

        #[test]
        fn a_tidy_text_has_nothing_invisible_outside_emoji(
            text in "[а-я\u{200b}-\u{200f}\u{2060}-\u{206f}\u{feff}\u{ad}\u{fe00}-\u{fe0f}\u{e0000}-\u{e007f} ]{0,40}",
        ) {
            prop_assert!(!tidy(&text).chars().any(is_invisible));
        }

        #[test]
        fn a_code_is_read_however_it_is_pasted(code in "[0-9]{6}", script in 0..ZEROS.len(), between in between()) {
            prop_assert_eq!(digits_of_paste(&pasted(&code, script, &between), 6), Some(code.clone()));
            let sms = format!("Код {} для входа.\n@lk.example.ru #{}", grouped(&code), code);
            prop_assert_eq!(digits_of_paste(&sms, 6), Some(code));
        }

        #[test]
        fn found_digits_have_the_wanted_length(text in any::<String>(), wanted in 1_usize..9) {
            if let Some(digits) = digits_of_paste(&text, wanted) {
                prop_assert!(digits.len() == wanted && digits.bytes().all(|byte| byte.is_ascii_digit()));
            }
        }
    }
}
