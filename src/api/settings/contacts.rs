//! The second contact, and a change of the login (M1).

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::CodeForm;
use crate::api::{ApiError, Outcome};
use crate::domain::form::SecretText;

/// The page of the second contact.
pub const CONTACT: &str = "/settings/contact";
/// The page of the code of a new contact.
pub const CONTACT_CODE: &str = "/settings/contact/code";
/// The page of a new login.
pub const LOGIN: &str = "/settings/login";
/// The page of the code of a new login.
pub const LOGIN_CODE: &str = "/settings/login/code";
/// The field of a new second contact.
pub const CONTACT_FIELD: &str = "contact";
/// The field of a new login.
pub const LOGIN_FIELD: &str = "new_login";
/// The field of the current password beside a new login.
pub const PASSWORD_FIELD: &str = "current_password";
/// The value of [`ResendForm::change`] for a new login; any other value is a new contact.
pub const OF_LOGIN: &str = "login";

/// The form of a second contact.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactForm {
    /// A phone or an e-mail address, as typed.
    pub contact: String,
}

crate::opaque_debug!(ContactForm);

/// Sends a code to a new second contact.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::PasswordNeeded`] when the password was entered too long ago.
#[server(endpoint = "begin-contact")]
pub async fn begin_contact(#[server(flatten)] form: ContactForm) -> Result<Outcome, ApiError> {
    use crate::http::session::Fresh;
    use crate::service::contacts;

    let Fresh(caller) = crate::api::caller().await?;
    let is_phone = !caller.user.login.is_phone();
    match contacts::begin_contact(caller.services(), caller.id(), &form.contact, &caller.visit.visitor).await {
        Ok(()) => Ok(Outcome::Next(CONTACT_CODE.to_owned())),
        Err(refused) => begin_refused(refused, CONTACT_FIELD, is_phone),
    }
}

#[cfg(feature = "ssr")]
fn begin_refused(
    refused: crate::service::refused::Refused<crate::service::contacts::BeginError>,
    field: &'static str,
    is_phone: bool,
) -> Result<Outcome, ApiError> {
    use crate::api::words;
    use crate::domain::form::FieldError;
    use crate::domain::login::LoginError;
    use crate::service::contacts::BeginError;
    use crate::service::refused::Refused;

    let address = |error: LoginError| match (error, field, is_phone) {
        (LoginError::Empty | LoginError::Neither, CONTACT_FIELD, true) => "Введите мобильный телефон".to_owned(),
        (LoginError::Empty | LoginError::Neither, CONTACT_FIELD, false) => "Введите адрес почты".to_owned(),
        _ => words::login(error),
    };
    let error = match refused {
        Refused::This(error) => error,
        Refused::TooOften(limit) => return Ok(Outcome::no_mistake(field, words::WAIT, words::send_again_in(limit))),
        Refused::Fault(fault) => return Err(crate::api::failed(fault)),
    };
    let (field, message) = match error {
        BeginError::NoPassword(typed) => {
            let typed = typed.map(|error| FieldError::new(field, address(error)));
            let missing = FieldError::new(PASSWORD_FIELD, "Введите текущий пароль");
            return Ok(Outcome::Invalid(typed.into_iter().chain([missing]).collect()));
        }
        BeginError::Address(error) => (field, address(error)),
        BeginError::SameKind if is_phone => (field, "Почта у вас уже есть: это логин. Введите телефон".to_owned()),
        BeginError::SameKind => (field, "Телефон у вас уже есть: это логин. Введите адрес почты".to_owned()),
        BeginError::Same => (field, "Этот адрес уже указан. Введите другой".to_owned()),
        BeginError::WrongPassword => (PASSWORD_FIELD, words::WRONG_CURRENT_PASSWORD.to_owned()),
        BeginError::PasswordTooOften(limit) => {
            return Ok(Outcome::no_mistake(PASSWORD_FIELD, words::WAIT, words::too_often(limit)));
        }
    };
    Ok(Outcome::invalid(field, message))
}

/// Confirms the second contact by its code.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, or after 30 idle minutes.
#[server(endpoint = "confirm-contact")]
pub async fn confirm_contact(#[server(flatten)] form: CodeForm) -> Result<Outcome, ApiError> {
    use super::PROFILE;
    use crate::components::NoticeKind;
    use crate::http::session::AtMoney;
    use crate::service::contacts;

    let AtMoney(caller) = crate::api::caller().await?;
    let confirmed =
        contacts::confirm_contact(caller.services(), caller.id(), form.code.reveal(), &caller.visit.visitor);
    match confirmed.await {
        Ok(()) => crate::api::done(&caller, PROFILE, NoticeKind::Success, "Второй контакт подтверждён.").await,
        Err(declined) => code_refused(declined, CONTACT),
    }
}

