//! Operators: added, disabled and given providers by an administrator; `sign_in` lets them in at a separate door.

use thiserror::Error;

use super::audit::Action;
use super::limits::{Browser, CURRENT_PASSWORD, OPERATOR_LOGIN, TooOften};
use super::sessions::Session;
use super::{Fault, Services, Visitor};
use crate::domain::calendar::Moment;
use crate::domain::id::{OperatorId, Owner, ProviderId, SessionId};
use crate::domain::login::Login;
use crate::domain::password::{PasswordError, PasswordPolicy};
use crate::domain::text::clean_text;
pub use crate::storage::operators::Operator;
use crate::storage::{Connection, Database, StorageError, devices, operators, providers, second_factors, sessions};
use crate::telemetry::{self, SecurityEvent};

/// Least length of an operator's password, in characters: it opens other people's accounts.
pub const PASSWORD_LEAST: usize = 10;
/// Longest login, in characters.
const LOGIN_MOST: usize = 60;

/// Why an operator was not added or changed.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// The login is empty, too long or has strange characters.
    #[error("the login must be 1 to 60 plain characters")]
    Login,
    /// The password breaks the rule.
    #[error("the password must have at least 10 characters and resist guessing: {0}")]
    Password(#[from] PasswordError),
    /// The contact is neither an e-mail address nor a phone.
    #[error("the contact must be an e-mail address or a mobile phone")]
    Contact,
    /// There is one with that login.
    #[error("there is an operator with this login already")]
    Taken,
    /// There is none with that login.
    #[error("there is no operator with this login; `kabinet operator list` shows all")]
    Unknown,
    /// There is no provider with that code.
    #[error("there is no provider {0}; import it first")]
    Provider(String),
    /// An internal error.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for OperatorError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

/// A new operator, as an administrator writes them.
#[derive(Clone, Copy)]
pub struct NewOperator<'a> {
    /// What they sign in with.
    pub login: &'a str,
    /// How colleagues call them.
    pub name: &'a str,
    /// Their own e-mail address or phone.
    pub contact: Option<&'a str>,
    /// Codes of their providers; none is all.
    pub providers: &'a [String],
    /// The password.
    pub password: &'a str,
}

/// Adds an operator.
///
/// # Errors
/// [`OperatorError`].
pub async fn add(services: &Services, new: NewOperator<'_>) -> Result<OperatorId, OperatorError> {
    let login = clean_text(new.login, LOGIN_MOST).map_err(|_| OperatorError::Login)?.to_lowercase();
    check_password(services, &login, new.password)?;
    let contact = new.contact.map(Login::parse).transpose().map_err(|_| OperatorError::Contact)?;
    let operator = Operator {
        id: OperatorId::trusted(services.nature().id()),
        login,
        name: new.name.to_owned(),
        password_hash: services.passwords().hash(new.password).await?,
        disabled_at: None,
        contact: contact.map(|contact| contact.as_str().to_owned()),
        all_providers: new.providers.is_empty(),
    };
    let mut tx = services.db().begin().await?;
    let providers = provider_ids(&mut tx, new.providers).await?;
    match operators::insert(&mut tx, &operator, services.now()).await {
        Err(StorageError::Conflict) => return Err(OperatorError::Taken),
        other => other?,
    }
    operators::set_providers(&mut tx, &operator.id, &providers).await?;
    record(services, &mut tx, &operator.id, Action::OperatorAdded, &Visitor::administrator()).await?;
    Database::commit(tx).await?;
    Ok(operator.id)
}

/// The modern rule, whatever the subscribers have, and longer.
fn check_password(services: &Services, login: &str, password: &str) -> Result<(), PasswordError> {
    if !password.is_empty() && password.chars().count() < PASSWORD_LEAST {
        return Err(PasswordError::TooShort);
    }
    services.check_password(PasswordPolicy::Modern, password, &[login])
}

async fn provider_ids(connection: &mut Connection, codes: &[String]) -> Result<Vec<ProviderId>, OperatorError> {
    let mut found = Vec::with_capacity(codes.len());
    for code in codes {
        let provider = providers::by_code(connection, code).await?;
        found.push(provider.ok_or_else(|| OperatorError::Provider(code.clone()))?.id);
    }
    Ok(found)
}

async fn record(
    services: &Services,
    connection: &mut Connection,
    id: &OperatorId,
    action: Action,
    visitor: &Visitor,
) -> Result<(), StorageError> {
    services.record_operator(connection, id, None, action, None, visitor).await
}

