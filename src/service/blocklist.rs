//! Passwords that satisfy the policy but are easy to guess: the most common leaked ones, and words of the context.

use super::{Fault, Services};
use crate::domain::id::UserId;
use crate::domain::login::Login;
use crate::domain::password::{PasswordError, PasswordPolicy};
use crate::storage::{links, providers};

/// Sorted, in lower case, one password per line.
const COMMON: &str = include_str!("blocklist/passwords.txt");
/// Words of the portal itself.
const PORTAL: [&str; 4] = ["kabinet", "кабинет", "password", "пароль"];
/// Minimum length of a context word: shorter words are part of too many good passwords.
const WORD_LEAST: usize = 4;
/// Maximum characters around a context word: a few, such as a year, do not make it harder to guess.
const MAX_AROUND: usize = 4;

/// Whether a password is on the blocklist.
fn is_common(password: &str) -> bool {
    let lowered = password.to_lowercase();
    let bytes = COMMON.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    // Binary search in the text itself: an index of 30 000 lines would have to be built at each start.
    while low < high {
        let middle = low + (high - low) / 2;
        let start = bytes[..middle].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end = bytes[start..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| start + at);
        match COMMON[start..end].cmp(&lowered) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

/// Whether a password is a context word, in any case, with at most [`MAX_AROUND`] characters around it.
fn is_of_context<'a>(password: &str, words: impl IntoIterator<Item = &'a str>) -> bool {
    let password = password.to_lowercase();
    let length = password.chars().count();
    words.into_iter().any(|word| {
        let word = word.to_lowercase();
        let word_length = word.chars().count();
        word_length >= WORD_LEAST && password.contains(&word) && length - word_length <= MAX_AROUND
    })
}

/// The words of a text, such as a name or an address.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty())
}

impl Services {
    /// Checks a new password against the policy, the blocklist and the context: words of the portal and of the caller.
    ///
    /// # Errors
    /// [`PasswordError`] when the password breaks the policy, is on the blocklist or consists of a context word.
    pub(super) fn check_password(
        &self,
        policy: PasswordPolicy,
        password: &str,
        context: &[&str],
    ) -> Result<(), PasswordError> {
        policy.check(password, None)?;
        if is_common(password) {
            return Err(PasswordError::TooCommon);
        }
        let own = self.settings().context_words.iter().map(String::as_str);
        let words = PORTAL.into_iter().chain(own).chain(context.iter().flat_map(|text| words_of(text)));
        if is_of_context(password, words) { Err(PasswordError::ContextWord) } else { Ok(()) }
    }

    /// Checks a subscriber's new password: the context is also the login, the providers, and the linked accounts.
    pub(super) async fn check_new_password(
        &self,
        password: &str,
        login: &Login,
        user_id: Option<&UserId>,
    ) -> Result<Result<(), PasswordError>, Fault> {
        let policy = self.settings().password_policy;
        if let Err(error) = policy.check(password, Some(login)) {
            return Ok(Err(error));
        }
        let mut connection = self.db().read().await?;
        let mut context = providers::names_and_codes(&mut connection).await?;
        if let Some(user_id) = user_id {
            let linked = links::linked_of_user(&mut connection, user_id).await?;
            context.extend(linked.into_iter().map(|linked| linked.own.number.to_string()));
        }
        context.push(match login {
            Login::Email(address) => address.split('@').next().unwrap_or_default().to_owned(),
            Login::Phone(phone) => phone.trim_start_matches("+7").to_owned(),
        });
        let context: Vec<&str> = context.iter().map(String::as_str).collect();
        Ok(self.check_password(policy, password, &context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_has_3000_for_either_rule() {
        let lines: Vec<&str> = COMMON.lines().collect();
        assert!(lines.is_sorted() && COMMON == COMMON.to_lowercase());
        for policy in [PasswordPolicy::Manual, PasswordPolicy::Modern] {
            let fit = lines.iter().filter(|line| policy.check(line, None).is_ok()).count();
            assert!(fit >= 3_000, "{policy:?}: {fit}");
        }
    }

    #[test]
    fn every_line_of_the_list_is_found_in_any_case_and_no_other_word() {
        for line in COMMON.lines().step_by(37) {
            assert!(is_common(line) && is_common(&line.to_uppercase()), "{line}");
        }
        for line in ["QWERTY", "123321", "gfhjkm", "1q2w3e4r", "йцукен"] {
            assert!(is_common(line), "{line}");
        }
        for good in ["kama2026x", "", "zzzzzzzzzzzzzzzz", "а", "correct horse battery"] {
            assert!(!is_common(good), "{good}");
        }
    }

    #[test]
    fn a_word_of_the_context_with_a_year_is_refused_and_a_long_phrase_with_it_is_not() {
        let words = ["kabinet", "ivanov", "9021234567", "abc"];
        for bad in ["kabinet", "Kabinet26", "ivanov2026", "1ivanov!", "89021234567"] {
            assert!(is_of_context(bad, words), "{bad}");
        }
        for good in ["ivanov-loves-volga", "abc2026x", "kama2026x"] {
            assert!(!is_of_context(good, words), "{good}");
        }
    }
}
