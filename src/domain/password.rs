//! The password policy: the manual's by default, a modern one by the provider's setting (M1).

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::in_words::noun_after;
use super::login::{Login, spell_one_login};
use super::typed::{is_invisible, is_space};

/// The policy in force.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordPolicy {
    /// 5 to 10 Latin letters and digits, as in the manual.
    #[default]
    Manual,
    /// 8 to 128 of any characters, at least 4 distinct, not the login.
    Modern,
}

/// The cost of a hash. Stored hashes include their cost; a hash weaker than the settings is upgraded at sign-in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HashWork {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl HashWork {
    /// OWASP's first choice for argon2id, and the minimum in settings.
    pub const LEAST: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// The maximum in settings: two concurrent hashes must fit in memory beside everything else.
    pub const MOST: Self = Self { memory_kib: 1024 * 1024, passes: 20, lanes: 8 };

    /// Whether it is within the limits for settings.
    pub const fn is_allowed(self) -> bool {
        self.memory_kib >= Self::LEAST.memory_kib
            && self.passes >= Self::LEAST.passes
            && self.lanes >= Self::LEAST.lanes
            && self.memory_kib <= Self::MOST.memory_kib
            && self.passes <= Self::MOST.passes
            && self.lanes <= Self::MOST.lanes
    }
}

impl Default for HashWork {
    fn default() -> Self {
        Self::LEAST
    }
}

/// Why a password is rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum PasswordError {
    /// Nothing was typed.
    #[error("the password is empty")]
    Empty,
    /// Fewer characters than the rule requires.
    #[error("the password is too short")]
    TooShort,
    /// More characters than the rule allows.
    #[error("the password is too long")]
    TooLong,
    /// The manual's rule: something other than Latin letters and digits.
    #[error("the password has characters other than Latin letters and digits")]
    WrongCharacters,
    /// The modern rule: fewer than four distinct characters.
    #[error("the password repeats the same characters")]
    TooFewDistinct,
    /// The password is the login.
    #[error("the password is the login")]
    SameAsLogin,
    /// In the list of common passwords, which attackers try first.
    #[error("the password is too common")]
    TooCommon,
    /// A word of the portal, the provider, the login or the account with few other characters.
    #[error("the password is a word of its context")]
    ContextWord,
}

impl PasswordPolicy {
    /// The rule's name, passed from the page to the hydrated form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Modern => "modern",
        }
    }

    /// The rule with this name; the manual's for an unknown name.
    pub fn named(name: &str) -> Self {
        if name == Self::Modern.name() { Self::Modern } else { Self::Manual }
    }

    /// Least and most characters.
    pub const fn lengths(self) -> (usize, usize) {
        match self {
            Self::Manual => (5, 10),
            Self::Modern => (8, 128),
        }
    }

    /// The rule as shown on the page before any error.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Manual => "От 5 до 10 знаков: латинские буквы и цифры.",
            Self::Modern => "От 8 до 128 любых знаков, хотя бы 4 разных.",
        }
    }

    /// Fewest characters.
    pub const fn min_length(self) -> usize {
        self.lengths().0
    }

    /// The rule for browsers that generate passwords: the value of the `passwordrules` attribute, in Apple's syntax.
    pub const fn passwordrules(self) -> &'static str {
        match self {
            Self::Manual => "minlength: 5; maxlength: 10; allowed: lower, upper, digit;",
            Self::Modern => "minlength: 8; maxlength: 128; allowed: ascii-printable;",
        }
    }

    /// Every part of the rule that a typed password violates, for the page to show during typing: wrong characters
    /// first, in the order of typing. `login` is as typed. Only the server checks common passwords and context words.
    pub fn broken(&self, typed: &str, login: &str) -> Vec<BrokenRule> {
        let mut broken = self.broken_by_itself(typed);
        // In any spelling that the sign-in accepts.
        if spell_one_login(typed, login) {
            broken.push(BrokenRule::SameAsLogin);
        }
        broken
    }

    /// The same without the login: the code that compares spellings is too large to load in a browser for this.
    pub fn broken_by_itself(&self, typed: &str) -> Vec<BrokenRule> {
        let mut broken = if *self == Self::Manual { wrong_characters(typed) } else { Vec::new() };
        let (least, most) = self.lengths();
        let length = typed.chars().count();
        if length < least {
            broken.push(BrokenRule::TooShort { length, least });
        }
        if length > most {
            broken.push(BrokenRule::TooLong { length, most });
        }
        let distinct = distinct(typed);
        if *self == Self::Modern && distinct < LEAST_DISTINCT && length > 0 {
            broken.push(BrokenRule::TooFewDistinct { distinct, least: LEAST_DISTINCT });
        }
        broken
    }

    /// Validates a new password against the rule; common passwords are checked separately on the server.
    ///
    /// # Errors
    /// [`PasswordError`] with the first rule that it violates.
    pub fn check(self, password: &str, login: Option<&Login>) -> Result<(), PasswordError> {
        if password.is_empty() {
            return Err(PasswordError::Empty);
        }
        let login = login.map_or("", Login::as_str);
        self.broken(password, login).first().map_or(Ok(()), |rule| Err((*rule).into()))
    }
}