/// Makes the demo's operator, whose password everybody knows; `None` when there is one.
///
/// # Errors
/// [`Fault`].
pub async fn make_for_demo(
    services: &Services,
    login: &str,
    name: &str,
    password: &str,
) -> Result<Option<OperatorId>, Fault> {
    let operator = Operator {
        id: OperatorId::trusted(services.nature().id()),
        login: login.to_owned(),
        name: name.to_owned(),
        password_hash: services.passwords().hash(password).await?,
        disabled_at: None,
        contact: None,
        all_providers: true,
    };
    let mut tx = services.db().begin().await?;
    match operators::insert(&mut tx, &operator, services.now()).await {
        Err(StorageError::Conflict) => return Ok(None),
        other => other?,
    }
    Database::commit(tx).await?;
    Ok(Some(operator.id))
}

/// An operator in the administrator's list.
pub struct Listed {
    /// The operator.
    pub operator: Operator,
    /// Codes of their providers; empty for all.
    pub providers: Vec<String>,
    /// Whether the second factor is on.
    pub second_factor: bool,
    /// When they signed in last.
    pub last_sign_in: Option<Moment>,
}

/// Every operator.
///
/// # Errors
/// [`Fault`].
pub async fn list(services: &Services) -> Result<Vec<Listed>, Fault> {
    let mut connection = services.db().read().await?;
    let mut listed = Vec::new();
    for operator in operators::all(&mut connection).await? {
        let owner = Owner::Operator(operator.id.clone());
        listed.push(Listed {
            providers: operators::provider_codes(&mut connection, &operator.id).await?,
            second_factor: second_factors::find(&mut connection, &owner).await?.is_some_and(|factor| factor.confirmed),
            last_sign_in: operators::last_sign_in(&mut connection, &operator.id).await?,
            operator,
        });
    }
    Ok(listed)
}

async fn by_login(connection: &mut Connection, login: &str) -> Result<Operator, OperatorError> {
    operators::by_login(connection, &login.trim().to_lowercase()).await?.ok_or(OperatorError::Unknown)
}

/// Disables an operator: their sessions end at once. Disabling twice changes nothing.
///
/// # Errors
/// [`OperatorError`].
pub async fn disable(services: &Services, login: &str) -> Result<(), OperatorError> {
    let mut tx = services.db().begin().await?;
    let operator = by_login(&mut tx, login).await?;
    operators::set_disabled(&mut tx, &operator.id, Some(services.now())).await?;
    end_everything(&mut tx, &operator.id).await?;
    record(services, &mut tx, &operator.id, Action::OperatorDisabled, &Visitor::administrator()).await?;
    Ok(Database::commit(tx).await?)
}

/// Ends the sessions of an operator and forgets their browsers.
async fn end_everything(connection: &mut Connection, id: &OperatorId) -> Result<(), StorageError> {
    sessions::remove_of_operator(connection, id, "").await?;
    devices::forget_others(connection, &Owner::Operator(id.clone()), "").await
}

/// Enables an operator again; they sign in with their password and second factor.
///
/// # Errors
/// [`OperatorError`].
pub async fn enable(services: &Services, login: &str) -> Result<(), OperatorError> {
    let mut tx = services.db().begin().await?;
    let operator = by_login(&mut tx, login).await?;
    operators::set_disabled(&mut tx, &operator.id, None).await?;
    record(services, &mut tx, &operator.id, Action::OperatorEnabled, &Visitor::administrator()).await?;
    Ok(Database::commit(tx).await?)
}

/// Gives an operator another password; their sessions end.
///
/// # Errors
/// [`OperatorError`].
pub async fn set_password(services: &Services, login: &str, password: &str) -> Result<(), OperatorError> {
    let operator = by_login(&mut *services.db().read().await?, login).await?;
    check_password(services, &operator.login, password)?;
    let hash = services.passwords().hash(password).await?;
    let mut tx = services.db().begin().await?;
    operators::set_password(&mut tx, &operator.id, &hash).await?;
    end_everything(&mut tx, &operator.id).await?;
    record(services, &mut tx, &operator.id, Action::OperatorPasswordChanged, &Visitor::administrator()).await?;
    Ok(Database::commit(tx).await?)
}

/// Replaces the providers of an operator; none is all.
///
/// # Errors
/// [`OperatorError`].
pub async fn set_providers(services: &Services, login: &str, codes: &[String]) -> Result<(), OperatorError> {
    let mut tx = services.db().begin().await?;
    let operator = by_login(&mut tx, login).await?;
    let providers = provider_ids(&mut tx, codes).await?;
    operators::set_providers(&mut tx, &operator.id, &providers).await?;
    record(services, &mut tx, &operator.id, Action::OperatorScopeChanged, &Visitor::administrator()).await?;
    Ok(Database::commit(tx).await?)
}

