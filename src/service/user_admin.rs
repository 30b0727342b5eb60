//! Administration of users: find, lock, unlock, end sessions.

use thiserror::Error;

use super::audit::Action;
use super::messages::Text;
use super::sessions::end_all;
use super::{Fault, Services, Visitor, second_factor};
use crate::domain::account::{Access, AccountNumber};
use crate::domain::calendar::Moment;
use crate::domain::id::Owner;
use crate::domain::login::Login;
use crate::domain::user::User;
use crate::storage::{Connection, Database, StorageError, links, sessions, users};

/// Why an action on a user failed.
#[derive(Debug, Error)]
pub enum UserAdminError {
    /// No user has that login.
    #[error("there is no such user")]
    Unknown,
    /// An internal error.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for UserAdminError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

/// A user as shown to an administrator: no name, no address.
pub struct Found {
    /// The user's identifier, as logs and the trail name them.
    pub id: String,
    /// The login, masked except for its ends.
    pub masked: String,
    /// When the user was created.
    pub created_at: Moment,
    /// When the user was locked.
    pub locked_at: Option<Moment>,
    /// The linked accounts with their access.
    pub accounts: Vec<(AccountNumber, Access)>,
    /// Number of active sessions, including those that wait for the second factor.
    pub sessions: i64,
    /// Whether the second factor is on.
    pub second_factor: bool,
}

/// Looks a user up by the login; `None` when there is none.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn find(services: &Services, login: &Login) -> Result<Option<Found>, Fault> {
    let mut connection = services.db().read().await?;
    let Some(user) = users::by_login(&mut connection, login).await? else { return Ok(None) };
    let linked = links::linked_of_user(&mut connection, &user.id).await?;
    let found = Found {
        id: user.id.to_string(),
        masked: user.login.masked(),
        created_at: users::created_at(&mut connection, &user.id).await?,
        locked_at: user.locked_at,
        accounts: linked.into_iter().map(|linked| (linked.own.number, linked.own.access)).collect(),
        sessions: sessions::count_of_user(&mut connection, &user.id, services.now()).await?,
        second_factor: second_factor::state(services, &Owner::User(user.id)).await? != second_factor::State::Off,
    };
    Ok(Some(found))
}

/// The user with a login, with their row locked until the transaction ends: concurrent administrators see each other's
/// changes.
async fn lock_row(connection: &mut Connection, login: &Login) -> Result<User, UserAdminError> {
    let found = users::by_login(connection, login).await?.ok_or(UserAdminError::Unknown)?;
    users::lock(connection, &found.id).await?.ok_or(UserAdminError::Unknown)
}

/// Locks a user: ends their sessions, blocks sign-in and sends a letter with a contact. Returns since when the user was
/// already locked; then nothing changes and nothing is sent.
///
/// # Errors
/// [`UserAdminError`] when no user has the login, or on an internal error.
pub async fn lock(services: &Services, login: &Login) -> Result<Option<Moment>, UserAdminError> {
    let mut tx = services.db().begin().await?;
    let user = lock_row(&mut tx, login).await?;
    if user.locked_at.is_some() {
        return Ok(user.locked_at);
    }
    users::set_locked(&mut tx, &user.id, Some(services.now())).await?;
    end_all(services, &mut tx, &Owner::User(user.id.clone())).await?;
    services.record(&mut tx, &user.id, Action::UserLocked, None, &Visitor::administrator()).await?;
    services.alert(&mut tx, &user.id, &user.login, text_locked(services)).await?;
    Database::commit(tx).await?;
    Ok(None)
}

/// Unlocks a user. `false` when the user was not locked: then nothing changes.
///
/// # Errors
/// [`UserAdminError`] when no user has the login, or on an internal error.
pub async fn unlock(services: &Services, login: &Login) -> Result<bool, UserAdminError> {
    let mut tx = services.db().begin().await?;
    let user = lock_row(&mut tx, login).await?;
    if user.locked_at.is_none() {
        return Ok(false);
    }
    users::set_locked(&mut tx, &user.id, None).await?;
    services.record(&mut tx, &user.id, Action::UserUnlocked, None, &Visitor::administrator()).await?;
    Database::commit(tx).await?;
    Ok(true)
}

/// Ends every session of a user and forgets their browsers. Returns how many were active; no event is recorded for 0.
///
/// # Errors
/// [`UserAdminError`] when no user has the login, or on an internal error.
pub async fn end_sessions(services: &Services, login: &Login) -> Result<usize, UserAdminError> {
    let mut tx = services.db().begin().await?;
    let user = lock_row(&mut tx, login).await?;
    let ended = end_all(services, &mut tx, &Owner::User(user.id.clone())).await?;
    if ended > 0 {
        let action = Action::SessionsEndedByAdministrator;
        services.record(&mut tx, &user.id, action, None, &Visitor::administrator()).await?;
    }
    Database::commit(tx).await?;
    Ok(ended)
}

/// Removes the second factor of a user who lost the phone and the backup codes. `false` when there was none.
///
/// # Errors
/// [`UserAdminError`] when no user has the login, or on an internal error.
pub async fn reset_second_factor(services: &Services, login: &Login) -> Result<bool, UserAdminError> {
    let mut tx = services.db().begin().await?;
    let owner = Owner::User(lock_row(&mut tx, login).await?.id);
    let removed = second_factor::reset(services, &mut tx, &owner, &Visitor::administrator()).await?;
    Database::commit(tx).await?;
    Ok(removed)
}

fn text_locked(services: &Services) -> Text {
    let support = &services.settings().support_email;
    Text {
        subject: "Вход в личный кабинет закрыт",
        letter: services.letter("Мы закрыли вход в ваш личный кабинет. Напишите нам, и мы разберёмся."),
        sms: format!("Вход в личный кабинет закрыт. Напишите нам: {support}"),
    }
}
