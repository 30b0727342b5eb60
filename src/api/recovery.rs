//! Recovering a password: request, code, new password.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};
use crate::domain::form::SecretText;

/// The form that requests a link or a code.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RecoverForm {
    /// An e-mail address or a phone, as typed.
    pub login: String,
}

crate::opaque_debug!(RecoverForm);

/// Begins a recovery: sends a letter or an SMS to any login, whether a user has it or not.
///
/// # Errors
/// [`ApiError::Internal`] for an internal error.
#[server(endpoint = "begin-recovery")]
pub async fn begin_recovery(#[server(flatten)] form: RecoverForm) -> Result<Outcome, ApiError> {
    use super::words;
    use crate::http::answer::Failure;
    use crate::http::session::Visit;
    use crate::service::recovery::{RecoverError, begin};
    use crate::service::refused::Refused;

    let visit: Visit = super::caller().await?;
    match begin(visit.services(), &form.login, &visit.visitor).await {
        Ok(begun) => {
            let to = if begun.by_code { "/recover/code" } else { "/recover/sent" };
            Ok(super::entered(visit.enter(&begun.token, to)))
        }
        Err(Refused::This(RecoverError::Login(error))) => Ok(Outcome::invalid("login", words::login(error))),
        Err(Refused::This(_)) => Err(super::refused(Failure::NotFound)),
        Err(Refused::TooOften(limit)) => Ok(Outcome::no_mistake("login", words::WAIT, words::send_again_in(limit))),
        Err(Refused::Fault(fault)) => Err(super::failed(fault)),
    }
}

/// The form of a new password, with a proof of the login's ownership: the code of an SMS, or the token of a letter's
/// link.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewPasswordForm {
    /// Six digits, or the whole SMS.
    pub code: SecretText,
    /// The token of the link.
    pub token: SecretText,
    /// The new password.
    pub password: SecretText,
}

/// Sets a new password by the code of the SMS, in the browser that requested it, and signs in.
///
/// # Errors
/// [`ApiError::Busy`] when too many passwords are hashed at this moment.
#[server(endpoint = "recover-by-code")]
pub async fn recover_by_code(#[server(flatten)] form: NewPasswordForm) -> Result<Outcome, ApiError> {
    use crate::http::session::{Door, Visit, enter};
    use crate::service::recovery::finish_by_code;

    let visit: Visit = super::caller().await?;
    let id = visit.session.as_ref().and_then(|session| session.recovery_id.as_deref());
    let Some(id) = id else { return Ok(Outcome::Next("/recover".to_owned())) };
    let (code, password) = (form.code.reveal(), form.password.reveal());
    match finish_by_code(visit.services(), id, code, password, &visit.visitor).await {
        Ok(step) => Ok(super::entered(enter(&visit.web.site, Door::Portal, &step, "/accounts"))),
        Err(refused) => super::refusal(refused, "password", |error| Ok(new_password_refused(&visit, error))),
    }
}

/// Sets a new password by the link of the letter, and signs in. An expired or used link redirects to its page, which
/// says why.
///
/// # Errors
/// [`ApiError::NotFound`] when the token has the wrong shape.
#[server(endpoint = "recover-by-link")]
pub async fn recover_by_link(#[server(flatten)] form: NewPasswordForm) -> Result<Outcome, ApiError> {
    use crate::domain::one_time::LinkToken;
    use crate::http::answer::Failure;
    use crate::http::session::{Door, Visit, enter};
    use crate::service::recovery::{RecoverError, finish_by_link};
    use crate::service::refused::Refused;

    let visit: Visit = super::caller().await?;
    let token = LinkToken::parse(form.token.reveal()).ok_or_else(|| super::refused(Failure::NotFound))?;
    match finish_by_link(visit.services(), &token, form.password.reveal(), &visit.visitor).await {
        Ok(step) => Ok(super::entered(enter(&visit.web.site, Door::Portal, &step, "/accounts"))),
        Err(Refused::This(error @ (RecoverError::Form { .. } | RecoverError::Locked))) => {
            Ok(new_password_refused(&visit, error))
        }
        Err(Refused::Fault(fault)) => Err(super::failed(fault)),
        Err(_) => Ok(Outcome::Next(format!("/recover/{}", token.reveal()))),
    }
}

#[cfg(feature = "ssr")]
fn new_password_refused(visit: &crate::http::session::Visit, error: crate::service::recovery::RecoverError) -> Outcome {
    use super::words;
    use crate::domain::form::FieldError;
    use crate::service::recovery::RecoverError;

    let policy = visit.services().settings().password_policy;
    match error {
        RecoverError::Form { code, password } => {
            let code = code.map(|error| FieldError::new("code", words::sms_code(error)));
            let password = password.map(|error| FieldError::new("password", words::password(error, policy)));
            Outcome::Invalid(code.into_iter().chain(password).collect())
        }
        RecoverError::Locked => {
            Outcome::no_mistake("password", words::CLOSED, words::locked(&visit.web.site.support_email))
        }
        RecoverError::WrongCode { left } => Outcome::invalid("code", words::wrong_code(left)),
        RecoverError::NoTriesLeft => words::new_code_needed("code", words::NO_TRIES_LEFT),
        RecoverError::Expired => words::new_code_needed("code", words::CODE_EXPIRED),
        RecoverError::UsedBefore | RecoverError::UnknownLink | RecoverError::Login(_) => {
            words::new_code_needed("code", "Этот код больше не действует. Запросите новый")
        }
    }
}