/// Removes the second contact. One that is not there is no error: the form was sent twice.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::PasswordNeeded`] when the password was entered too long ago.
#[server(endpoint = "remove-contact")]
pub async fn remove_contact() -> Result<Outcome, ApiError> {
    use super::PROFILE;
    use crate::components::NoticeKind;
    use crate::http::session::Fresh;
    use crate::service::contacts;

    let Fresh(caller) = crate::api::caller().await?;
    let removed = contacts::remove_contact(caller.services(), caller.id(), &caller.visit.visitor).await;
    removed.map_err(crate::api::failed)?;
    crate::api::done(&caller, PROFILE, NoticeKind::Success, "Второй контакт удалён.").await
}

/// The form of a new login.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginForm {
    /// An e-mail address or a phone, as typed.
    pub new_login: String,
    /// The current password.
    pub current_password: SecretText,
}

crate::opaque_debug!(LoginForm);

/// Sends a code to a new login. The answer does not reveal whether the login is taken.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, or after 30 idle minutes.
#[server(endpoint = "begin-login-change")]
pub async fn begin_login_change(#[server(flatten)] form: LoginForm) -> Result<Outcome, ApiError> {
    use crate::http::session::AtMoney;
    use crate::service::contacts;

    let AtMoney(caller) = crate::api::caller().await?;
    let begun = contacts::begin_login_change(
        caller.services(),
        caller.id(),
        &form.new_login,
        form.current_password.reveal(),
        &caller.visit.visitor,
    );
    match begun.await {
        Ok(()) => Ok(Outcome::Next(LOGIN_CODE.to_owned())),
        Err(refused) => begin_refused(refused, LOGIN_FIELD, false),
    }
}

/// Changes the login by the code that the new one got. Other sessions of the user end.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, or after 30 idle minutes.
#[server(endpoint = "confirm-login-change")]
pub async fn confirm_login_change(#[server(flatten)] form: CodeForm) -> Result<Outcome, ApiError> {
    use super::PROFILE;
    use crate::components::NoticeKind;
    use crate::http::session::AtMoney;
    use crate::service::contacts;

    let AtMoney(caller) = crate::api::caller().await?;
    let confirmed = contacts::confirm_login_change(
        caller.services(),
        &caller.session,
        caller.id(),
        form.code.reveal(),
        &caller.visit.visitor,
    );
    match confirmed.await {
        Ok(()) => {
            let text = "Логин изменён. На других устройствах нужно будет войти заново.";
            crate::api::done(&caller, PROFILE, NoticeKind::Success, text).await
        }
        Err(declined) => code_refused(declined, LOGIN),
    }
}

/// A refused code; without a change that waits for one, the next page is where it begins.
#[cfg(feature = "ssr")]
fn code_refused(
    declined: crate::service::refused::Declined<crate::service::contacts::ConfirmError>,
    begins_at: &'static str,
) -> Result<Outcome, ApiError> {
    use crate::api::words;
    use crate::service::contacts::ConfirmError;

    crate::api::refusal(declined.into(), "code", |error| {
        let message = match error {
            ConfirmError::Gone => return Ok(Outcome::Next(begins_at.to_owned())),
            ConfirmError::Code(error) => words::code(error).to_owned(),
            ConfirmError::Wrong { left } => words::wrong_code(left),
            ConfirmError::NoTriesLeft => return Ok(words::new_code_needed("code", words::NO_TRIES_LEFT)),
            ConfirmError::Expired => return Ok(words::new_code_needed("code", words::CODE_EXPIRED)),
            // The right code proved that the address is theirs, so this reveals nothing to a stranger.
            ConfirmError::LoginTaken => {
                let text = "С этим логином уже есть другой кабинет. Укажите другой логин";
                return Ok(Outcome::no_mistake("code", "Логин занят", text));
            }
        };
        Ok(Outcome::invalid("code", message))
    })
}

/// The form that sends a code again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ResendForm {
    /// [`OF_LOGIN`] for the code of a new login.
    pub change: String,
}

/// Sends the code of a new contact or login again. The outcome is always a page with a message, so that reloading it
/// sends nothing.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, or after 30 idle minutes.
#[server(endpoint = "resend-change-code")]
pub async fn resend_change_code(#[server(flatten)] form: ResendForm) -> Result<Outcome, ApiError> {
    use crate::api::words;
    use crate::components::NoticeKind;
    use crate::http::session::AtMoney;
    use crate::service::contacts::{self, ChangeOf};
    use crate::service::refused::Refused;

    let AtMoney(caller) = crate::api::caller().await?;
    let (of, form_page, code_page) = match form.change.as_str() {
        OF_LOGIN => (ChangeOf::Login, LOGIN, LOGIN_CODE),
        _ => (ChangeOf::Contact, CONTACT, CONTACT_CODE),
    };
    let (kind, text) = match contacts::resend(caller.services(), caller.id(), of, &caller.visit.visitor).await {
        Ok(false) => return Ok(Outcome::Next(form_page.to_owned())),
        Ok(true) => (NoticeKind::Success, "Отправили ещё раз. Прежний код больше не действует.".to_owned()),
        Err(Refused::TooOften(limit)) => (NoticeKind::Warning, words::send_again_in(limit)),
        Err(Refused::Fault(fault)) => return Err(crate::api::failed(fault)),
    };
    crate::api::done(&caller, code_page, kind, &text).await
}
