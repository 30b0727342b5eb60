//! Signing in to the console: the password, the code of the second factor; signing out.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, Outcome};
use crate::domain::form::SecretText;

/// The form of the password.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SignInForm {
    /// The login, as typed.
    pub login: String,
    /// The password.
    pub password: SecretText,
    /// The page that the sign-in leads to.
    pub next: String,
}

/// The forms of a code: each sends one of the two fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    /// A code of the authenticator app.
    pub code: SecretText,
    /// A backup code.
    pub backup: SecretText,
    /// The page that the sign-in leads to.
    pub next: String,
}

/// Checks an operator's password; the next page asks for the code.
///
/// # Errors
/// [`ApiError::Busy`] when too many passwords are checked at this moment.
#[server(endpoint = "console-sign-in")]
pub async fn sign_in(#[server(flatten)] form: SignInForm) -> Result<Outcome, ApiError> {
    use crate::http::session::{AtConsole, Door, enter};
    use crate::service::sign_in as service;

    let at: AtConsole = crate::api::caller().await?;
    let password = form.password.reveal();
    match service::sign_in(&at.web.services, Door::Console, &form.login, password, &at.visitor).await {
        Ok(step) => Ok(crate::api::entered(enter(&at.web.site, Door::Console, &step, console_next(&form.next)))),
        Err(refused) => crate::api::refusal(refused, "password", |error| Ok(sign_in_refused(error))),
    }
}

#[cfg(feature = "ssr")]
fn sign_in_refused(error: crate::service::sign_in::SignInError) -> Outcome {
    use crate::api::words;
    use crate::service::sign_in::SignInError;

    match error {
        SignInError::Missing { login, password } => {
            words::missing([(login, "login", "Введите логин"), (password, "password", "Введите пароль")])
        }
        SignInError::Wrong => {
            Outcome::invalid("password", "Логин или пароль не подошли. Проверьте раскладку клавиатуры")
        }
        SignInError::Locked => {
            Outcome::no_mistake("login", words::CLOSED, "Доступ закрыт. Обратитесь к администратору портала")
        }
    }
}

/// Checks the code of the second factor and opens the console.
///
/// # Errors
/// [`ApiError::Internal`] when the check failed with an internal error.
#[server(endpoint = "console-enter-code")]
pub async fn enter_code(#[server(flatten)] form: CodeForm) -> Result<Outcome, ApiError> {
    use crate::api::words;
    use crate::http::session::{AtConsole, Door, enter_fully};
    use crate::service::refused::Refused;
    use crate::service::second_factor::{CodeRefused, finish};

    let at: AtConsole = crate::api::caller().await?;
    let next = console_next(&form.next);
    let (field, typed) = if form.backup.is_empty() { ("code", &form.code) } else { ("backup", &form.backup) };
    let Some(session) = &at.session else { return Ok(Outcome::Next(expired(next))) };
    match finish(&at.web.services, session, typed.reveal(), &at.visitor).await {
        Ok(signed_in) => Ok(crate::api::entered(enter_fully(&at.web.site, Door::Console, &signed_in, next))),
        Err(Refused::This(CodeRefused::Gone)) => Ok(Outcome::Next(expired(next))),
        Err(error) => words::factor_code(error, field).map_err(crate::api::failed),
    }
}

/// Ends the operator's session.
///
/// # Errors
/// [`ApiError::Internal`] when the session cannot be ended.
#[server(endpoint = "console-sign-out")]
pub async fn sign_out() -> Result<Outcome, ApiError> {
    use crate::http::session::{AtConsole, Door, leave};
    use crate::service::sessions;

    let at: AtConsole = crate::api::caller().await?;
    if let Some(session) = &at.session {
        sessions::sign_out(&at.web.services, session, &at.visitor).await.map_err(crate::api::failed)?;
    }
    Ok(crate::api::entered(leave(&at.web.site, Door::Console, "/console/sign-in")))
}

/// The sign-in page after a second step that took too long; it leads on to the same page.
#[cfg(feature = "ssr")]
pub fn expired(next: &str) -> String {
    crate::http::session::with_next("/console/sign-in?expired=1", next)
}

/// A page of the console that a sign-in may lead back to; anything else leads to the queue.
#[cfg(feature = "ssr")]
pub fn console_next(next: &str) -> &str {
    let next = crate::http::session::safe_next(Some(next));
    let fits = next.starts_with("/console/") && !next.starts_with("/console/sign-") && !next.contains("..");
    if fits { next } else { super::HOME }
}

#[cfg(test)]
mod tests {
    use super::super::HOME;
    use super::*;

    #[test]
    fn a_sign_in_leads_back_to_the_console_only() {
        assert_eq!(console_next("/console/feedback"), "/console/feedback");
        for next in
            ["", "/accounts", "//evil.example", "/console/sign-out", "/console/../accounts", "/consoleevil", "/console"]
        {
            assert_eq!(console_next(next), HOME, "{next}");
        }
    }
}
