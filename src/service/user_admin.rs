//! What an administrator does about a user: finds, locks, unlocks, ends sessions.

use super::audit::Action;
use super::messages::Text;
use super::{Fault, Services, Visitor, second_factor};
use crate::domain::account::{Access, AccountNumber};
use crate::domain::calendar::Moment;
use crate::domain::id::Owner;
use crate::domain::login::Login;
use crate::storage::users::{self, User};
use crate::storage::{Connection, Database, accounts, devices, sessions};

/// What an administrator sees of a user: no name, no address.
pub struct Found {
    /// The user's identifier, as logs and the trail name them.
    pub id: String,
    /// The login, hidden but for its ends.
    pub masked: String,
    /// When the user was made.
    pub created_at: Moment,
    /// When the user was locked.
    pub locked_at: Option<Moment>,
    /// The linked accounts with their access.
    pub accounts: Vec<(AccountNumber, Access)>,
    /// How many sessions live.
    pub sessions: usize,
    /// Whether the second factor is on.
    pub second_factor: bool,
}

/// Looks a user up by the login; `None` when there is none.
///
/// # Errors
/// [`Fault`].
pub async fn find(services: &Services, login: &Login) -> Result<Option<Found>, Fault> {
    let mut connection = services.db().read().await?;
    let Some(user) = users::by_login(&mut connection, login).await? else { return Ok(None) };
    let linked = accounts::linked_of_user(&mut connection, &user.id).await?;
    let found = Found {
        id: user.id.to_string(),
        masked: user.login.masked(),
        created_at: users::created_at(&mut connection, &user.id).await?,
        locked_at: user.locked_at,
        accounts: linked.into_iter().map(|own| (own.account.number, own.access)).collect(),
        sessions: sessions::of_user(&mut connection, &user.id, services.now()).await?.len(),
        second_factor: second_factor::state(services, &Owner::User(user.id)).await? != second_factor::State::Off,
    };
    Ok(Some(found))
}

async fn by_login(connection: &mut Connection, login: &Login) -> Result<Option<User>, Fault> {
    Ok(users::by_login(connection, login).await?)
}

/// Locks a user: no session, no sign-in, and a letter that says whom to write to. `false` when there is no such user.
///
/// # Errors
/// [`Fault`].
pub async fn lock(services: &Services, login: &Login) -> Result<bool, Fault> {
    let mut tx = services.db().begin().await?;
    let Some(user) = by_login(&mut tx, login).await? else { return Ok(false) };
    users::set_locked(&mut tx, &user.id, Some(services.now())).await?;
    end_everything(&mut tx, &user).await?;
    services.record(&mut tx, &user.id, Action::UserLocked, None, &Visitor::administrator()).await?;
    services.send(&mut tx, &user.login, text_locked(services)).await?;
    Database::commit(tx).await?;
    Ok(true)
}

/// Unlocks a user. `false` when there is no such user.
///
/// # Errors
/// [`Fault`].
pub async fn unlock(services: &Services, login: &Login) -> Result<bool, Fault> {
    let mut tx = services.db().begin().await?;
    let Some(user) = by_login(&mut tx, login).await? else { return Ok(false) };
    users::set_locked(&mut tx, &user.id, None).await?;
    services.record(&mut tx, &user.id, Action::UserUnlocked, None, &Visitor::administrator()).await?;
    Database::commit(tx).await?;
    Ok(true)
}

/// Ends every session of a user. `false` when there is no such user.
///
/// # Errors
/// [`Fault`].
pub async fn end_sessions(services: &Services, login: &Login) -> Result<bool, Fault> {
    let mut tx = services.db().begin().await?;
    let Some(user) = by_login(&mut tx, login).await? else { return Ok(false) };
    end_everything(&mut tx, &user).await?;
    let action = Action::SessionsEndedByAdministrator;
    services.record(&mut tx, &user.id, action, None, &Visitor::administrator()).await?;
    Database::commit(tx).await?;
    Ok(true)
}

/// Removes the second factor of a user who lost the phone and the backup codes. `false` when there was none.
///
/// # Errors
/// [`Fault`].
pub async fn reset_second_factor(services: &Services, login: &Login) -> Result<bool, Fault> {
    let Some(user) = by_login(&mut *services.db().read().await?, login).await? else { return Ok(false) };
    second_factor::reset(services, &Owner::User(user.id), &Visitor::administrator()).await
}

async fn end_everything(connection: &mut Connection, user: &User) -> Result<(), Fault> {
    sessions::remove_others(connection, &user.id, "").await?;
    Ok(devices::forget_others(connection, &Owner::User(user.id.clone()), "").await?)
}

fn text_locked(services: &Services) -> Text {
    let support = &services.settings().support_email;
    Text {
        subject: "Вход в личный кабинет закрыт",
        letter: services.letter("Мы закрыли вход в ваш личный кабинет. Напишите нам, и мы разберёмся."),
        sms: format!("Вход в личный кабинет закрыт. Напишите нам: {support}"),
    }
}
