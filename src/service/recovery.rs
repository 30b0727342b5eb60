//! Password recovery: a link by letter or a code by SMS, then a new password. The answers do not reveal whether a login
//! exists.

use super::audit::Action;
use super::limits::{REGISTER_ADDRESS, SIGN_IN_LOGIN, SIGN_IN_UNKNOWN};
use super::one_time::{CODE_TRIES, CodeOf, IssuedSecret};
use super::refused::{Correctable, Refused};
use super::sessions::{Holder, Token, end_all};
use super::sign_in::{Step, admit};
use super::{Fault, Services, Visitor, fingerprint};
use crate::domain::calendar::Span;
use crate::domain::id::Owner;
use crate::domain::login::{Login, LoginError};
use crate::domain::one_time::{CodeError, LinkToken, SmsCode};
use crate::domain::password::PasswordError;
use crate::domain::user::User;
use crate::storage::recoveries::{self, Recovery};
use crate::storage::{Database, contacts, devices, users};
use crate::telemetry::{self, SecurityEvent};

/// How long the link of a letter or the code of an SMS is valid: the time to fetch them, and no more.
pub const LIFETIME: Span = Span::minutes(10);

/// Why a recovery was rejected.
#[derive(Debug)]
pub enum RecoverError {
    /// The login is malformed.
    Login(LoginError),
    /// The form of the new password has errors: not counted as a try.
    Form {
        /// The code is malformed.
        code: Option<CodeError>,
        /// The new password violates the policy.
        password: Option<PasswordError>,
    },
    /// The code is wrong.
    WrongCode {
        /// Remaining tries.
        left: i64,
    },
    /// No tries are left: the user must request a new code.
    NoTriesLeft,
    /// The link is unknown.
    UnknownLink,
    /// The link or the code was used before, or replaced by a newer one.
    UsedBefore,
    /// The link or the code has expired.
    Expired,
    /// An administrator locked the user.
    Locked,
}

impl Correctable for RecoverError {}

/// A new recovery.
pub struct Begun {
    /// The browser's session, which stores the recovery.
    pub token: Token,
    /// Whether a code was sent, not a link.
    pub by_code: bool,
}

/// Begins a recovery: sends a letter or an SMS, also to an unknown login. Voids earlier recoveries of the same user.
///
/// # Errors
/// [`Refused`] when the login is malformed, a limit is reached, or on an internal error.
pub async fn begin(services: &Services, login: &str, visitor: &Visitor) -> Result<Begun, Refused<RecoverError>> {
    let login = Login::parse(login).map_err(RecoverError::Login)?;
    services.count_visitor(REGISTER_ADDRESS, visitor).await??;
    let device = known_device(services, &login, visitor).await?;
    services.count_send(&login, visitor, device.as_deref()).await??;
    let secret = services.issue_secret(&login);
    let now = services.now();
    let id = services.nature().id();
    let mut tx = services.db().begin().await?;
    let user = users::by_login(&mut tx, &login).await?;
    match &user {
        Some(user) => {
            recoveries::void(&mut tx, &user.id, now).await?;
            services.record(&mut tx, &user.id, Action::RecoveryBegun, None, visitor).await?;
        }
        // Writes the same amount, so that the timing does not reveal whether the login exists.
        None => {
            let _ = SIGN_IN_UNKNOWN.hit(services, &mut tx, "recovery").await?;
        }
    }
    let recovery = Recovery {
        secret: services.stored(&secret, CodeOf::Recovery, &id),
        id,
        user_id: user.as_ref().map(|user| user.id.clone()),
        expires_at: now.plus(LIFETIME),
        tries: 0,
        used: false,
    };
    recoveries::insert(&mut tx, &recovery, now).await?;
    let text = match (&user, &secret) {
        (None, _) => services.text_unknown_login(),
        (Some(_), IssuedSecret::Code(code)) => services.text_recovery_code(code),
        (Some(_), IssuedSecret::Link(token)) => services.text_recover_link(token),
    };
    services.send(&mut tx, &login, text).await?;
    let holder = Holder::Guest { registration: None, recovery: Some(recovery.id) };
    let token = services.open_session(&mut tx, holder, None, visitor).await?;
    Database::commit(tx).await?;
    Ok(Begun { token, by_code: login.is_phone() })
}

/// The hash of the browser's device cookie, if the browser signed in with this login before.
async fn known_device(services: &Services, login: &Login, visitor: &Visitor) -> Result<Option<String>, Fault> {
    let Some(hash) = &visitor.device_hash else { return Ok(None) };
    let mut connection = services.db().read().await?;
    let Some(user) = users::by_login(&mut connection, login).await? else { return Ok(None) };
    let known = devices::knows(&mut connection, hash, &Owner::User(user.id), services.now()).await?;
    Ok(known.then(|| hash.clone()))
}

/// The login whose password a link can still change: checked before the form is shown, so that no password is typed in
/// vain.
///
/// # Errors
/// [`Refused`] when the link is unknown, used or expired, a limit is reached, or on an internal error.
pub async fn look_at_link(
    services: &Services,
    token: &LinkToken,
    visitor: &Visitor,
) -> Result<Login, Refused<RecoverError>> {
    let recovery = by_link(services, token, visitor).await?;
    let user_id = recovery.user_id.ok_or(RecoverError::UnknownLink)?;
    let user = users::by_id(&mut *services.db().read().await?, &user_id).await?;
    Ok(user.ok_or(RecoverError::UnknownLink)?.login)
}

