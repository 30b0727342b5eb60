//! Operators: added on the command line; `sign_in` lets them in at a separate door.

use thiserror::Error;

use super::{Fault, Services};
use crate::domain::id::OperatorId;
use crate::domain::text::clean_text;
pub use crate::storage::operators::Operator;
use crate::storage::{Database, StorageError, operators};

/// Least length of an operator's password, in characters: it opens other people's accounts.
pub const PASSWORD_LEAST: usize = 10;
/// Longest login, in characters.
const LOGIN_MOST: usize = 60;

/// Why an operator was not made.
#[derive(Debug, Error)]
pub enum AddError {
    /// The login is empty, too long or has strange characters.
    #[error("the login must be 1 to 60 plain characters")]
    Login,
    /// The password is too short.
    #[error("the password must have at least 10 characters")]
    Password,
    /// There is one with that login.
    #[error("there is an operator with this login already")]
    Taken,
    /// Nobody's fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Makes an operator.
///
/// # Errors
/// [`AddError`].
pub async fn add(services: &Services, login: &str, name: &str, password: &str) -> Result<OperatorId, AddError> {
    let login = clean_text(login, LOGIN_MOST).map_err(|_| AddError::Login)?.to_lowercase();
    if password.chars().count() < PASSWORD_LEAST {
        return Err(AddError::Password);
    }
    let operator = Operator {
        id: OperatorId::trusted(services.nature().id()),
        login,
        name: name.to_owned(),
        password_hash: services.passwords().hash(password).await?,
        disabled_at: None,
    };
    let fault = |error: StorageError| AddError::Fault(error.into());
    let mut tx = services.db().begin().await.map_err(fault)?;
    match operators::insert(&mut tx, &operator, services.now()).await {
        Err(StorageError::Conflict) => return Err(AddError::Taken),
        other => other.map_err(fault)?,
    }
    Database::commit(tx).await.map_err(fault)?;
    Ok(operator.id)
}

/// The operator of a session; `None` once disabled.
///
/// # Errors
/// [`Fault`].
pub async fn by_id(services: &Services, id: &OperatorId) -> Result<Option<Operator>, Fault> {
    let operator = operators::by_id(&mut *services.db().read().await?, id).await?;
    Ok(operator.filter(|operator| operator.disabled_at.is_none()))
}
