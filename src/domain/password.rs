//! The rule for passwords: the manual's by default, a modern one by the provider's setting (M1).

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::login::Login;

/// Which rule holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordPolicy {
    /// 5 to 10 Latin letters and digits, as the manual says.
    #[default]
    Manual,
    /// 8 to 128 of any characters, at least 4 distinct, not the login.
    Modern,
}

/// How much work a hash is. Stored hashes name theirs; one that is weaker than the settings is renewed at sign-in.
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
    /// OWASP's first choice for argon2id, and the least that the settings may ask for.
    pub const LEAST: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// The most: two hashes at once must fit beside everything else.
    pub const MOST: Self = Self { memory_kib: 1024 * 1024, passes: 20, lanes: 8 };

    /// Whether the settings may ask for it.
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

/// Why a password is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum PasswordError {
    /// Nothing was typed.
    #[error("the password is empty")]
    Empty,
    /// Fewer characters than the rule asks for.
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
    /// The modern rule: the password is the login.
    #[error("the password is the login")]
    SameAsLogin,
    /// Among the first that a thief tries.
    #[error("the password is too common")]
    TooCommon,
    /// A word of the portal, the provider, the login or the account, with little around it.
    #[error("the password is a word of its context")]
    ContextWord,
}

impl PasswordPolicy {
    /// Least and most characters.
    pub const fn lengths(self) -> (usize, usize) {
        match self {
            Self::Manual => (5, 10),
            Self::Modern => (8, 128),
        }
    }

    /// The rule in the words of the page, shown before the mistake.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Manual => "От 5 до 10 знаков: латинские буквы и цифры.",
            Self::Modern => "От 8 до 128 любых знаков, хотя бы 4 разных.",
        }
    }

    /// The rule as the browser's `pattern`: what it can tell before the form is sent. The rest only the server knows.
    pub const fn pattern(self) -> &'static str {
        match self {
            Self::Manual => "[A-Za-z0-9]{5,10}",
            Self::Modern => ".{8,128}",
        }
    }

    /// Checks a new password against the rule; the list of common ones is the server's.
    ///
    /// # Errors
    /// [`PasswordError`] names the first rule that refuses it.
    pub fn check(self, password: &str, login: Option<&Login>) -> Result<(), PasswordError> {
        let (least, most) = self.lengths();
        let length = password.chars().count();
        if password.is_empty() {
            return Err(PasswordError::Empty);
        }
        if self == Self::Manual && !password.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(PasswordError::WrongCharacters);
        }
        if length < least {
            return Err(PasswordError::TooShort);
        }
        if length > most {
            return Err(PasswordError::TooLong);
        }
        if self == Self::Modern { check_modern(password, login) } else { Ok(()) }
    }
}

/// Least count of distinct characters under the modern rule.
const LEAST_DISTINCT: usize = 4;

fn check_modern(password: &str, login: Option<&Login>) -> Result<(), PasswordError> {
    let distinct: std::collections::BTreeSet<char> = password.chars().collect();
    if distinct.len() < LEAST_DISTINCT {
        return Err(PasswordError::TooFewDistinct);
    }
    // In any spelling that the sign-in takes.
    if login.is_some_and(|login| Login::parse(password).is_ok_and(|typed| typed == *login)) {
        return Err(PasswordError::SameAsLogin);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
