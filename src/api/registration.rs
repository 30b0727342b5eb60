//! Registration and its confirmation (M1, M2).

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};
use crate::domain::form::SecretText;

/// The first page of a new user: without accounts the list leads to linking one.
pub const FIRST_PAGE: &str = "/accounts";
/// The page shown while the letter or the SMS is on its way.
pub const WAITING_PAGE: &str = "/register/code";
/// The field of the password chosen at registration.
pub const PASSWORD: &str = "password";
/// The field of a new password that replaces it.
pub const NEW_PASSWORD: &str = "new_password";
/// The value of [`ConfirmForm::way`] in the form of a new password.
pub const WITH_NEW_PASSWORD: &str = "new";

/// The manual's text after a registration (M3).
#[cfg(feature = "ssr")]
const GREETING: &str = "Вы успешно зарегистрированы в Системе. Для Вас создан Личный кабинет!";
#[cfg(feature = "ssr")]
const CONSENT_MISSING: &str = "Без согласия на обработку персональных данных мы не можем вас зарегистрировать";

/// The form of a registration.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RegisterForm {
    /// An e-mail address or a phone, as typed.
    pub login: String,
    /// The new password.
    pub password: SecretText,
    /// `on` when the consent checkbox is ticked.
    pub consent: String,
}

crate::opaque_debug!(RegisterForm);

/// The version of the consent that a form accepts: the one of the page `/consent`, linked at the checkbox.
#[cfg(feature = "ssr")]
pub(super) fn accepted_consent(visit: &crate::http::session::Visit, typed: &str) -> Option<String> {
    (typed == "on").then(|| visit.web.site.texts.consent.version.to_string())
}

/// Begins a registration and sends the letter or the SMS.
///
/// # Errors
/// [`ApiError::Busy`] when too many passwords are hashed at this moment.
#[server(endpoint = "register")]
pub async fn register(#[server(flatten)] form: RegisterForm) -> Result<Outcome, ApiError> {
    use crate::http::session::Visit;
    use crate::service::registration::{self, Form, RegisterError};

    let visit: Visit = super::caller().await?;
    let accepted = accepted_consent(&visit, &form.consent);
    let typed = Form { login: &form.login, password: form.password.reveal(), consent: accepted.as_deref() };
    match registration::register(visit.services(), typed, &visit.visitor).await {
        Ok(token) => Ok(super::entered(visit.enter(&token, WAITING_PAGE))),
        Err(refused) => super::refusal(refused, "login", |RegisterError::Form(errors)| {
            Ok(Outcome::Invalid(form_words(errors, visit.services().settings().password_policy)))
        }),
    }
}

