//! Operators: made on the command line, signed in at a separate door.

use thiserror::Error;

use super::audit::Action;
use super::limits::OPERATOR_LOGIN;
use super::sessions::{Holder, Token};
use super::sign_in::{SignInError, count_unknown};
use super::{Fault, Services, Visitor};
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

/// Signs an operator in; same answer and same time for an unknown login and a wrong password.
///
/// # Errors
/// [`SignInError`].
pub async fn sign_in(
    services: &Services,
    login: &str,
    password: &str,
    visitor: &Visitor,
) -> Result<Token, SignInError> {
    let login = login.trim().to_lowercase();
    if login.is_empty() {
        return Err(SignInError::EmptyLogin);
    }
    if password.is_empty() {
        return Err(SignInError::EmptyPassword);
    }
    let counted = services.count_password_try(OPERATOR_LOGIN, &login, &visitor.network()).await?;
    counted.map_err(SignInError::TooOften)?;
    let operator = operators::by_login(&mut *services.db().read().await?, &login).await?;
    let hash = operator.as_ref().map(|operator| operator.password_hash.as_str());
    let right = services.passwords().verify(password, hash).await?;

    let mut tx = services.db().begin().await?;
    let Some(operator) = operator.as_ref().filter(|_| right) else {
        match &operator {
            Some(operator) => {
                let action = Action::OperatorSignInFailed;
                services.record_operator(&mut tx, &operator.id, None, action, None, visitor).await?;
            }
            None => count_unknown(services, &mut tx, "operators").await?,
        }
        Database::commit(tx).await?;
        return Err(SignInError::Wrong);
    };
    OPERATOR_LOGIN.clear(&mut tx, &login).await?;
    services.record_operator(&mut tx, &operator.id, None, Action::OperatorSignedIn, None, visitor).await?;
    let token = services.open_session(&mut tx, Holder::Operator(operator.id.clone()), None, visitor).await?;
    Database::commit(tx).await?;
    Ok(token)
}

/// The operator of a session.
///
/// # Errors
/// [`Fault`].
pub async fn by_id(services: &Services, id: &OperatorId) -> Result<Option<Operator>, Fault> {
    Ok(operators::by_id(&mut *services.db().read().await?, id).await?)
}
