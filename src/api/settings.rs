//! The actions of the settings: profile, contacts, password, sessions, second factor (M1, M10).

pub mod contacts;
pub mod push;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};
use crate::domain::form::SecretText;

/// The page of the name, the login and the second contact.
#[cfg(feature = "ssr")]
const PROFILE: &str = "/settings/profile";
/// The page of the password, the second factor and the sessions.
#[cfg(feature = "ssr")]
const SECURITY: &str = "/settings/security";
/// The page of the sessions.
#[cfg(feature = "ssr")]
const SESSIONS: &str = "/settings/sessions";
/// The page of the second factor.
#[cfg(feature = "ssr")]
const SECOND_FACTOR: &str = "/settings/second-factor";
/// The page that shows new backup codes.
#[cfg(feature = "ssr")]
const BACKUP_CODES: &str = "/settings/second-factor/codes";

/// The form of the profile.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NameForm {
    /// The name by which the portal addresses the person.
    pub name: String,
}

/// Saves the name of the profile.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, or after 30 idle minutes.
#[server(endpoint = "rename-profile")]
pub async fn rename_profile(#[server(flatten)] form: NameForm) -> Result<Outcome, ApiError> {
    use super::words;
    use crate::components::NoticeKind;
    use crate::http::session::AtMoney;
    use crate::service::profile::{InvalidName, rename};

    let AtMoney(caller) = super::caller().await?;
    match rename(caller.services(), caller.id(), &form.name).await {
        Ok(()) => super::done(&caller, PROFILE, NoticeKind::Success, "Имя сохранено.").await,
        Err(declined) => super::refusal(declined.into(), "name", |InvalidName(error)| {
            Ok(Outcome::invalid("name", words::text(error, "Введите имя")))
        }),
    }
}

/// The form of a new password.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordForm {
    /// The current password.
    pub current_password: SecretText,
    /// The new password.
    pub new_password: SecretText,
}

/// Changes the password. Other sessions of the user end.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, or after 30 idle minutes.
#[server(endpoint = "change-password")]
pub async fn change_password(#[server(flatten)] form: PasswordForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::session::AtMoney;
    use crate::service::password_change;

    let AtMoney(caller) = super::caller().await?;
    let changed = password_change::change_password(
        caller.services(),
        &caller.session,
        caller.id(),
        form.current_password.reveal(),
        form.new_password.reveal(),
        &caller.visit.visitor,
    );
    match changed.await {
        Ok(()) => {
            let text = "Пароль изменён. На других устройствах нужно будет войти заново.";
            super::done(&caller, SECURITY, NoticeKind::Success, text).await
        }
        Err(refused) => {
            let policy = caller.services().settings().password_policy;
            super::refusal(refused, "current_password", |error| Ok(change_refused(error, policy)))
        }
    }
}

#[cfg(feature = "ssr")]
fn change_refused(
    error: crate::service::password_change::ChangeError,
    policy: crate::domain::password::PasswordPolicy,
) -> Outcome {
    use super::words;
    use crate::domain::form::FieldError;
    use crate::domain::password::PasswordError;
    use crate::service::password_change::ChangeError;

    let current = |text: &str| FieldError::new("current_password", text);
    let new = |error: PasswordError| FieldError::new("new_password", words::password(error, policy));
    Outcome::Invalid(match error {
        ChangeError::Missing { current: no_current, new: no_new } => {
            let no_current = no_current.then(|| current("Введите текущий пароль"));
            no_current.into_iter().chain(no_new.then(|| new(PasswordError::Empty))).collect()
        }
        ChangeError::WrongCurrent => vec![current(words::WRONG_CURRENT_PASSWORD)],
        ChangeError::New(error) => vec![new(error)],
    })
}

/// The form that ends a session.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionForm {
    /// The session.
    pub session_id: String,
}

/// Ends one session of the user. One that has already ended is no error. Ending the caller's own session signs the
/// browser out.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::PasswordNeeded`] when the password was entered too long ago,
/// [`ApiError::NotFound`] for a malformed identifier.
#[server(endpoint = "end-session")]
pub async fn end_session(#[server(flatten)] form: SessionForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::domain::id::SessionId;
    use crate::http::answer::Failure;
    use crate::http::cookies::drop_cookie;
    use crate::http::session::{Door, Entry, Fresh};
    use crate::service::sessions;

    let Fresh(caller) = super::caller().await?;
    let id = SessionId::parse(&form.session_id).map_err(|_| super::refused(Failure::NotFound))?;
    let revoked = sessions::revoke(caller.services(), caller.id(), &id, &caller.visit.visitor).await;
    revoked.map_err(super::failed)?;
    if id == caller.session.id {
        let cookies = vec![drop_cookie(&caller.visit.web.site, Door::Portal)];
        return Ok(super::entered(Entry { to: "/sign-in".to_owned(), cookies }));
    }
    super::done(&caller, SESSIONS, NoticeKind::Success, "Сеанс завершён.").await
}

