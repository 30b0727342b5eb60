//! The second factor of an operator: its set-up at the first sign-in, and new backup codes.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, Outcome};
use crate::domain::form::SecretText;

/// The page that shows new backup codes.
#[cfg(feature = "ssr")]
const BACKUP_CODES: &str = "/console/account/codes";
/// The page of the operator's account.
#[cfg(feature = "ssr")]
const ACCOUNT: &str = "/console/account";

/// The form of the first code.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FirstCodeForm {
    /// A code of the authenticator app.
    pub code: SecretText,
    /// The page that the sign-in leads to.
    pub next: String,
}

/// Enables the second factor with its first code and opens the console; the next page shows the backup codes once. A
/// second step that took too long redirects to the first.
///
/// # Errors
/// [`ApiError::Busy`] when too many backup codes are made at this moment.
#[server(endpoint = "console-switch-second-factor-on")]
pub async fn switch_second_factor_on(#[server(flatten)] form: FirstCodeForm) -> Result<Outcome, ApiError> {
    use super::sign_in::{console_next, expired};
    use crate::api::words;
    use crate::components::NoticeKind;
    use crate::http::session::{AtConsole, with_next};
    use crate::service::refused::Refused;
    use crate::service::second_factor::{CodeRefused, confirm_and_finish};

    let at: AtConsole = crate::api::caller().await?;
    let next = console_next(&form.next);
    let Some(session) = &at.session else { return Ok(Outcome::Next(expired(next))) };
    match confirm_and_finish(&at.web.services, session, form.code.reveal(), &at.visitor).await {
        Ok((signed_in, codes)) => enter_with_codes(&at, &signed_in, &codes, next).await,
        Err(Refused::This(CodeRefused::Gone)) => Ok(Outcome::Next(expired(next))),
        Err(Refused::This(CodeRefused::Replaced)) => {
            // The secret on the page is void: only a reload of the page shows the new one.
            crate::api::flash(&at.web.services, session, NoticeKind::Warning, words::SECRET_REPLACED).await?;
            Ok(Outcome::Next(with_next("/console/sign-in/code", next)))
        }
        Err(refused) => code_refused(refused),
    }
}

/// The cookies of the full session, and the page of the backup codes, which are sealed for that session.
#[cfg(feature = "ssr")]
async fn enter_with_codes(
    at: &crate::http::session::AtConsole,
    signed_in: &crate::service::sign_in::SignedIn,
    codes: &crate::service::second_factor::BackupCodes,
    next: &str,
) -> Result<Outcome, ApiError> {
    use crate::http::session::{Door, enter_fully};
    use crate::service::sessions;

    let services = &at.web.services;
    let opened = sessions::find(services, signed_in.session.reveal()).await.map_err(crate::api::failed)?;
    let Some(opened) = opened else { return Ok(Outcome::Next(super::sign_in::expired(next))) };
    let mut entry = enter_fully(&at.web.site, Door::Console, signed_in, &codes_page(next));
    entry.cookies.push(carried(&at.web, &opened, codes));
    Ok(crate::api::entered(entry))
}

/// The form that makes new backup codes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RenewForm {
    /// A code of the authenticator app, or a backup code.
    pub code: SecretText,
}

/// Makes new backup codes; the next page shows them once.
///
/// # Errors
/// [`ApiError::SignedOut`] without an operator's session, [`ApiError::Busy`] when too many backup codes are made at this
/// moment.
#[server(endpoint = "console-renew-backup-codes")]
pub async fn renew_backup_codes(#[server(flatten)] form: RenewForm) -> Result<Outcome, ApiError> {
    use crate::domain::id::Owner;
    use crate::http::session::{Entry, Staff};
    use crate::service::refused::Refused;
    use crate::service::second_factor::{self, CodeRefused};

    let staff: Staff = crate::api::caller().await?;
    let owner = Owner::Operator(staff.operator.id.clone());
    let code = form.code.reveal();
    match second_factor::renew_backup_codes(&staff.web.services, &owner, code, &staff.visitor).await {
        Ok(codes) => {
            let cookies = vec![carried(&staff.web, &staff.session, &codes)];
            Ok(crate::api::entered(Entry { to: codes_page(ACCOUNT), cookies }))
        }
        // An administrator removed the factor in the meantime: the reloaded page shows the current state.
        Err(Refused::This(CodeRefused::Gone)) => Ok(Outcome::Next(ACCOUNT.to_owned())),
        Err(refused) => code_refused(refused),
    }
}

/// The page of new backup codes, which leads on to another page.
#[cfg(feature = "ssr")]
fn codes_page(next: &str) -> String {
    crate::http::session::with_next(BACKUP_CODES, next)
}

/// The cookie that carries new backup codes to the page that shows them, sealed for a session.
#[cfg(feature = "ssr")]
fn carried(
    web: &crate::http::Web,
    session: &crate::domain::session::Session,
    codes: &crate::service::second_factor::BackupCodes,
) -> (axum::http::HeaderName, axum::http::HeaderValue) {
    use crate::http::cookies::carry_backup_codes;
    use crate::http::session::Door;
    use crate::service::second_factor::seal_codes;

    carry_backup_codes(&web.site, Door::Console, &seal_codes(&web.services, session, codes))
}

#[cfg(feature = "ssr")]
fn code_refused(
    refused: crate::service::refused::Refused<crate::service::second_factor::CodeRefused>,
) -> Result<Outcome, ApiError> {
    use crate::api::sign_in::CODE;
    use crate::api::words;

    words::factor_code(refused, CODE).map_err(crate::api::failed)
}
