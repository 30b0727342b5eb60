//! Data of forms: typed secrets, field errors and the outcome of an action.
//!
//! Server and browser use it: the server returns an [`Outcome`], the hydrated form shows it.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The error of one field, as shown on the page.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(from = "Sent", into = "Sent")]
pub struct FieldError {
    /// The id of the field.
    pub field: Cow<'static, str>,
    /// The cause and the next step.
    pub message: String,
    /// The title of the summary where the person made no mistake: a limit, a lock, an expired code. Empty for a mistake.
    pub title: Cow<'static, str>,
}

/// A [`FieldError`] as it is sent to the browser. The code that reads a tuple is smaller than that of a struct.
type Sent = (Cow<'static, str>, String, Cow<'static, str>);

impl From<Sent> for FieldError {
    fn from((field, message, title): Sent) -> Self {
        Self { field, message, title }
    }
}

impl From<FieldError> for Sent {
    fn from(FieldError { field, message, title }: FieldError) -> Self {
        (field, message, title)
    }
}

impl FieldError {
    /// Makes an error of a field: the person corrects it.
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), title: Cow::Borrowed("") }
    }

    /// Makes an error that is no mistake of the person. The title says what happened.
    pub fn no_mistake(field: impl Into<Cow<'static, str>>, title: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), title: Cow::Borrowed(title) }
    }

    /// Whether the person made a mistake in this field.
    pub fn is_mistake(&self) -> bool {
        self.title.is_empty()
    }
}

/// Whether the person made no mistake. Such a refusal is always alone, so the first error decides.
pub fn is_calm(errors: &[FieldError]) -> bool {
    errors.first().is_some_and(|first| !first.is_mistake())
}

/// The title of a summary of errors.
pub fn summary_title(errors: &[FieldError]) -> &str {
    match errors {
        [first, ..] if !first.is_mistake() => &first.title,
        [_] => "Исправьте ошибку",
        _ => "Исправьте ошибки",
    }
}

/// The error message of a field, if any: the `error` of a field component. What is no mistake is shown in the summary only,
/// because the field is filled in correctly.
pub fn error_of(errors: &[FieldError], field: &str) -> Option<String> {
    errors.iter().find(|error| error.is_mistake() && error.field == field).map(|error| error.message.clone())
}

/// The errors of one form of a page with several: those of its fields.
pub fn errors_of(errors: &[FieldError], fields: &[&str]) -> Vec<FieldError> {
    errors.iter().filter(|error| fields.contains(&&*error.field)).cloned().collect()
}

/// The result of an action.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// Success: the browser goes to this address. It has no fragment: a browser would not reload its current page.
    Next(String),
    /// Rejected: the user can correct these fields and submit the form again.
    Invalid(Vec<FieldError>),
}

impl Outcome {
    /// Rejects one field.
    pub fn invalid(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// Refuses the form for a reason that is no mistake of the person; the summary links to the field.
    pub fn no_mistake(field: impl Into<Cow<'static, str>>, title: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::no_mistake(field, title, message)])
    }
}

/// A typed secret: a password, a PIN, a code. Server functions derive `Debug` for their arguments, and this type hides
/// its text there.
#[derive(Clone, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// Wraps a secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, only for the check that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether nothing was typed.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", SecretText::new("12345678")), "SecretText");
    }

    #[test]
    fn the_first_error_of_a_field_is_its_message() {
        let errors = [FieldError::new("login", "Введите почту"), FieldError::new("password", "Придумайте пароль")];
        assert_eq!(error_of(&errors, "password").as_deref(), Some("Придумайте пароль"));
        assert_eq!(error_of(&errors, "name"), None);
    }

    #[test]
    fn what_is_no_mistake_has_a_title_of_its_own_and_no_message_at_the_field() {
        let wait = [FieldError::no_mistake("password", "Подождите немного", "Попробуйте снова через 3 с")];
        assert_eq!(summary_title(&wait), "Подождите немного");
        assert!(is_calm(&wait));
        assert_eq!(error_of(&wait, "password"), None);
    }

    #[test]
    fn mistakes_are_called_mistakes() {
        let mistakes = [FieldError::new("login", "Введите почту"), FieldError::new("password", "Придумайте пароль")];
        assert_eq!(summary_title(&mistakes[..1]), "Исправьте ошибку");
        assert_eq!(summary_title(&mistakes), "Исправьте ошибки");
        assert!(!is_calm(&mistakes) && !is_calm(&[]));
    }

    #[test]
    fn an_error_is_read_as_it_was_sent() {
        for error in [FieldError::new("login", "Введите почту"), FieldError::no_mistake("code", "Нужен новый код", "…")]
        {
            let sent = serde_json::to_string(&error).unwrap();
            assert_eq!(serde_json::from_str::<FieldError>(&sent).unwrap(), error);
        }
    }

    #[test]
    fn a_form_gets_the_errors_of_its_own_fields() {
        let errors = [FieldError::new("code", "Введите код"), FieldError::new("password", "Придумайте пароль")];
        assert_eq!(errors_of(&errors, &["password", "login"]), [errors[1].clone()]);
    }
}
