//! The login: an e-mail address or a Russian phone number (M1).

use std::fmt;

use thiserror::Error;

use super::card::has_card_number;
use super::typed::{after_labels, lower, plain};

/// Longest e-mail address that a mail server must accept (RFC 5321: 254).
const MAX_EMAIL_LENGTH: usize = 254;
/// Longest part before the `@` (RFC 5321: 64).
const MAX_LOCAL_PART_LENGTH: usize = 64;
/// Digits of a Russian number after the country code.
const PHONE_DIGITS: usize = 10;
/// Labels of a phone in contacts, in lower case; a longer label precedes its own prefixes.
const PHONE_LABELS: [&str; 9] = ["телефон", "тел", "мобильный", "моб", "сотовый", "сот", "phone", "tel", "т"];
/// Quotes and brackets around a copied address.
const QUOTES: [(char, char); 8] =
    [('"', '"'), ('\'', '\''), ('«', '»'), ('“', '”'), ('„', '“'), ('‘', '’'), ('(', ')'), ('[', ']')];
/// The scheme of a copied link to an address.
const MAILTO: &str = "mailto:";
/// Cyrillic letters that look like Latin ones, in lower case.
const LOOKALIKES: &str = "авекмнорстухіјѕ";

/// Why a text is not a login.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum LoginError {
    /// Nothing was typed.
    #[error("the login is empty")]
    Empty,
    /// Looks like a phone, but has not ten digits after +7 or 8.
    #[error("not a Russian phone number")]
    NotAPhone,
    /// Has an `@`, but is not a valid e-mail address.
    #[error("not an e-mail address")]
    NotAnEmail,
    /// A Cyrillic letter in a Latin address: the keyboard's layout was not switched.
    #[error("a Cyrillic letter at place {place} of a Latin address")]
    CyrillicLetter {
        /// The letter, as typed.
        letter: char,
        /// Its position in the address, from 1.
        place: usize,
    },
    /// Neither an address nor a phone.
    #[error("neither an e-mail address nor a phone number")]
    Neither,
    /// Contains a card number, which must never be stored.
    #[error("the login has a card number")]
    CardNumber,
}

/// A user's sign-in name, which is also the destination of letters or SMS.
#[derive(Clone, Eq, Hash, PartialEq)]
pub enum Login {
    /// An e-mail address, in lower case.
    Email(String),
    /// A phone as `+7XXXXXXXXXX`.
    Phone(String),
}

impl Login {
    /// Parses an address or a phone in any usual notation: `+7`, `8`, `9XX`, spaces, brackets, dashes, digits of any
    /// script, a label before a phone, quotes around an address. Drops invisible characters.
    ///
    /// # Errors
    /// [`LoginError`] when the text is neither a valid address nor a valid phone, or contains a card number.
    pub fn parse(text: &str) -> Result<Self, LoginError> {
        let typed = plain(text);
        if typed.trim().is_empty() {
            return Err(LoginError::Empty);
        }
        if has_card_number(text) {
            return Err(LoginError::CardNumber);
        }
        if typed.contains('@') {
            return parse_email(unquoted(&typed)).map(Self::Email);
        }
        let lowered = lower(&typed);
        let number = after_labels(&lowered, &PHONE_LABELS);
        if number.chars().any(|c| c.is_ascii_digit()) && !number.chars().any(char::is_alphabetic) {
            parse_phone(number).map(Self::Phone)
        } else {
            Err(LoginError::Neither)
        }
    }

    /// Whether it is a phone.
    pub const fn is_phone(&self) -> bool {
        matches!(self, Self::Phone(_))
    }

    /// The stored form: the address in lower case, or `+7XXXXXXXXXX`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(text) | Self::Phone(text) => text,
        }
    }

    /// The form shown to people: a phone is grouped as `+7 902 123-45-67`.
    pub fn show(&self) -> String {
        match self {
            Self::Email(email) => email.clone(),
            Self::Phone(phone) => show_phone(phone),
        }
    }

    /// Masked so that only the owner recognises it: `i***@example.ru`, `+7 *** ***-45-67`.
    pub fn masked(&self) -> String {
        match self {
            Self::Email(email) => {
                let (local, domain) = email.split_once('@').unwrap_or((email, ""));
                let first: String = local.chars().take(1).collect();
                format!("{first}***@{domain}")
            }
            Self::Phone(phone) => {
                let tail: String = phone.chars().skip(8).collect();
                let (a, b) = tail.split_at(tail.len().min(2));
                format!("+7 *** ***-{a}-{b}")
            }
        }
    }
}

