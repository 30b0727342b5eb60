//! A forgotten password: a link by letter or a code by SMS, then a new password. Nothing tells whether a login exists.

use subtle::ConstantTimeEq as _;

use super::audit::Action;
use super::limits::{REGISTER_ADDRESS, SIGN_IN_LOGIN, TooOften};
use super::registration::{CODE_LIFETIME, CODE_TRIES, count_send, new_secret, secret_hash};
use super::sessions::{Holder, Token};
use super::{Fault, Services, Visitor, fingerprint};
use crate::domain::calendar::Span;
use crate::domain::login::{Login, LoginError};
use crate::domain::password::PasswordError;
use crate::storage::users::{Recovery, User};
use crate::storage::{Database, sessions, users};

/// How long the link of a letter holds.
pub const LINK_LIFETIME: Span = Span::hours(1);

/// Why a recovery did not go on.
#[derive(Debug)]
pub enum RecoverError {
    /// The login is no login.
    Login(LoginError),
    /// The new password breaks the rule.
    Password(PasswordError),
    /// Wrong code, wrong or used link, or the time has run out.
    WrongSecret,
    /// A limit was reached.
    TooOften(TooOften),
    /// Nobody's fault at the other end.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for RecoverError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// What began.
pub struct Begun {
    /// The browser's session, which remembers the recovery.
    pub token: Token,
    /// Whether a code is awaited, not a link.
    pub by_code: bool,
}

/// Begins a recovery: writes a letter or an SMS, to anyone who asks.
///
/// # Errors
/// [`RecoverError`].
pub async fn begin(services: &Services, login: &str, visitor: &Visitor) -> Result<Begun, RecoverError> {
    let login = Login::parse(login).map_err(RecoverError::Login)?;
    services.count(REGISTER_ADDRESS, &visitor.network()).await?.map_err(RecoverError::TooOften)?;
    count_send(services, &login).await?.map_err(RecoverError::TooOften)?;
    let secret = new_secret(services, &login);
    let by_code = matches!(login, Login::Phone(_));
    let now = services.now();
    let mut tx = services.db().begin().await?;
    let user = users::by_login(&mut tx, &login).await?;
    let recovery = Recovery {
        id: services.nature().id(),
        user_id: user.as_ref().map(|user| user.id.clone()),
        secret_hash: secret_hash(&login, &secret),
        expires_at: now.plus(if by_code { CODE_LIFETIME } else { LINK_LIFETIME }),
        used: false,
    };
    users::insert_recovery(&mut tx, &recovery, now).await?;
    let text = match (&user, by_code) {
        (None, _) => services.text_unknown_login(),
        (Some(_), true) => services.text_code(&secret),
        (Some(_), false) => services.text_recover_link(&secret),
    };
    services.send(&mut tx, &login, text).await?;
    let holder = Holder::Guest { registration: None, recovery: Some(recovery.id) };
    let token = services.open_session(&mut tx, holder, None, visitor).await?;
    Database::commit(tx).await?;
    Ok(Begun { token, by_code })
}

/// Whether a link can still be used: shown before the form, so that nobody types a password in vain.
///
/// # Errors
/// [`Fault`].
pub async fn link_is_good(services: &Services, token: &str) -> Result<bool, Fault> {
    let recovery = users::recovery_by_secret(&mut *services.db().read().await?, &fingerprint(token)).await?;
    Ok(recovery.is_some_and(|r| !r.used && r.user_id.is_some() && r.expires_at > services.now()))
}

/// Sets a new password by the link of the letter.
///
/// # Errors
/// [`RecoverError`].
pub async fn finish_by_link(
    services: &Services,
    token: &str,
    password: &str,
    visitor: &Visitor,
) -> Result<Token, RecoverError> {
    let recovery = users::recovery_by_secret(&mut *services.db().read().await?, &fingerprint(token)).await?;
    finish(services, recovery.ok_or(RecoverError::WrongSecret)?, password, visitor).await
}

/// Sets a new password by the code of the SMS.
///
/// # Errors
/// [`RecoverError`].
pub async fn finish_by_code(
    services: &Services,
    recovery_id: &str,
    code: &str,
    password: &str,
    visitor: &Visitor,
) -> Result<Token, RecoverError> {
    services.settings().password_policy.check(password, None).map_err(RecoverError::Password)?;
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    let mut tx = services.db().begin().await?;
    let may_try = users::count_recovery_try(&mut tx, recovery_id, CODE_TRIES).await?;
    Database::commit(tx).await?;
    let mut connection = services.db().read().await?;
    let recovery = users::recovery(&mut connection, recovery_id).await?.ok_or(RecoverError::WrongSecret)?;
    let user = match &recovery.user_id {
        Some(id) => users::by_id(&mut connection, id).await?,
        None => None,
    };
    drop(connection);
    let Some(user) = user.filter(|_| may_try) else { return Err(RecoverError::WrongSecret) };
    let typed = secret_hash(&user.login, &code);
    if !bool::from(typed.as_bytes().ct_eq(recovery.secret_hash.as_bytes())) {
        return Err(RecoverError::WrongSecret);
    }
    finish(services, recovery, password, visitor).await
}

async fn finish(
    services: &Services,
    recovery: Recovery,
    password: &str,
    visitor: &Visitor,
) -> Result<Token, RecoverError> {
    let now = services.now();
    let user_id = recovery.user_id.ok_or(RecoverError::WrongSecret)?;
    if recovery.used || recovery.expires_at <= now {
        return Err(RecoverError::WrongSecret);
    }
    let user = users::by_id(&mut *services.db().read().await?, &user_id).await?;
    let User { id, login, .. } = user.ok_or(RecoverError::WrongSecret)?;
    services.settings().password_policy.check(password, Some(&login)).map_err(RecoverError::Password)?;
    let hash = services.passwords().hash(password).await?;
    let mut tx = services.db().begin().await?;
    if !users::use_recovery(&mut tx, &recovery.id, now).await? {
        return Err(RecoverError::WrongSecret);
    }
    users::set_password(&mut tx, &id, &hash).await?;
    sessions::remove_others(&mut tx, &id, "").await?;
    SIGN_IN_LOGIN.clear(&mut tx, login.as_str()).await?;
    services.record(&mut tx, &id, Action::PasswordRecovered, None, visitor).await?;
    services.send(&mut tx, &login, services.text_password_changed()).await?;
    let token = services.open_session(&mut tx, Holder::User(id), None, visitor).await?;
    Database::commit(tx).await?;
    Ok(token)
}
