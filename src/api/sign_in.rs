//! Signing in, the second factor, signing out.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};
use crate::domain::form::SecretText;

/// The field of a code.
pub const CODE: &str = "code";
/// The field of a backup code, which contains letters, so the phone shows its full keyboard.
pub const BACKUP: &str = "backup";
/// The page that restarts a sign-in after its second step took too long.
pub const EXPIRED: &str = "/sign-in?expired=1";

/// The form of a sign-in.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SignInForm {
    /// An e-mail address or a phone, as typed.
    pub login: String,
    /// The password.
    pub password: SecretText,
    /// The page that the sign-in leads to.
    pub next: String,
}

crate::opaque_debug!(SignInForm);

/// Signs a subscriber in, or redirects to the second factor.
///
/// # Errors
/// [`ApiError::Busy`] when too many passwords are checked at this moment.
#[server(endpoint = "sign-in")]
pub async fn sign_in(#[server(flatten)] form: SignInForm) -> Result<Outcome, ApiError> {
    use super::words;
    use crate::http::session::{Door, Visit, enter, safe_next};
    use crate::service::sign_in::{self as service, SignInError};

    let visit: Visit = super::caller().await?;
    let password = form.password.reveal();
    match service::sign_in(visit.services(), Door::Portal, &form.login, password, &visit.visitor).await {
        Ok(step) => Ok(super::entered(enter(&visit.web.site, Door::Portal, &step, safe_next(Some(&form.next))))),
        Err(refused) => super::refusal(refused, "password", |error| {
            Ok(match error {
                SignInError::Missing { login, password } => words::missing([
                    (login, "login", "Введите электронную почту или телефон"),
                    (password, "password", "Введите пароль"),
                ]),
                SignInError::Wrong => {
                    let words = "Логин или пароль не подошли. Проверьте раскладку клавиатуры или восстановите пароль";
                    Outcome::invalid("password", words)
                }
                SignInError::Locked => {
                    Outcome::no_mistake("login", words::CLOSED, words::locked(&visit.web.site.support_email))
                }
            })
        }),
    }
}

/// The form of the second step.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SecondFactorForm {
    /// A code of the authenticator app, or a backup code.
    pub code: SecretText,
    /// A backup code, from its separate form.
    pub backup: SecretText,
    /// The page that the sign-in leads to.
    pub next: String,
}

/// Completes a subscriber's sign-in with the code of the second factor. A second step that took too long redirects to
/// the first.
///
/// # Errors
/// [`ApiError::Busy`] when too many backup codes are checked at this moment.
#[server(endpoint = "sign-in-code")]
pub async fn enter_code(#[server(flatten)] form: SecondFactorForm) -> Result<Outcome, ApiError> {
    use super::words;
    use crate::http::session::{Door, Visit, enter_fully, safe_next, with_next};
    use crate::service::refused::Refused;
    use crate::service::second_factor::{CodeRefused, finish};

    let visit: Visit = super::caller().await?;
    let next = safe_next(Some(&form.next));
    let expired = || Ok(Outcome::Next(with_next(EXPIRED, next)));
    let Some(session) = &visit.session else { return expired() };
    let (field, code) = if form.backup.is_empty() { (CODE, &form.code) } else { (BACKUP, &form.backup) };
    match finish(visit.services(), session, code.reveal(), &visit.visitor).await {
        Ok(signed_in) => Ok(super::entered(enter_fully(&visit.web.site, Door::Portal, &signed_in, next))),
        Err(Refused::This(CodeRefused::Gone)) => expired(),
        Err(error) => words::factor_code(error, field).map_err(super::failed),
    }
}

/// Ends the subscriber's session.
///
/// # Errors
/// [`ApiError::Internal`] for an internal error.
#[server(endpoint = "sign-out")]
pub async fn sign_out() -> Result<Outcome, ApiError> {
    use crate::http::session::{Door, Visit, leave};
    use crate::service::sessions;

    let visit: Visit = super::caller().await?;
    if let Some(session) = &visit.session {
        sessions::sign_out(visit.services(), session, &visit.visitor).await.map_err(super::failed)?;
    }
    Ok(super::entered(leave(&visit.web.site, Door::Portal, "/")))
}