/// Ends every session of the user but the caller's.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::PasswordNeeded`] when the password was entered too long ago.
#[server(endpoint = "end-other-sessions")]
pub async fn end_other_sessions() -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::session::Fresh;
    use crate::service::sessions;

    let Fresh(caller) = super::caller().await?;
    let ended = sessions::end_others(caller.services(), &caller.session, caller.id(), &caller.visit.visitor).await;
    ended.map_err(super::failed)?;
    let text = "Другие сеансы завершены. Вы остались в кабинете только на этом устройстве.";
    super::done(&caller, SESSIONS, NoticeKind::Success, text).await
}

/// The form of a code: of the authenticator app, of a letter or an SMS.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    /// The code; where the second factor is already enabled, a backup code too.
    pub code: SecretText,
}

/// Enables the second factor with its first code; the next page shows the backup codes once.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::PasswordNeeded`] when the password was entered too long ago.
#[server(endpoint = "switch-second-factor-on")]
pub async fn switch_second_factor_on(#[server(flatten)] form: CodeForm) -> Result<Outcome, ApiError> {
    use super::words;
    use crate::components::NoticeKind;
    use crate::domain::id::Owner;
    use crate::http::session::Fresh;
    use crate::service::refused::Refused;
    use crate::service::second_factor::{CodeRefused, confirm};

    let Fresh(caller) = super::caller().await?;
    let owner = Owner::User(caller.id().clone());
    let (session, visitor) = (&caller.session, &caller.visit.visitor);
    match confirm(caller.services(), &owner, session, form.code.reveal(), visitor).await {
        Ok(codes) => Ok(show_codes(&caller, &codes)),
        // The secret on the page is void: only a reload of the page shows the new one.
        Err(Refused::This(CodeRefused::Replaced)) => {
            super::done(&caller, SECOND_FACTOR, NoticeKind::Warning, words::SECRET_REPLACED).await
        }
        Err(error) => code_refused(error, "code"),
    }
}

/// Makes new backup codes; the next page shows them once.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::PasswordNeeded`] when the password was entered too long ago.
#[server(endpoint = "renew-backup-codes")]
pub async fn renew_backup_codes(#[server(flatten)] form: CodeForm) -> Result<Outcome, ApiError> {
    use crate::domain::id::Owner;
    use crate::http::session::Fresh;
    use crate::service::second_factor;

    let Fresh(caller) = super::caller().await?;
    let (owner, visitor) = (Owner::User(caller.id().clone()), &caller.visit.visitor);
    match second_factor::renew_backup_codes(caller.services(), &owner, form.code.reveal(), visitor).await {
        Ok(codes) => Ok(show_codes(&caller, &codes)),
        Err(error) => code_refused(error, "code"),
    }
}

/// The form that disables the second factor: its field has a name of its own, because the page has two forms.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SwitchOffForm {
    /// A code of the authenticator app, or a backup code.
    pub off_code: SecretText,
}

/// Disables the second factor.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::PasswordNeeded`] when the password was entered too long ago.
#[server(endpoint = "switch-second-factor-off")]
pub async fn switch_second_factor_off(#[server(flatten)] form: SwitchOffForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::session::Fresh;
    use crate::service::second_factor::switch_off;

    let Fresh(caller) = super::caller().await?;
    match switch_off(caller.services(), caller.id(), form.off_code.reveal(), &caller.visit.visitor).await {
        Ok(()) => super::done(&caller, SECURITY, NoticeKind::Success, "Вход с кодом выключен.").await,
        Err(error) => code_refused(error, "off_code"),
    }
}

/// The page of new backup codes, with the sealed codes in a cookie.
#[cfg(feature = "ssr")]
fn show_codes(caller: &crate::http::session::SignedIn, codes: &crate::service::second_factor::BackupCodes) -> Outcome {
    use crate::http::cookies::carry_backup_codes;
    use crate::http::session::{Door, Entry};
    use crate::service::second_factor::seal_codes;

    let sealed = seal_codes(caller.services(), &caller.session, codes);
    let cookies = vec![carry_backup_codes(&caller.visit.web.site, Door::Portal, &sealed)];
    super::entered(Entry { to: BACKUP_CODES.to_owned(), cookies })
}

#[cfg(feature = "ssr")]
fn code_refused(
    error: crate::service::refused::Refused<crate::service::second_factor::CodeRefused>,
    field: &'static str,
) -> Result<Outcome, ApiError> {
    use super::words;
    use crate::service::refused::Refused;
    use crate::service::second_factor::CodeRefused;

    if matches!(error, Refused::This(CodeRefused::Gone)) {
        // The factor was enabled or disabled in the meantime: the reloaded page shows the current state.
        return Ok(Outcome::Next(SECOND_FACTOR.to_owned()));
    }
    words::factor_code(error, field).map_err(super::failed)
}