async fn by_link(services: &Services, token: &LinkToken, visitor: &Visitor) -> Result<Recovery, Refused<RecoverError>> {
    services.link_tries_left(visitor).await??;
    let hash = fingerprint(token.reveal());
    let found = recoveries::by_link(&mut *services.db().read().await?, &hash).await?;
    let Some(recovery) = found.filter(|recovery| recovery.user_id.is_some()) else {
        services.count_wrong_link(visitor).await?;
        return Err(RecoverError::UnknownLink.into());
    };
    still_open(services, recovery)
}

fn still_open(services: &Services, recovery: Recovery) -> Result<Recovery, Refused<RecoverError>> {
    if recovery.used {
        return Err(RecoverError::UsedBefore.into());
    }
    if recovery.expires_at <= services.now() {
        return Err(RecoverError::Expired.into());
    }
    Ok(recovery)
}

/// Sets a new password with the link of the letter.
///
/// # Errors
/// [`Refused`] when the link is unknown, used or expired, the user is locked, the password violates the policy, a
/// limit is reached, or on an internal error.
pub async fn finish_by_link(
    services: &Services,
    token: &LinkToken,
    password: &str,
    visitor: &Visitor,
) -> Result<Step, Refused<RecoverError>> {
    let recovery = by_link(services, token, visitor).await?;
    finish(services, recovery, password, visitor).await
}

/// Sets a new password with the code of the SMS, in the browser that requested it. `recovery_id` comes from that
/// browser's session.
///
/// # Errors
/// [`Refused`] when the code is malformed, wrong, used or expired, no tries are left, the user is locked, the
/// password violates the policy, or on an internal error.
pub async fn finish_by_code(
    services: &Services,
    recovery_id: &str,
    code: &str,
    password: &str,
    visitor: &Visitor,
) -> Result<Step, Refused<RecoverError>> {
    let policy = services.settings().password_policy;
    let code = match (SmsCode::parse(code), services.check_password(policy, password, &[])) {
        (Ok(code), Ok(())) => code,
        (code, password) => return Err(RecoverError::Form { code: code.err(), password: password.err() }.into()),
    };
    let (recovery, is_new) = count_code(services, recovery_id, &code).await?;
    let right = services.is_code_of(&recovery.secret, CodeOf::Recovery, recovery_id, &code);
    if !right || recovery.user_id.is_none() {
        telemetry::security(SecurityEvent::SecretRefused);
        if let Some(user_id) = recovery.user_id.as_ref().filter(|_| is_new) {
            let mut tx = services.db().begin().await?;
            services.record(&mut tx, user_id, Action::CodeWrong, None, visitor).await?;
            Database::commit(tx).await?;
        }
        let left = CODE_TRIES - recovery.tries;
        let error = if left > 0 { RecoverError::WrongCode { left } } else { RecoverError::NoTriesLeft };
        return Err(error.into());
    }
    finish(services, still_open(services, recovery)?, password, visitor).await
}

/// Counts a try of a code, unless the same code was counted before: then `false`. It commits before the comparison, so
/// that parallel guesses are counted one by one.
async fn count_code(services: &Services, id: &str, code: &SmsCode) -> Result<(Recovery, bool), Refused<RecoverError>> {
    let mut tx = services.db().begin().await?;
    let recovery = recoveries::by_id(&mut tx, id).await?.ok_or(RecoverError::UnknownLink)?;
    if !services.is_new_try(&mut tx, recovery.secret.code_mac(), id, code).await? {
        // Read again: the request that counted the code may have ended just now.
        let recovery = recoveries::by_id(&mut tx, id).await?.ok_or(RecoverError::UnknownLink)?;
        return Ok((recovery, false));
    }
    let tries = recoveries::count_try(&mut tx, id, CODE_TRIES).await?.ok_or(RecoverError::NoTriesLeft)?;
    Database::commit(tx).await?;
    Ok((Recovery { tries, ..recovery }, true))
}

async fn finish(
    services: &Services,
    recovery: Recovery,
    password: &str,
    visitor: &Visitor,
) -> Result<Step, Refused<RecoverError>> {
    let user_id = recovery.user_id.ok_or(RecoverError::UnknownLink)?;
    let user = users::by_id(&mut *services.db().read().await?, &user_id).await?;
    let User { id, login, locked_at, .. } = user.ok_or(RecoverError::UnknownLink)?;
    if locked_at.is_some() {
        telemetry::security(SecurityEvent::LockedOut);
        return Err(RecoverError::Locked.into());
    }
    let checked = services.check_new_password(password, &login, Some(&id)).await?;
    checked.map_err(|error| RecoverError::Form { code: None, password: Some(error) })?;
    let hash = services.passwords().hash(password).await?;
    let now = services.now();
    let owner = Owner::User(id.clone());
    let mut tx = services.db().begin().await?;
    // An administrator may have locked the user while the hash was computed.
    if users::lock(&mut tx, &id).await?.is_none_or(|user| user.locked_at.is_some()) {
        telemetry::security(SecurityEvent::LockedOut);
        return Err(RecoverError::Locked.into());
    }
    if !recoveries::use_up(&mut tx, &recovery.id, now).await? {
        return Err(RecoverError::UsedBefore.into());
    }
    recoveries::void(&mut tx, &id, now).await?;
    contacts::void(&mut tx, &id).await?;
    users::set_password(&mut tx, &id, &hash).await?;
    end_all(services, &mut tx, &owner).await?;
    SIGN_IN_LOGIN.clear(services, &mut tx, login.as_str()).await?;
    services.record(&mut tx, &id, Action::PasswordRecovered, None, visitor).await?;
    services.alert(&mut tx, &id, &login, services.text_password_changed()).await?;
    let step = admit(services, &mut tx, owner, visitor).await?;
    Database::commit(tx).await?;
    Ok(step)
}
