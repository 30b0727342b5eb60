//! Changing the password in the settings. Requires the current one; ends other sessions and pending recoveries.

use super::audit::Action;
use super::limits::{Browser, CURRENT_PASSWORD, SIGN_IN_LOGIN};
use super::refused::{Correctable, Refused};
use super::sessions::end_all_but;
use super::{Fault, Services, Visitor};
use crate::domain::id::{Owner, UserId};
use crate::domain::password::PasswordError;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::storage::credentials::Credentials;
use crate::storage::{Database, contacts, recoveries, users};

/// Why a password was not changed.
#[derive(Debug)]
pub enum ChangeError {
    /// A field was left empty: not counted as a try.
    Missing {
        /// The current password is empty.
        current: bool,
        /// The new password is empty.
        new: bool,
    },
    /// The current password is wrong.
    WrongCurrent,
    /// The new password violates the policy.
    New(PasswordError),
}

impl Correctable for ChangeError {}

/// The current password is wrong.
pub(super) struct WrongCurrent;

impl Correctable for WrongCurrent {}

/// The signed-in user with the stored password hash.
pub(super) async fn own_credentials(services: &Services, user_id: &UserId) -> Result<Credentials<User>, Fault> {
    let stored = users::credentials_by_id(&mut *services.db().read().await?, user_id).await?;
    stored.ok_or(Fault::Broken("a session of no user"))
}

/// Compares the current password of a signed-in user; a try is counted before.
pub(super) async fn check_current(
    services: &Services,
    stored: &Credentials<User>,
    current: &str,
    visitor: &Visitor,
) -> Result<(), Refused<WrongCurrent>> {
    let Credentials { person: user, password_hash } = stored;
    services.count_password_try(CURRENT_PASSWORD, user.id.as_str(), Browser::SignedIn).await??;
    if services.passwords().verify(current, Some(password_hash)).await? {
        return Ok(());
    }
    let mut tx = services.db().begin().await?;
    services.record(&mut tx, &user.id, Action::CurrentPasswordWrong, None, visitor).await?;
    Database::commit(tx).await?;
    Err(WrongCurrent.into())
}

/// Changes the password, ends every other session of the user, voids pending recoveries and changes of contacts.
///
/// # Errors
/// [`Refused`] when a field is empty, the current password is wrong, the new one violates the policy, a limit is
/// reached, or on an internal error.
pub async fn change_password(
    services: &Services,
    session: &Session,
    user_id: &UserId,
    current: &str,
    new: &str,
    visitor: &Visitor,
) -> Result<(), Refused<ChangeError>> {
    if current.is_empty() || new.is_empty() {
        return Err(ChangeError::Missing { current: current.is_empty(), new: new.is_empty() }.into());
    }
    let stored = own_credentials(services, user_id).await?;
    let user = &stored.person;
    services.check_new_password(new, &user.login, Some(user_id)).await?.map_err(ChangeError::New)?;
    let checked = check_current(services, &stored, current, visitor).await;
    checked.map_err(|refused| refused.map(|WrongCurrent| ChangeError::WrongCurrent))?;
    let hash = services.passwords().hash(new).await?;
    let mut tx = services.db().begin().await?;
    // A recovery may have set another password while the hashes were computed: do not overwrite it.
    let now_kept = users::lock_credentials(&mut tx, user_id).await?.map(|stored| stored.password_hash);
    if now_kept.as_ref() != Some(&stored.password_hash) {
        return Err(ChangeError::WrongCurrent.into());
    }
    users::set_password(&mut tx, user_id, &hash).await?;
    recoveries::void(&mut tx, user_id, services.now()).await?;
    contacts::void(&mut tx, user_id).await?;
    let owner = Owner::User(user_id.clone());
    let device = visitor.device_hash.as_deref().unwrap_or_default();
    end_all_but(services, &mut tx, &owner, &session.token_hash, device).await?;
    CURRENT_PASSWORD.clear(services, &mut tx, user_id.as_str()).await?;
    SIGN_IN_LOGIN.clear(services, &mut tx, user.login.as_str()).await?;
    services.record(&mut tx, user_id, Action::PasswordChanged, None, visitor).await?;
    services.alert(&mut tx, user_id, &user.login, services.text_password_changed()).await?;
    Database::commit(tx).await?;
    Ok(())
}