/// Removes the second factor of an operator who lost the phone; their sessions end, and the next sign-in sets up another.
///
/// # Errors
/// [`OperatorError`].
pub async fn reset_second_factor(services: &Services, login: &str) -> Result<bool, OperatorError> {
    let operator = by_login(&mut *services.db().read().await?, login).await?;
    let owner = Owner::Operator(operator.id.clone());
    let removed = super::second_factor::reset(services, &owner, &Visitor::administrator()).await?;
    let mut tx = services.db().begin().await?;
    end_everything(&mut tx, &operator.id).await?;
    Database::commit(tx).await?;
    Ok(removed)
}

/// The operator of a session; `None` once disabled.
///
/// # Errors
/// [`Fault`].
pub async fn by_id(services: &Services, id: &OperatorId) -> Result<Option<Operator>, Fault> {
    let operator = operators::by_id(&mut *services.db().read().await?, id).await?;
    Ok(operator.filter(|operator| operator.disabled_at.is_none()))
}

/// Why an operator's own password was not changed.
#[derive(Debug)]
pub enum ChangeError {
    /// The current one is wrong.
    WrongCurrent,
    /// The new one breaks the rule.
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

/// Changes an operator's own password; their other sessions end.
///
/// # Errors
/// [`ChangeError`].
pub async fn change_password(
    services: &Services,
    session: &Session,
    operator: &Operator,
    current: &str,
    new: &str,
    visitor: &Visitor,
) -> Result<(), ChangeError> {
    check_password(services, &operator.login, new).map_err(ChangeError::New)?;
    let counted = services.count_password_try(CURRENT_PASSWORD, operator.id.as_str(), Browser::SignedIn).await?;
    counted.map_err(ChangeError::TooOften)?;
    if !services.passwords().verify(current, Some(&operator.password_hash)).await? {
        let mut tx = services.db().begin().await?;
        record(services, &mut tx, &operator.id, Action::CurrentPasswordWrong, visitor).await?;
        Database::commit(tx).await?;
        return Err(ChangeError::WrongCurrent);
    }
    let hash = services.passwords().hash(new).await?;
    let mut tx = services.db().begin().await?;
    // An administrator may have set another password, or disabled the operator, while the hashes were computed.
    let now_kept = operators::lock(&mut tx, &operator.id).await?;
    if now_kept.is_none_or(|kept| kept.password_hash != operator.password_hash || kept.disabled_at.is_some()) {
        return Err(ChangeError::WrongCurrent);
    }
    operators::set_password(&mut tx, &operator.id, &hash).await?;
    sessions::remove_of_operator(&mut tx, &operator.id, &session.token_hash).await?;
    let owner = Owner::Operator(operator.id.clone());
    devices::forget_others(&mut tx, &owner, visitor.device_hash.as_deref().unwrap_or_default()).await?;
    CURRENT_PASSWORD.clear(services, &mut tx, operator.id.as_str()).await?;
    OPERATOR_LOGIN.clear(services, &mut tx, &operator.login).await?;
    record(services, &mut tx, &operator.id, Action::OperatorPasswordChanged, visitor).await?;
    Ok(Database::commit(tx).await?)
}

/// The living sessions of an operator, the last seen first.
///
/// # Errors
/// [`Fault`].
pub async fn sessions_of(services: &Services, id: &OperatorId) -> Result<Vec<Session>, Fault> {
    Ok(sessions::of_operator(&mut *services.db().read().await?, id, services.now()).await?)
}

/// Ends one of an operator's own sessions, or with `None` all but this one.
///
/// # Errors
/// [`Fault`].
pub async fn end_sessions(
    services: &Services,
    session: &Session,
    operator: &Operator,
    which: Option<&SessionId>,
    visitor: &Visitor,
) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    let action = match which {
        None => {
            sessions::remove_of_operator(&mut tx, &operator.id, &session.token_hash).await?;
            Action::SessionsEnded
        }
        Some(id) => {
            let all = sessions::of_operator(&mut tx, &operator.id, services.now()).await?;
            let Some(one) = all.iter().find(|one| one.id == *id) else {
                telemetry::security(SecurityEvent::ForeignId);
                return Ok(());
            };
            sessions::remove(&mut tx, &one.token_hash).await?;
            Action::SessionEnded
        }
    };
    record(services, &mut tx, &operator.id, action, visitor).await?;
    Ok(Database::commit(tx).await?)
}
