//! The operator's own account: the password and the sessions.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, Outcome};
use crate::domain::form::SecretText;

/// The page of the operator's account.
#[cfg(feature = "ssr")]
const ACCOUNT: &str = "/console/account";

/// The form of a new password.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordForm {
    /// The current password.
    pub current_password: SecretText,
    /// The new password.
    pub new_password: SecretText,
}

/// Changes the operator's password; their other sessions end.
///
/// # Errors
/// [`ApiError::SignedOut`] without an operator's session.
#[server(endpoint = "console-change-password")]
pub async fn change_password(#[server(flatten)] form: PasswordForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::session::Staff;
    use crate::service::operators as service;

    let staff: Staff = crate::api::caller().await?;
    let (services, visitor) = (&staff.web.services, &staff.visitor);
    let (current, new) = (form.current_password.reveal(), form.new_password.reveal());
    match service::change_password(services, &staff.session, &staff.operator, current, new, visitor).await {
        Ok(()) => {
            let text = "Пароль изменён. На других устройствах нужно будет войти заново.";
            crate::api::done(&staff, ACCOUNT, NoticeKind::Success, text).await
        }
        Err(refused) => crate::api::refusal(refused, "current_password", |error| Ok(change_refused(error))),
    }
}

#[cfg(feature = "ssr")]
fn change_refused(error: crate::service::operators::ChangeError) -> Outcome {
    use crate::api::words;
    use crate::domain::password::{PasswordError, PasswordPolicy};
    use crate::service::operators::{ChangeError, PASSWORD_LEAST};

    const CURRENT: &str = "current_password";
    const NEW: &str = "new_password";
    let (field, message) = match error {
        ChangeError::Missing { current, new } => {
            let fields = [(current, CURRENT, "Введите текущий пароль"), (new, NEW, "Придумайте пароль")];
            return words::missing(fields);
        }
        ChangeError::WrongCurrent => (CURRENT, "Текущий пароль не подошёл".to_owned()),
        ChangeError::New(PasswordError::TooShort) => {
            (NEW, format!("Пароль слишком короткий: нужно от {PASSWORD_LEAST} знаков"))
        }
        ChangeError::New(error) => (NEW, words::password(error, PasswordPolicy::Modern).to_owned()),
    };
    Outcome::invalid(field, message)
}

/// Ends every session of the operator but this one.
///
/// # Errors
/// [`ApiError::SignedOut`] without an operator's session.
#[server(endpoint = "console-end-other-sessions")]
pub async fn end_other_sessions() -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::session::Staff;
    use crate::service::operators::end_sessions;

    let staff: Staff = crate::api::caller().await?;
    let ended = end_sessions(&staff.web.services, &staff.session, &staff.operator, None, &staff.visitor).await;
    ended.map_err(crate::api::failed)?;
    crate::api::done(&staff, ACCOUNT, NoticeKind::Success, "Другие сеансы завершены.").await
}

/// Ends one session of the operator; a session of another person is not ended.
///
/// # Errors
/// [`ApiError::SignedOut`] without an operator's session, [`ApiError::NotFound`] for a malformed identifier.
#[server(endpoint = "console-end-session")]
pub async fn end_session(session_id: String) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::domain::id::SessionId;
    use crate::http::answer::Failure;
    use crate::http::session::Staff;
    use crate::service::operators::end_sessions;

    let staff: Staff = crate::api::caller().await?;
    let id = SessionId::parse(&session_id).map_err(|_| crate::api::refused(Failure::NotFound))?;
    let ended = end_sessions(&staff.web.services, &staff.session, &staff.operator, Some(&id), &staff.visitor).await;
    ended.map_err(crate::api::failed)?;
    crate::api::done(&staff, ACCOUNT, NoticeKind::Success, "Сеанс завершён.").await
}