/// Fewest distinct characters under the modern rule.
const LEAST_DISTINCT: usize = 4;
/// Most wrong symbols listed at once: a pasted text must not fill the page.
const MAX_NAMED_SIGNS: usize = 3;

/// One violated part of the rule; [`BrokenRule::words`] describes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BrokenRule {
    /// A space of any kind.
    Space,
    /// A Cyrillic capital: the first of them.
    CyrillicCapital(char),
    /// A small Cyrillic letter: the first of them.
    CyrillicSmall(char),
    /// A symbol or a letter of another alphabet.
    Sign(char),
    /// An invisible character.
    Invisible,
    /// Too few characters.
    TooShort {
        /// Characters typed.
        length: usize,
        /// Fewest that the rule allows.
        least: usize,
    },
    /// Too many characters.
    TooLong {
        /// Characters typed.
        length: usize,
        /// Most that the rule allows.
        most: usize,
    },
    /// Too few distinct characters.
    TooFewDistinct {
        /// Distinct characters typed.
        distinct: usize,
        /// Fewest that the rule allows.
        least: usize,
    },
    /// The password is the login in one of its spellings.
    SameAsLogin,
}

impl BrokenRule {
    /// The text for the page: a list item, without a capital and a full stop.
    pub fn words(self) -> String {
        match self {
            Self::Space => "пробел".to_owned(),
            Self::CyrillicCapital(letter) => format!("заглавная кириллическая буква «{letter}»"),
            Self::CyrillicSmall(letter) => format!("строчная кириллическая буква «{letter}»"),
            Self::Sign(sign) => format!("знак «{sign}»"),
            Self::Invisible => "невидимый знак".to_owned(),
            Self::TooShort { length, least } => format!("{}: нужно хотя бы {least}", symbols(length)),
            Self::TooLong { length, most } => format!("{} вместо {most}", symbols(length)),
            Self::TooFewDistinct { distinct: 1, least } => format!("только 1 разный знак, нужно хотя бы {least}"),
            Self::TooFewDistinct { distinct, least } => {
                format!("только {distinct} разных знака, нужно хотя бы {least}")
            }
            Self::SameAsLogin => "совпадает с логином".to_owned(),
        }
    }
}

/// Number of distinct characters. Uses no set, because the browser would load its sorting code only for this.
fn distinct(text: &str) -> usize {
    let is_new = |at: usize, character: char| text.chars().take(at).all(|earlier| earlier != character);
    text.chars().enumerate().filter(|(at, character)| is_new(*at, *character)).count()
}

/// «1 символ», «3 символа», «11 символов».
fn symbols(count: usize) -> String {
    format!("{count} {}", noun_after(count as u64, ["символ", "символа", "символов"]))
}

impl From<BrokenRule> for PasswordError {
    fn from(rule: BrokenRule) -> Self {
        match rule {
            BrokenRule::Space
            | BrokenRule::CyrillicCapital(_)
            | BrokenRule::CyrillicSmall(_)
            | BrokenRule::Sign(_)
            | BrokenRule::Invisible => Self::WrongCharacters,
            BrokenRule::TooShort { .. } => Self::TooShort,
            BrokenRule::TooLong { .. } => Self::TooLong,
            BrokenRule::TooFewDistinct { .. } => Self::TooFewDistinct,
            BrokenRule::SameAsLogin => Self::SameAsLogin,
        }
    }
}

/// Characters outside the manual's rule: each kind once, and each of the first wrong symbols.
fn wrong_characters(typed: &str) -> Vec<BrokenRule> {
    let mut wrong: Vec<BrokenRule> = Vec::new();
    let mut signs = 0;
    for character in typed.chars().filter(|c| !c.is_ascii_alphanumeric()) {
        let rule = wrong_character(character);
        let is_sign = matches!(rule, BrokenRule::Sign(_));
        let is_named = wrong.iter().any(|named| match rule {
            BrokenRule::Sign(_) => *named == rule,
            _ => std::mem::discriminant(named) == std::mem::discriminant(&rule),
        });
        if is_named || (is_sign && signs == MAX_NAMED_SIGNS) {
            continue;
        }
        signs += usize::from(is_sign);
        wrong.push(rule);
    }
    wrong
}