/// A login is personal data: logs show only its kind.
impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Email(_) => "Login::Email(…)",
            Self::Phone(_) => "Login::Phone(…)",
        })
    }
}

/// `+7 902 123-45-67` from `+79021234567`.
pub fn show_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != PHONE_DIGITS + 1 {
        return phone.to_owned();
    }
    let part = |from: usize, to: usize| digits[from..to].iter().collect::<String>();
    format!("+7\u{a0}{}\u{a0}{}-{}-{}", part(1, 4), part(4, 7), part(7, 9), part(9, 11))
}

/// Whether two texts spell the same login. It does not validate them, which keeps the browser's code small.
pub fn spell_one_login(one: &str, other: &str) -> bool {
    let spelling = |text: &str| {
        let typed = lower(&plain(text));
        if typed.contains('@') {
            return Some(unquoted(&typed).to_owned());
        }
        parse_phone(after_labels(&typed, &PHONE_LABELS)).ok()
    };
    spelling(one).is_some_and(|one| spelling(other) == Some(one))
}

/// The text must be [`plain`].
fn parse_phone(text: &str) -> Result<String, LoginError> {
    let mut digits = String::with_capacity(PHONE_DIGITS + 1);
    let mut plus = false;
    for character in text.chars() {
        match character {
            '0'..='9' => digits.push(character),
            '+' if digits.is_empty() && !plus => plus = true,
            '(' | ')' | '-' | '.' | ' ' => {}
            _ => return Err(LoginError::NotAPhone),
        }
    }
    let national = match (digits.len(), digits.as_bytes().first()) {
        (11, Some(b'7')) => &digits[1..],
        (11, Some(b'8')) if !plus => &digits[1..],
        (PHONE_DIGITS, _) if !plus => digits.as_str(),
        _ => return Err(LoginError::NotAPhone),
    };
    // Russian mobile and city codes begin with 3, 4, 8 or 9; SMS can be sent only to codes that begin with 9.
    if national.starts_with('9') { Ok(format!("+7{national}")) } else { Err(LoginError::NotAPhone) }
}

/// Strips copied text around an address: quotes, `<…>` with a name before it, `mailto:`, a full stop or a comma.
fn unquoted(text: &str) -> &str {
    let mut text = text;
    loop {
        let mut shorter = text.trim().trim_end_matches(['.', ',', ';']);
        for (open, close) in QUOTES {
            shorter = shorter.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).unwrap_or(shorter);
        }
        if let Some((_, inner)) = shorter.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            shorter = inner;
        }
        shorter = without_mailto(shorter).unwrap_or(shorter);
        if shorter.len() == text.len() {
            return text;
        }
        text = shorter;
    }
}

/// The address in a `mailto:` link, without the subject and other parameters.
fn without_mailto(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_at_checked(MAILTO.len())?;
    let address = rest.split_once('?').map(|(address, _)| address).filter(|address| address.contains('@'));
    scheme.eq_ignore_ascii_case(MAILTO).then(|| address.unwrap_or(rest))
}

fn parse_email(text: &str) -> Result<String, LoginError> {
    let (local, domain) = text.rsplit_once('@').ok_or(LoginError::NotAnEmail)?;
    if let Some((place, letter)) = misplaced_cyrillic(local, domain) {
        return Err(LoginError::CyrillicLetter { letter, place });
    }
    let email = text.to_lowercase();
    let (local, domain) = email.rsplit_once('@').ok_or(LoginError::NotAnEmail)?;
    // A letter such as the Kelvin sign is Latin in lower case only.
    let is_mixed = misplaced_cyrillic(local, domain).is_some();
    let good = email.len() <= MAX_EMAIL_LENGTH && !is_mixed && is_local_part(local) && is_domain(domain);
    if good { Ok(email) } else { Err(LoginError::NotAnEmail) }
}

