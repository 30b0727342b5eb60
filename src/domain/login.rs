//! The login: an e-mail address or a Russian phone number (M1).

use std::fmt;

use thiserror::Error;

use super::card::has_card_number;

/// Longest e-mail address that a mail server must take (RFC 5321: 254).
const MAX_EMAIL_LENGTH: usize = 254;
/// Longest part before the `@` (RFC 5321: 64).
const MAX_LOCAL_PART_LENGTH: usize = 64;
/// Digits of a Russian number after the country code.
const PHONE_DIGITS: usize = 10;

/// Why a text is no login.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum LoginError {
    /// Nothing was typed.
    #[error("the login is empty")]
    Empty,
    /// Looks like a phone, but has not ten digits after +7 or 8.
    #[error("not a Russian phone number")]
    NotAPhone,
    /// Has an `@`, but is not an address a letter can reach.
    #[error("not an e-mail address")]
    NotAnEmail,
    /// Neither of the two.
    #[error("neither an e-mail address nor a phone number")]
    Neither,
    /// Holds a card number, which must never be kept.
    #[error("the login has a card number")]
    CardNumber,
}

/// What a user signs in with, and where letters or SMS reach them.
#[derive(Clone, Eq, Hash, PartialEq)]
pub enum Login {
    /// An e-mail address, in lower case.
    Email(String),
    /// A phone as `+7XXXXXXXXXX`.
    Phone(String),
}

impl Login {
    /// Reads any usual way to write an address or a phone: `+7`, `8`, `9XX`, spaces, brackets, dashes. The unseen marks
    /// of direction that come along from a list of contacts are left out.
    ///
    /// # Errors
    /// [`LoginError`] tells what the text looked like and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, LoginError> {
        let text: String = text.chars().filter(|character| !is_direction_mark(*character)).collect();
        let text = text.trim();
        if text.is_empty() {
            Err(LoginError::Empty)
        } else if has_card_number(text) {
            Err(LoginError::CardNumber)
        } else if text.contains('@') {
            parse_email(text).map(Self::Email)
        } else if text.chars().any(|c| c.is_ascii_digit()) && !text.chars().any(char::is_alphabetic) {
            parse_phone(text).map(Self::Phone)
        } else {
            Err(LoginError::Neither)
        }
    }

    /// The stored form: the address in lower case, or `+7XXXXXXXXXX`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(text) | Self::Phone(text) => text,
        }
    }

    /// For a person: the phone grouped as `+7 902 123-45-67`.
    pub fn show(&self) -> String {
        match self {
            Self::Email(email) => email.clone(),
            Self::Phone(phone) => show_phone(phone),
        }
    }

    /// Hidden but for what the owner recognises: `i***@example.ru`, `+7 *** ***-45-67`.
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

/// A login is personal data: logs see what kind it is and nothing else.
impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Email(_) => "Login::Email(…)",
            Self::Phone(_) => "Login::Phone(…)",
        })
    }
}

/// `+7 902 123-45-67` of `+79021234567`.
pub fn show_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != PHONE_DIGITS + 1 {
        return phone.to_owned();
    }
    let part = |from: usize, to: usize| digits[from..to].iter().collect::<String>();
    format!("+7\u{a0}{}\u{a0}{}-{}-{}", part(1, 4), part(4, 7), part(7, 9), part(9, 11))
}

fn is_direction_mark(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn parse_phone(text: &str) -> Result<String, LoginError> {
    let mut digits = String::with_capacity(PHONE_DIGITS + 1);
    let mut plus = false;
    for character in text.chars() {
        match character {
            digit if digit.is_ascii_digit() => digits.push(digit),
            '+' if digits.is_empty() && !plus => plus = true,
            '(' | ')' | '-' | '\u{2010}'..='\u{2015}' | '.' => {}
            space if space.is_whitespace() => {}
            _ => return Err(LoginError::NotAPhone),
        }
    }
    let national = match (digits.len(), digits.as_bytes().first()) {
        (11, Some(b'7')) => &digits[1..],
        (11, Some(b'8')) if !plus => &digits[1..],
        (PHONE_DIGITS, _) if !plus => digits.as_str(),
        _ => return Err(LoginError::NotAPhone),
    };
    // Russian mobile and city codes begin with 3, 4, 8 or 9; SMS reach those that begin with 9.
    if national.starts_with('9') { Ok(format!("+7{national}")) } else { Err(LoginError::NotAPhone) }
}

fn parse_email(text: &str) -> Result<String, LoginError> {
    let email = text.to_lowercase();
    let (local, domain) = email.rsplit_once('@').ok_or(LoginError::NotAnEmail)?;
    let good = email.len() <= MAX_EMAIL_LENGTH && is_local_part(local) && is_domain(domain);
    if good { Ok(email) } else { Err(LoginError::NotAnEmail) }
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
    use super::*;
    use proptest::prelude::*;

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
    }
}