fn wrong_character(character: char) -> BrokenRule {
    match character {
        space if is_space(space) => BrokenRule::Space,
        invisible if is_invisible(invisible) || invisible.is_control() => BrokenRule::Invisible,
        capital @ '\u{400}'..='\u{42f}' => BrokenRule::CyrillicCapital(capital),
        small @ '\u{430}'..='\u{45f}' => BrokenRule::CyrillicSmall(small),
        sign => BrokenRule::Sign(sign),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(policy: PasswordPolicy, typed: &str, login: &str) -> Vec<String> {
        policy.broken(typed, login).into_iter().map(BrokenRule::words).collect()
    }

    #[test]
    fn the_manuals_rule_takes_5_to_10_latin_letters_and_digits() {
        let policy = PasswordPolicy::Manual;
        assert_eq!(policy.check("gaz59", None), Ok(()));
        assert_eq!(policy.check("Kama2026ab", None), Ok(()));
        assert_eq!(policy.check("", None), Err(PasswordError::Empty));
        assert_eq!(policy.check("ab12", None), Err(PasswordError::TooShort));
        assert_eq!(policy.check("Kama2026abc", None), Err(PasswordError::TooLong));
        assert_eq!(policy.check("пароль", None), Err(PasswordError::WrongCharacters));
        assert_eq!(policy.check("ab 12", None), Err(PasswordError::WrongCharacters));
    }

    #[test]
    fn the_modern_rule_takes_any_characters_but_not_the_login() {
        let policy = PasswordPolicy::Modern;
        let login = Login::parse("ivan@example.ru").unwrap();
        assert_eq!(policy.check("мой длинный пароль 🙂", Some(&login)), Ok(()));
        assert_eq!(policy.check("Ivan@example.ru", Some(&login)), Err(PasswordError::SameAsLogin));
        let phone = Login::parse("+79021234567").unwrap();
        for spelling in ["89021234567", "8 902 123-45-67", "9021234567"] {
            assert_eq!(policy.check(spelling, Some(&phone)), Err(PasswordError::SameAsLogin), "{spelling}");
        }
        assert_eq!(policy.check("89021234567", Some(&login)), Ok(()));
        assert_eq!(policy.check("абабабаб", Some(&login)), Err(PasswordError::TooFewDistinct));
        assert_eq!(policy.check(&"абвг".repeat(33), None), Err(PasswordError::TooLong));
    }

    #[test]
    fn every_broken_part_of_the_manuals_rule_is_named() {
        let manual = |typed: &str| words(PasswordPolicy::Manual, typed, "89021234567");
        assert_eq!(manual("gaz59"), Vec::<String>::new());
        assert_eq!(
            manual("Пар оль!\u{200b}ab1"),
            [
                "заглавная кириллическая буква «П»",
                "строчная кириллическая буква «а»",
                "пробел",
                "знак «!»",
                "невидимый знак",
                "12 символов вместо 10",
            ]
        );
        assert_eq!(manual("Kama2026abc"), ["11 символов вместо 10"]);
        assert_eq!(manual("abc"), ["3 символа: нужно хотя бы 5"]);
        assert_eq!(manual(""), ["0 символов: нужно хотя бы 5"]);
        assert_eq!(manual("9021234567"), ["совпадает с логином"]);
        assert_eq!(manual("!?!#$%a"), ["знак «!»", "знак «?»", "знак «#»"]);
        assert_eq!(manual("пёс\t\u{7}"), ["строчная кириллическая буква «п»", "пробел", "невидимый знак"]);
    }

    #[test]
    fn every_broken_part_of_the_modern_rule_is_named() {
        let modern = |typed: &str| words(PasswordPolicy::Modern, typed, "Ivan@example.ru");
        assert_eq!(modern("мой длинный пароль 🙂"), Vec::<String>::new());
        assert_eq!(modern("абаб"), ["4 символа: нужно хотя бы 8", "только 2 разных знака, нужно хотя бы 4"]);
        assert_eq!(modern("a"), ["1 символ: нужно хотя бы 8", "только 1 разный знак, нужно хотя бы 4"]);
        assert_eq!(modern(" ivan@example.ru"), ["совпадает с логином"]);
        assert_eq!(modern(&"абвг".repeat(33)), ["132 символа вместо 128"]);
    }

    #[test]
    fn the_rule_for_a_browser_names_the_same_lengths() {
        for policy in [PasswordPolicy::Manual, PasswordPolicy::Modern] {
            let (least, most) = policy.lengths();
            assert_eq!(policy.min_length(), least);
            let rules = policy.passwordrules();
            assert!(rules.starts_with(&format!("minlength: {least}; maxlength: {most}; allowed: ")), "{rules}");
        }
    }

    proptest! {
        #[test]
        fn a_password_is_taken_when_nothing_is_broken_and_only_then(
            password in "[a-zA-Z0-9]{0,12}|\\PC{0,12}|[аa!1 ]{0,10}|[+]?[78]?9021234567|ivan@example\\.ru",
            login in "ivan@example\\.ru|89021234567|nobody",
        ) {
            for policy in [PasswordPolicy::Manual, PasswordPolicy::Modern] {
                let checked = policy.check(&password, Login::parse(&login).ok().as_ref());
                let broken = policy.broken(&password, &login);
                prop_assert_eq!(checked.is_ok(), broken.is_empty(), "{:?} {:?}", checked, broken);
                if let (Err(error), Some(first)) = (checked, broken.first()) {
                    prop_assert!(error == PasswordError::Empty || error == PasswordError::from(*first));
                }
                prop_assert!(broken.iter().all(|rule| !rule.words().is_empty()));
            }
        }

        #[test]
        fn the_manuals_rule_names_a_character_exactly_when_one_is_wrong(password in "\\PC{0,12}") {
            let wrong = !password.chars().all(|c| c.is_ascii_alphanumeric());
            prop_assert_eq!(wrong, !wrong_characters(&password).is_empty());
        }
    }
}