#[cfg(feature = "ssr")]
fn form_words(
    errors: crate::service::registration::FormErrors,
    policy: crate::domain::password::PasswordPolicy,
) -> Vec<crate::domain::form::FieldError> {
    use super::words;
    use crate::domain::form::FieldError;

    [
        errors.login.map(|error| FieldError::new("login", words::login(error))),
        errors.password.map(|error| FieldError::new("password", words::password(error, policy))),
        errors.consent_missing.then(|| FieldError::new("consent", CONSENT_MISSING)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The form of an SMS code.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    /// Six digits, or the whole SMS.
    pub code: SecretText,
}

/// Confirms the registration of this browser by the code of the SMS.
///
/// # Errors
/// [`ApiError::Internal`] for an internal error.
#[server(endpoint = "confirm-code")]
pub async fn confirm_code(#[server(flatten)] form: CodeForm) -> Result<Outcome, ApiError> {
    use crate::http::session::{Door, Visit, enter_fully};
    use crate::service::confirmation::confirm_by_code;

    let visit: Visit = super::caller().await?;
    // A second press after the right code: the first one opened the session, and its cookie gives access to the next
    // page.
    let Some(id) = visit.registration() else { return Ok(Outcome::Next("/sign-in".to_owned())) };
    match confirm_by_code(visit.services(), id, form.code.reveal(), &greeting(), &visit.visitor).await {
        Ok(signed_in) => Ok(super::entered(enter_fully(&visit.web.site, Door::Portal, &signed_in, FIRST_PAGE))),
        Err(refused) => super::refusal(refused, "code", |error| Ok(code_refused(error))),
    }
}

/// The message of the first page, as a session stores it.
#[cfg(feature = "ssr")]
fn greeting() -> String {
    use crate::components::NoticeKind;
    use crate::http::answer::write_flash;

    write_flash(NoticeKind::Success, GREETING)
}

#[cfg(feature = "ssr")]
fn code_refused(error: crate::service::confirmation::ConfirmError) -> Outcome {
    use super::words;
    use crate::service::confirmation::ConfirmError;

    let message = match error {
        ConfirmError::UsedBefore => return Outcome::Next("/sign-in".to_owned()),
        ConfirmError::Code(error) => words::sms_code(error).to_owned(),
        ConfirmError::Wrong { left } => words::wrong_code(left),
        ConfirmError::NoTriesLeft => return words::new_code_needed("code", words::NO_TRIES_LEFT),
        ConfirmError::Expired => return words::new_code_needed("code", words::CODE_EXPIRED),
        ConfirmError::Unknown
        | ConfirmError::PasswordNeeded
        | ConfirmError::NoPassword
        | ConfirmError::NewPassword { .. } => return Outcome::Next("/register".to_owned()),
    };
    Outcome::invalid("code", message)
}

/// Sends the letter or the SMS of this browser's registration again. The outcome is always a page with a message, so
/// that reloading it sends nothing.
///
/// # Errors
/// [`ApiError::Internal`] for an internal error.
#[server(endpoint = "resend-code")]
pub async fn resend_code() -> Result<Outcome, ApiError> {
    use super::words;
    use crate::components::NoticeKind;
    use crate::http::session::Visit;
    use crate::service::refused::Refused;
    use crate::service::registration;

    let visit: Visit = super::caller().await?;
    let (Some(session), Some(id)) = (&visit.session, visit.registration()) else {
        return Ok(Outcome::Next("/register".to_owned()));
    };
    let (kind, text) = match registration::resend(visit.services(), id, &visit.visitor).await {
        Ok(()) => (NoticeKind::Success, "Отправили ещё раз. Прежние ссылка и код больше не действуют.".to_owned()),
        Err(Refused::TooOften(limit)) => (NoticeKind::Warning, words::send_again_in(limit)),
        Err(Refused::Fault(fault)) => return Err(super::failed(fault)),
    };
    super::flash(visit.services(), session, kind, &text).await?;
    Ok(Outcome::Next(WAITING_PAGE.to_owned()))
}

/// The form of a letter's link, in one of three variants: a new password, the password of the registration, or, with
/// neither, a press in the browser that registered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfirmForm {
    /// The token of the link.
    pub token: SecretText,
    /// The password chosen at registration.
    pub password: SecretText,
    /// A new password that replaces it.
    pub new_password: SecretText,
    /// [`WITH_NEW_PASSWORD`] in the form of a new password.
    pub way: String,
    /// `on` when the consent checkbox is ticked.
    pub consent: String,
}

#[cfg(feature = "ssr")]
impl ConfirmForm {
    fn has_new_password(&self) -> bool {
        self.way == WITH_NEW_PASSWORD || !self.new_password.is_empty()
    }
}

/// Confirms a registration by the link of the letter. An expired or used link redirects to its page, which says why.
///
/// # Errors
/// [`ApiError::NotFound`] when the token has the wrong shape.
#[server(endpoint = "confirm-link")]
pub async fn confirm_link(#[server(flatten)] form: ConfirmForm) -> Result<Outcome, ApiError> {
    use crate::domain::one_time::LinkToken;
    use crate::http::answer::Failure;
    use crate::http::session::{Door, Visit, enter_fully};
    use crate::service::confirmation::{LinkProof, confirm_by_link};
    use crate::service::refused::Refused;

    let visit: Visit = super::caller().await?;
    let token = LinkToken::parse(form.token.reveal()).ok_or_else(|| super::refused(Failure::NotFound))?;
    let accepted = accepted_consent(&visit, &form.consent);
    let proof = match visit.registration() {
        _ if form.has_new_password() => {
            LinkProof::NewPassword { password: form.new_password.reveal(), consent: accepted.as_deref() }
        }
        Some(own) if form.password.is_empty() => LinkProof::OwnBrowser(own),
        _ => LinkProof::Password(form.password.reveal()),
    };
    match confirm_by_link(visit.services(), &token, proof, &greeting(), &visit.visitor).await {
        Ok(signed_in) => Ok(super::entered(enter_fully(&visit.web.site, Door::Portal, &signed_in, FIRST_PAGE))),
        Err(Refused::TooOften(_)) => Ok(Outcome::Next(page_of(&form))),
        Err(refused) => {
            let policy = visit.services().settings().password_policy;
            super::refusal(refused, PASSWORD, |error| Ok(link_refused(error, &form, policy)))
        }
    }
}

/// The page of the link, which says why it cannot be used.
#[cfg(feature = "ssr")]
fn page_of(form: &ConfirmForm) -> String {
    format!("/confirm/{}", form.token.reveal())
}

#[cfg(feature = "ssr")]
fn link_refused(
    error: crate::service::confirmation::ConfirmError,
    form: &ConfirmForm,
    policy: crate::domain::password::PasswordPolicy,
) -> Outcome {
    use super::words;
    use crate::domain::form::FieldError;
    use crate::service::confirmation::ConfirmError;

    match error {
        ConfirmError::Wrong { left } => {
            Outcome::invalid(PASSWORD, format!("Пароль не подошёл. Осталось попыток: {left}"))
        }
        ConfirmError::NoTriesLeft => {
            let text = "Попытки закончились. Придумайте новый пароль ниже";
            Outcome::no_mistake(PASSWORD, "Нужен новый пароль", text)
        }
        ConfirmError::PasswordNeeded => Outcome::invalid(PASSWORD, "Введите пароль, который вы придумали"),
        ConfirmError::NoPassword => Outcome::invalid(PASSWORD, "Введите пароль"),
        ConfirmError::NewPassword { password, consent_missing } => {
            let password = password.map(|error| FieldError::new(NEW_PASSWORD, words::password(error, policy)));
            let consent = consent_missing.then(|| FieldError::new("consent", CONSENT_MISSING));
            Outcome::Invalid(password.into_iter().chain(consent).collect())
        }
        ConfirmError::UsedBefore | ConfirmError::Expired | ConfirmError::Unknown | ConfirmError::Code(_) => {
            Outcome::Next(page_of(form))
        }
    }
}
