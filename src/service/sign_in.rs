//! Signing in, and changing the password. Unknown login and wrong password have one answer and take one time.

use super::audit::Action;
use super::limits::{SIGN_IN_LOGIN, SIGN_IN_UNKNOWN, TooOften};
use super::sessions::{Holder, Session, Token};
use super::{Fault, Services, Visitor};
use crate::domain::id::UserId;
use crate::domain::login::Login;
use crate::domain::password::PasswordError;
pub use crate::storage::users::User;
use crate::storage::{Connection, Database, sessions, users};

/// Why a sign-in did not happen.
#[derive(Debug)]
pub enum SignInError {
    /// The login is empty.
    EmptyLogin,
    /// The password is empty.
    EmptyPassword,
    /// Unknown login or wrong password: which one is not told.
    Wrong,
    /// A limit was reached.
    TooOften(TooOften),
    /// Nobody's fault at the other end.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for SignInError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Signs a user in; the session is new, whatever the browser held before.
///
/// # Errors
/// [`SignInError`].
pub async fn sign_in(
    services: &Services,
    login: &str,
    password: &str,
    visitor: &Visitor,
) -> Result<Token, SignInError> {
    if login.trim().is_empty() {
        return Err(SignInError::EmptyLogin);
    }
    if password.is_empty() {
        return Err(SignInError::EmptyPassword);
    }
    let parsed = Login::parse(login).ok();
    let subject = parsed.as_ref().map_or_else(|| login.trim().to_lowercase(), |login| login.as_str().to_owned());
    let counted = services.count_password_try(SIGN_IN_LOGIN, &subject, &visitor.network()).await?;
    counted.map_err(SignInError::TooOften)?;

    let user = match &parsed {
        Some(login) => users::by_login(&mut *services.db().read().await?, login).await?,
        None => None,
    };
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let right = services.passwords().verify(password, hash.as_deref()).await?;

    let mut tx = services.db().begin().await?;
    let known = match &user {
        Some(user) => users::lock(&mut tx, &user.id).await?,
        None => None,
    };
    // The password may have been changed while the hash was computed: the old one must not open what was just closed.
    let unchanged = known.as_ref().map(|known| &known.password_hash) == hash.as_ref();
    let Some(user) = known.clone().filter(|_| right && unchanged) else {
        match known {
            Some(user) => services.record(&mut tx, &user.id, Action::SignInFailed, None, visitor).await?,
            None => count_unknown(services, &mut tx, "all").await?,
        }
        Database::commit(tx).await?;
        return Err(SignInError::Wrong);
    };
    SIGN_IN_LOGIN.clear(&mut tx, &subject).await?;
    services.record(&mut tx, &user.id, Action::SignedIn, None, visitor).await?;
    let token = services.open_session(&mut tx, Holder::User(user.id), None, visitor).await?;
    Database::commit(tx).await?;
    Ok(token)
}

/// An unknown login is written down too, as a number for each door: the time of a commit must not tell whether there
/// is such a one.
pub(super) async fn count_unknown(services: &Services, connection: &mut Connection, door: &str) -> Result<(), Fault> {
    let _ = SIGN_IN_UNKNOWN.hit(connection, door, services.now()).await?;
    Ok(())
}

/// The login of a user, as its owner sees it.
///
/// # Errors
/// [`Fault`].
pub async fn user(services: &Services, user_id: &UserId) -> Result<Option<User>, Fault> {
    Ok(users::by_id(&mut *services.db().read().await?, user_id).await?)
}

/// Why a password was not changed.
#[derive(Debug)]
pub enum ChangeError {
    /// The current one is wrong.
    WrongCurrent,
    /// The new one breaks the rule.
    New(PasswordError),
    /// A limit was reached.
    TooOften(TooOften),
    /// Nobody's fault at the other end.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for ChangeError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Changes the password; every other session of the user ends.
///
/// # Errors
/// [`ChangeError`].
pub async fn change_password(
    services: &Services,
    session: &Session,
    user_id: &UserId,
    current: &str,
    new: &str,
    visitor: &Visitor,
) -> Result<(), ChangeError> {
    let user = user(services, user_id).await?.ok_or(Fault::Broken("a session of no user"))?;
    let policy = services.settings().password_policy;
    policy.check(new, Some(&user.login)).map_err(ChangeError::New)?;
    let counted = services.count_password_try(SIGN_IN_LOGIN, user.login.as_str(), &visitor.network()).await?;
    counted.map_err(ChangeError::TooOften)?;
    if !services.passwords().verify(current, Some(&user.password_hash)).await? {
        return Err(ChangeError::WrongCurrent);
    }
    let hash = services.passwords().hash(new).await?;
    let mut tx = services.db().begin().await?;
    SIGN_IN_LOGIN.clear(&mut tx, user.login.as_str()).await?;
    users::set_password(&mut tx, user_id, &hash).await?;
    sessions::remove_others(&mut tx, user_id, &session.token_hash).await?;
    services.record(&mut tx, user_id, Action::PasswordChanged, None, visitor).await?;
    services.send(&mut tx, &user.login, services.text_password_changed()).await?;
    Database::commit(tx).await?;
    Ok(())
}

/// Ends every session of a user but this one.
///
/// # Errors
/// [`Fault`].
pub async fn end_other_sessions(
    services: &Services,
    session: &Session,
    user_id: &UserId,
    visitor: &Visitor,
) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    sessions::remove_others(&mut tx, user_id, &session.token_hash).await?;
    services.record(&mut tx, user_id, Action::SessionsEnded, None, visitor).await?;
    Ok(Database::commit(tx).await?)
}

/// Remembers how a user wants to be called; `None` forgets it.
///
/// # Errors
/// [`Fault`].
pub async fn rename(services: &Services, user_id: &UserId, name: Option<&str>) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    users::set_name(&mut tx, user_id, name).await?;
    Ok(Database::commit(tx).await?)
}