/// The first Cyrillic letter typed instead of a Latin one, with its position from 1: in a label with Latin letters, or
/// in a label of look-alikes only. Real Cyrillic labels pass: the validation of the local part or domain decides on
/// them.
fn misplaced_cyrillic(local: &str, domain: &str) -> Option<(usize, char)> {
    let has_latin = |text: &str| text.chars().any(|c| c.is_ascii_alphabetic());
    let seems_latin = |label: &str| label.chars().filter(|c| c.is_alphabetic()).all(is_lookalike);
    let local_is_wrong = has_latin(local) || seems_latin(local);
    let is_wrong = |label: &str| has_latin(label) || (has_latin(domain) && seems_latin(label));
    let mut place = 1;
    for (label, is_wrong) in
        std::iter::once((local, local_is_wrong)).chain(domain.split('.').map(|label| (label, is_wrong(label))))
    {
        if let Some((at, letter)) = label.chars().enumerate().find(|(_, c)| is_wrong && is_cyrillic(*c)) {
            return Some((place + at, letter));
        }
        place += label.chars().count() + 1;
    }
    None
}

fn is_cyrillic(character: char) -> bool {
    matches!(character, '\u{400}'..='\u{52f}')
}

/// Whether a Cyrillic letter looks like a Latin one.
fn is_lookalike(character: char) -> bool {
    character.to_lowercase().all(|lower| LOOKALIKES.contains(lower))
}

fn is_local_part(local: &str) -> bool {
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    (1..=MAX_LOCAL_PART_LENGTH).contains(&local.len())
        && !dots
        && local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c))
}

