//! Data of forms: typed secrets, field errors and the outcome of an action.
//!
//! Server and browser use it: the server returns an [`Outcome`], the hydrated form shows it.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The error of one field, as shown on the page.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct FieldError {
    /// The id of the field.
    pub field: Cow<'static, str>,
    /// The cause and the next step.
    pub message: String,
}

impl FieldError {
    /// Makes an error of a field.
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// The error message of a field, if any: the `error` of a field component.
pub fn error_of(errors: &[FieldError], field: &str) -> Option<String> {
    errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
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
    fn a_form_gets_the_errors_of_its_own_fields() {
        let errors = [FieldError::new("code", "Введите код"), FieldError::new("password", "Придумайте пароль")];
        assert_eq!(errors_of(&errors, &["password", "login"]), [errors[1].clone()]);
    }
}
