//! Changing the password in the settings. Requires the current one; ends other sessions and pending recoveries.

use super::audit::Action;
use super::limits::{Browser, CURRENT_PASSWORD, SIGN_IN_LOGIN, TooOften};
use super::sessions::{Session, end_all_but};
use super::sign_in::{User, user};
use super::{Fault, Services, Visitor};
use crate::domain::id::{Owner, UserId};
use crate::domain::password::PasswordError;
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

/// Why the current password was not accepted.
pub(super) enum CurrentRefused {
    /// It is wrong.
    Wrong,
    /// A limit was reached.
    TooOften(TooOften),
}

impl From<CurrentRefused> for ChangeError {
    fn from(refused: CurrentRefused) -> Self {
        match refused {
            CurrentRefused::Wrong => Self::WrongCurrent,
            CurrentRefused::TooOften(limit) => Self::TooOften(limit),
        }
    }
}

/// Compares the current password of a signed-in user; a try is counted before.
pub(super) async fn check_current(
    services: &Services,
    user: &User,
    current: &str,
    visitor: &Visitor,
) -> Result<Result<(), CurrentRefused>, Fault> {
    let counted = services.count_password_try(CURRENT_PASSWORD, user.id.as_str(), Browser::SignedIn).await?;
    if let Err(limit) = counted {
        return Ok(Err(CurrentRefused::TooOften(limit)));
    }
    if services.passwords().verify(current, Some(&user.password_hash)).await? {
        return Ok(Ok(()));
    }
    let mut tx = services.db().begin().await?;
    services.record(&mut tx, &user.id, Action::CurrentPasswordWrong, None, visitor).await?;
    Database::commit(tx).await?;
    Ok(Err(CurrentRefused::Wrong))
}

/// Changes the password, ends every other session of the user, voids pending recoveries and changes of contacts.
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
    check_current(services, &user, current, visitor).await??;
    let hash = services.passwords().hash(new).await?;
    let mut tx = services.db().begin().await?;
    // A recovery may have set another password while the hashes were computed: do not overwrite it.
    let now_kept = users::lock(&mut tx, user_id).await?.map(|user| user.password_hash);
    if now_kept.as_ref() != Some(&user.password_hash) {
        return Err(ChangeError::WrongCurrent);
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