/// Domains may be Cyrillic (`пример.рф`), as the support address itself is.
fn is_domain(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    let label = |l: &&str| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    labels.len() >= 2
        && labels.iter().all(label)
        && labels.last().is_some_and(|top| top.chars().count() >= 2 && !top.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::typed::tests::{INVISIBLE, between, pasted};

    #[test]
    fn any_usual_way_to_write_a_phone_is_stored_one_way() {
        for text in [
            "+79021234567",
            "89021234567",
            "9021234567",
            "8 (902) 123-45-67",
            "+7 902 123 45 67",
            "7 902 1234567",
            "8-902-123-45-67",
            "\u{a0}8\u{a0}902\u{a0}123\u{a0}45\u{a0}67",
            "902.123.45.67",
            "(+7) 902 123-45-67",
            "+7\t902\u{2009}123\u{202f}45 67",
            "+7 902 123—45–67",
            "\u{202a}+7 902 123-45-67\u{202c}",
            "\u{2068}8\u{2069} 902 123-45-67\u{200e}",
            "тел. 8 (902) 123‑45‑67",
            "Моб. тел.: +7 902 123 45 67,",
            "т. 89021234567.",
            "tel:+79021234567",
            "＋７ ９０２ １２３－４５－６７",
            "٨ ٩٠٢ ١٢٣ ٤٥ ٦٧",
            "+7\u{2007}902\u{3000}123\u{2212}45\u{2015}67\u{feff}",
        ] {
            assert_eq!(Login::parse(text), Ok(Login::Phone("+79021234567".into())), "{text}");
        }
    }

    #[test]
    fn a_wrong_phone_is_told_apart_from_a_wrong_address() {
        for text in [
            "+7902123456",
            "890212345678",
            "+1 202 555 0143",
            "8 342 212-34-56",
            "12345",
            "+8 902 123 45 67",
            "(+8) 902 123 45 67",
            "++79021234567",
            "7+9021234567",
        ] {
            assert_eq!(Login::parse(text), Err(LoginError::NotAPhone), "{text}");
        }
        for text in ["a@b", "@mail.ru", "иван@mail.ru", "a b@mail.ru", "a@mail..ru", "a@1.2", "a@-b.ru", "a@@"] {
            assert_eq!(Login::parse(text), Err(LoginError::NotAnEmail), "{text}");
        }
        assert_eq!(Login::parse("Иван"), Err(LoginError::Neither));
        assert_eq!(Login::parse("  "), Err(LoginError::Empty));
    }

    #[test]
    fn an_address_is_taken_out_of_its_copied_surroundings() {
        for text in [
            "<ivan@example.ru>",
            "«ivan@example.ru»,",
            "\"ivan@example.ru\".",
            "„ivan@example.ru“",
            "mailto:ivan@example.ru",
            "MailTo:ivan@example.ru?subject=a@b",
            "Иван Петров <ivan@example.ru>;",
            "\"Иван\" <mailto:ivan@example.ru>",
            "(ivan@example.ru.)",
            "iv\u{ad}an@exam\u{200b}ple.ru\u{a0}",
            "\u{feff}ivan@example.ru",
        ] {
            assert_eq!(Login::parse(text), Ok(Login::Email("ivan@example.ru".into())), "{text}");
        }
        assert_eq!(Login::parse("'ivan'@example.ru"), Ok(Login::Email("'ivan'@example.ru".into())));
        assert_eq!(
            Login::parse("ivan-petrov\u{2011}59@example.ru").map(|l| l.show()),
            Ok("ivan-petrov-59@example.ru".into())
        );
        for text in ["mailto:", "<>@<>", "\"@\"", "ivan@example.ru, anna@example.ru", "@"] {
            assert!(Login::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_cyrillic_letter_in_a_latin_address_is_named_with_its_place() {
        for (text, letter, place) in [
            ("сergey@mail.ru", 'с', 1),
            ("ivan.pеtrov@mail.ru", 'е', 7),
            ("ivan@mаil.ru", 'а', 7),
            ("ivan@mail.rу", 'у', 12),
            ("ivan@mail.ру", 'р', 11),
            ("Сор@mail.ru", 'С', 1),
            ("ivan@сор.com", 'с', 6),
            ("«ivanж@mail.ru»", 'ж', 5),
            ("IVАN@MAIL.RU", 'А', 3),
        ] {
            assert_eq!(Login::parse(text), Err(LoginError::CyrillicLetter { letter, place }), "{text}");
        }
    }

    #[test]
    fn a_really_cyrillic_domain_is_taken_and_a_cyrillic_name_is_not() {
        for text in
            ["ivan@почта.рф", "ivan@почта.com", "ivan@мост.ком", "ivan@mail.почта.рф", "ivan@смородина-59.онлайн"]
        {
            assert!(Login::parse(text).is_ok(), "{text}");
        }
        assert_eq!(Login::parse("иван@почта.рф"), Err(LoginError::NotAnEmail));
    }

    #[test]
    fn an_address_is_kept_in_lower_case() {
        assert_eq!(Login::parse(" Ivan.Petrov+gas@Example.RU "), Ok(Login::Email("ivan.petrov+gas@example.ru".into())));
        assert!(Login::parse("support@смородина.онлайн").is_ok());
    }

    #[test]
    fn a_log_never_sees_the_login() {
        let login = Login::parse("ivan@example.ru").unwrap();
        assert!(!format!("{login:?}").contains("ivan"));
        assert_eq!(login.masked(), "i***@example.ru");
        assert_eq!(Login::parse("89021234567").unwrap().masked(), "+7 *** ***-45-67");
    }

    proptest! {
        #[test]
        fn what_is_stored_is_read_back_the_same(text in "[a-z0-9.+@() -]{0,30}") {
            if let Ok(login) = Login::parse(&text) {
                prop_assert_eq!(Login::parse(login.as_str()), Ok(login.clone()));
            }
        }

        #[test]
        fn a_phone_is_read_however_it_is_pasted(
            national in "9[0-9]{9}",
            prefix in "|8|7|\\+7",
            label in "|тел\\. |Моб\\.: |tel:",
            script in any::<usize>(),
            between in between(),
        ) {
            let text = format!("{label}{}", pasted(&format!("{prefix}{national}"), script, &between));
            let login = Login::parse(&text);
            let is_card = login == Err(LoginError::CardNumber);
            prop_assert!(is_card || login == Ok(Login::Phone(format!("+7{national}"))), "{}", text);
        }

        #[test]
        fn an_address_is_read_with_anything_invisible_in_it(
            address in "[a-z0-9]{1,9}@[a-z]{1,9}\\.ru",
            between in proptest::collection::vec(proptest::sample::select(INVISIBLE.to_vec()), 0..20),
        ) {
            prop_assert_eq!(Login::parse(&pasted(&address, 0, &between)), Ok(Login::Email(address)));
        }

        #[test]
        fn one_lookalike_anywhere_in_a_latin_address_is_refused_with_its_place(
            local in "[a-z]{1,9}",
            domain in "[a-z]{1,9}\\.[a-z]{2,3}",
            at in any::<proptest::sample::Index>(),
            letter in proptest::sample::select(LOOKALIKES.chars().collect::<Vec<_>>()),
        ) {
            let mut address: Vec<char> = format!("{local}@{domain}").chars().collect();
            let letters: Vec<usize> = (0..address.len()).filter(|at| address[*at].is_alphabetic()).collect();
            let at = letters[at.index(letters.len())];
            address[at] = letter;
            let text: String = address.into_iter().collect();
            prop_assert_eq!(Login::parse(&text), Err(LoginError::CyrillicLetter { letter, place: at + 1 }));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            if let Ok(login) = Login::parse(&text) {
                prop_assert_eq!(Login::parse(login.as_str()), Ok(login.clone()));
            }
        }
    }
}
