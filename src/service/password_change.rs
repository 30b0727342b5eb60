//! Changing the password in the settings. Requires the current one; ends other sessions and pending recoveries.

use super::audit::Action;
use super::limits::{Browser, CURRENT_PASSWORD, SIGN_IN_LOGIN, TooOften};
use super::sessions::{Session, end_all_but};
use super::sign_in::user;
use super::{Fault, Services, Visitor};
use crate::domain::id::{Owner, UserId};
use crate::domain::password::PasswordError;
use crate::storage::{Database, recoveries, users};

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
    /// A limit was reached.
    TooOften(TooOften),
    /// An internal error.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for ChangeError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Changes the password, ends every other session of the user and voids pending recoveries.
///
/// # Errors
/// [`ChangeError`] when a field is empty, the current password is wrong, the new one violates the policy, a limit is
/// reached, or on an internal error.
pub async fn change_password(
    services: &Services,
    session: &Session,
    user_id: &UserId,
    current: &str,
    new: &str,
    visitor: &Visitor,
) -> Result<(), ChangeError> {
    if current.is_empty() || new.is_empty() {
        return Err(ChangeError::Missing { current: current.is_empty(), new: new.is_empty() });
    }
    let user = user(services, user_id).await?.ok_or(Fault::Broken("a session of no user"))?;
    services.check_new_password(new, &user.login, Some(user_id)).await?.map_err(ChangeError::New)?;
    let counted = services.count_password_try(CURRENT_PASSWORD, user_id.as_str(), Browser::SignedIn).await?;
    counted.map_err(ChangeError::TooOften)?;
    if !services.passwords().verify(current, Some(&user.password_hash)).await? {
        let mut tx = services.db().begin().await?;
        services.record(&mut tx, user_id, Action::CurrentPasswordWrong, None, visitor).await?;
        Database::commit(tx).await?;
        return Err(ChangeError::WrongCurrent);
    }
    let hash = services.passwords().hash(new).await?;
    let mut tx = services.db().begin().await?;
    // A recovery may have set another password while the hashes were computed: do not overwrite it.
    let now_kept = users::lock(&mut tx, user_id).await?.map(|user| user.password_hash);
    if now_kept.as_ref() != Some(&user.password_hash) {
        return Err(ChangeError::WrongCurrent);
    }
    users::set_password(&mut tx, user_id, &hash).await?;
    recoveries::void(&mut tx, user_id, services.now()).await?;
    let owner = Owner::User(user_id.clone());
    let device = visitor.device_hash.as_deref().unwrap_or_default();
    end_all_but(services, &mut tx, &owner, &session.token_hash, device).await?;
    CURRENT_PASSWORD.clear(services, &mut tx, user_id.as_str()).await?;
    SIGN_IN_LOGIN.clear(services, &mut tx, user.login.as_str()).await?;
    services.record(&mut tx, user_id, Action::PasswordChanged, None, visitor).await?;
    services.send(&mut tx, &user.login, services.text_password_changed()).await?;
    Database::commit(tx).await?;
    Ok(())
}
