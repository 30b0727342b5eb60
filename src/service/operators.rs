//! Operators: an administrator adds and disables them and assigns their providers; they sign in on a separate page
//! (`sign_in`).

use std::collections::BTreeSet;

use thiserror::Error;

use super::audit::Action;
use super::installation::{self, Kind};
use super::limits::{Browser, CURRENT_PASSWORD, OPERATOR_LOGIN};
use super::refused::{Correctable, Refused};
use super::sessions::{end_all, end_all_but};
use super::{Fault, Services, Visitor, second_factor};
use crate::domain::calendar::Moment;
use crate::domain::id::{OperatorId, Owner, ProviderId, SessionId};
use crate::domain::login::Login;
use crate::domain::operator::Operator;
pub use crate::domain::operator::Providers;
use crate::domain::password::{PasswordError, PasswordPolicy};
use crate::domain::session::Session;
use crate::domain::text::clean_text;
use crate::storage::{Connection, Database, StorageError, operators, providers, second_factors, sessions};
use crate::telemetry::{self, SecurityEvent};

/// Minimum length of an operator's password, in characters: it opens other people's accounts.
pub const PASSWORD_LEAST: usize = 10;
/// Longest login, in characters.
const MAX_LOGIN: usize = 60;
/// Longest name, in characters: as long as an applicant's.
const MAX_NAME: usize = 120;

/// Why an operator was not added or changed.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// The login is empty, too long or has invalid characters.
    #[error("the login must be one line of 1 to {MAX_LOGIN} plain characters")]
    Login,
    /// The name is empty, too long or has invalid characters.
    #[error("the name must be one line of 1 to {MAX_NAME} plain characters")]
    Name,
    /// The password violates the policy.
    #[error("the password must have at least 10 characters and resist guessing: {0}")]
    Password(#[from] PasswordError),
    /// The contact is neither an e-mail address nor a phone.
    #[error("the contact must be an e-mail address or a mobile phone")]
    Contact,
    /// The login is already taken.
    #[error("there is an operator with this login already")]
    Taken,
    /// No operator has that login.
    #[error("there is no operator with the login {0:?}; `kabinet operator list` shows all")]
    Unknown(String),
    /// No provider has that code.
    #[error("there is no provider {0:?}; import it first")]
    Provider(String),
    /// No provider was named, which is not the same as all of them.
    #[error("name at least one provider, or all of them")]
    NoProvider,
    /// An internal error.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for OperatorError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

/// A new operator, as entered by an administrator.
#[derive(Clone, Copy)]
pub struct NewOperator<'a> {
    /// The login.
    pub login: &'a str,
    /// The display name.
    pub name: &'a str,
    /// Their own e-mail address or phone.
    pub contact: Option<&'a str>,
    /// The codes of their providers.
    pub providers: Providers<&'a [String]>,
    /// The password.
    pub password: &'a str,
}

/// Adds an operator. The first operator marks a database without a kind as real; a demo database may get more
/// operators.
///
/// # Errors
/// [`OperatorError`] when a field is invalid, the login is taken, a provider is unknown or missing, or on an internal
/// error.
pub async fn add(services: &Services, new: NewOperator<'_>) -> Result<OperatorId, OperatorError> {
    let login = line(new.login, MAX_LOGIN).ok_or(OperatorError::Login)?.to_lowercase();
    let name = line(new.name, MAX_NAME).ok_or(OperatorError::Name)?;
    check_password(services, &login, new.password)?;
    let contact = new.contact.map(Login::parse).transpose().map_err(|_| OperatorError::Contact)?;
    let operator = Operator {
        id: OperatorId::trusted(services.nature().id()),
        login,
        name,
        disabled_at: None,
        contact: contact.map(|contact| contact.as_str().to_owned()),
        all_providers: new.providers == Providers::All,
    };
    let password_hash = services.passwords().hash(new.password).await?;
    let mut tx = services.db().begin().await?;
    let providers = Asked::find(&mut tx, new.providers).await?;
    installation::mark_within(&mut tx, Kind::Real).await?;
    match operators::insert(&mut tx, &operator, &password_hash, services.now()).await {
        Err(StorageError::Conflict) => return Err(OperatorError::Taken),
        other => other?,
    }
    operators::set_providers(&mut tx, &operator.id, providers.ids()).await?;
    record(services, &mut tx, &operator.id, Action::OperatorAdded, &Visitor::administrator()).await?;
    Database::commit(tx).await?;
    Ok(operator.id)
}

/// The modern policy, independent of the subscribers' policy, with a greater minimum length.
fn check_password(services: &Services, login: &str, password: &str) -> Result<(), PasswordError> {
    if !password.is_empty() && password.chars().count() < PASSWORD_LEAST {
        return Err(PasswordError::TooShort);
    }
    services.check_password(PasswordPolicy::Modern, password, &[login])
}

/// A typed text of one line. Tabs and invisible characters are rejected, not removed: the name is stored as typed.
fn line(text: &str, most: usize) -> Option<String> {
    clean_text(text, most).ok().filter(|cleaned| cleaned == text.trim() && !cleaned.contains('\n'))
}

/// The providers requested by an administrator: all exist, and duplicate codes are removed.
struct Asked {
    codes: Providers<Vec<String>>,
    ids: Vec<ProviderId>,
}

impl Asked {
    async fn find(connection: &mut Connection, asked: Providers<&[String]>) -> Result<Self, OperatorError> {
        let Providers::Only(codes) = asked else { return Ok(Self { codes: Providers::All, ids: Vec::new() }) };
        let codes: BTreeSet<&String> = codes.iter().collect();
        let mut ids = Vec::with_capacity(codes.len());
        for code in &codes {
            let provider = providers::by_code(connection, code).await?;
            ids.push(provider.ok_or_else(|| OperatorError::Provider((*code).clone()))?.id);
        }
        if ids.is_empty() {
            return Err(OperatorError::NoProvider);
        }
        Ok(Self { codes: Providers::Only(codes.into_iter().cloned().collect()), ids })
    }

    fn ids(&self) -> Providers<&[ProviderId]> {
        match self.codes {
            Providers::All => Providers::All,
            Providers::Only(_) => Providers::Only(&self.ids),
        }
    }
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

/// Creates the demo's operator, whose password is public; `None` when it already exists.
///
/// # Errors
/// [`Fault`] when the storage or the hashing fails.
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
        disabled_at: None,
        contact: None,
        all_providers: true,
    };
    let password_hash = services.passwords().hash(password).await?;
    let mut tx = services.db().begin().await?;
    match operators::insert(&mut tx, &operator, &password_hash, services.now()).await {
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
    /// The codes of their providers, sorted.
    pub providers: Providers<Vec<String>>,
    /// Whether the second factor is on.
    pub second_factor: bool,
    /// When they signed in last.
    pub last_sign_in: Option<Moment>,
}

/// Every operator.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn list(services: &Services) -> Result<Vec<Listed>, Fault> {
    let mut connection = services.db().read().await?;
    let mut listed = Vec::new();
    for operator in operators::all(&mut connection).await? {
        let owner = Owner::Operator(operator.id.clone());
        listed.push(Listed {
            providers: providers_of(&mut connection, &operator).await?,
            second_factor: second_factors::find(&mut connection, &owner).await?.is_some_and(|factor| factor.confirmed),
            last_sign_in: operators::last_sign_in(&mut connection, &operator.id).await?,
            operator,
        });
    }
    Ok(listed)
}

/// The codes of an operator's providers, sorted.
async fn providers_of(
    connection: &mut Connection,
    operator: &Operator,
) -> Result<Providers<Vec<String>>, StorageError> {
    if operator.all_providers {
        return Ok(Providers::All);
    }
    let mut codes = operators::provider_codes(connection, &operator.id).await?;
    // The database engines sort letters, digits and dashes differently.
    codes.sort_unstable();
    Ok(Providers::Only(codes))
}

async fn by_login(connection: &mut Connection, login: &str) -> Result<Operator, OperatorError> {
    let found = operators::by_login(connection, &login.trim().to_lowercase()).await?;
    found.ok_or_else(|| OperatorError::Unknown(login.to_owned()))
}

/// The operator with a login, with their row locked until the transaction ends: concurrent actions of two
/// administrators, or of one and the operator, are serialised.
async fn lock(connection: &mut Connection, login: &str) -> Result<Operator, OperatorError> {
    let found = by_login(connection, login).await?;
    let locked = operators::lock(connection, &found.id).await?;
    locked.ok_or_else(|| OperatorError::Unknown(login.to_owned()))
}

/// Disables an operator and ends their sessions at once. Returns since when they were already disabled; then nothing
/// changes.
///
/// # Errors
/// [`OperatorError`] when no operator has the login, or on an internal error.
pub async fn disable(services: &Services, login: &str) -> Result<Option<Moment>, OperatorError> {
    let mut tx = services.db().begin().await?;
    let operator = lock(&mut tx, login).await?;
    if operator.disabled_at.is_some() {
        return Ok(operator.disabled_at);
    }
    operators::set_disabled(&mut tx, &operator.id, Some(services.now())).await?;
    end_all(services, &mut tx, &Owner::Operator(operator.id.clone())).await?;
    record(services, &mut tx, &operator.id, Action::OperatorDisabled, &Visitor::administrator()).await?;
    Database::commit(tx).await?;
    Ok(None)
}

/// Enables an operator again; they sign in with their password and second factor. `false` when they were enabled: then
/// nothing changes.
///
/// # Errors
/// [`OperatorError`] when no operator has the login, or on an internal error.
pub async fn enable(services: &Services, login: &str) -> Result<bool, OperatorError> {
    let mut tx = services.db().begin().await?;
    let operator = lock(&mut tx, login).await?;
    if operator.disabled_at.is_none() {
        return Ok(false);
    }
    operators::set_disabled(&mut tx, &operator.id, None).await?;
    record(services, &mut tx, &operator.id, Action::OperatorEnabled, &Visitor::administrator()).await?;
    Database::commit(tx).await?;
    Ok(true)
}

/// Sets an operator's password and ends their sessions. It overrides a concurrent change by the operator, because it
/// may have to lock out a thief who has the old password. Of two administrators the last one wins.
///
/// # Errors
/// [`OperatorError`] when no operator has the login, the password violates the policy, or on an internal error.
pub async fn set_password(services: &Services, login: &str, password: &str) -> Result<(), OperatorError> {
    let known = by_login(&mut *services.db().read().await?, login).await?;
    check_password(services, &known.login, password)?;
    let hash = services.passwords().hash(password).await?;
    let mut tx = services.db().begin().await?;
    let operator = lock(&mut tx, login).await?;
    operators::set_password(&mut tx, &operator.id, &hash).await?;
    end_all(services, &mut tx, &Owner::Operator(operator.id.clone())).await?;
    record(services, &mut tx, &operator.id, Action::OperatorPasswordChanged, &Visitor::administrator()).await?;
    Ok(Database::commit(tx).await?)
}

/// Replaces the providers of an operator. `false` when they are the same: then nothing changes.
///
/// # Errors
/// [`OperatorError`] when no operator has the login, a provider is unknown or missing, or on an internal error.
pub async fn set_providers(
    services: &Services,
    login: &str,
    providers: Providers<&[String]>,
) -> Result<bool, OperatorError> {
    let mut tx = services.db().begin().await?;
    let operator = lock(&mut tx, login).await?;
    let asked = Asked::find(&mut tx, providers).await?;
    if providers_of(&mut tx, &operator).await? == asked.codes {
        return Ok(false);
    }
    operators::set_providers(&mut tx, &operator.id, asked.ids()).await?;
    record(services, &mut tx, &operator.id, Action::OperatorScopeChanged, &Visitor::administrator()).await?;
    Database::commit(tx).await?;
    Ok(true)
}

/// Removes the second factor of an operator who lost the phone; their sessions end, and the next sign-in sets up
/// another. `false` when there was none.
///
/// # Errors
/// [`OperatorError`] when no operator has the login, or on an internal error.
pub async fn reset_second_factor(services: &Services, login: &str) -> Result<bool, OperatorError> {
    let mut tx = services.db().begin().await?;
    let operator = lock(&mut tx, login).await?;
    let owner = Owner::Operator(operator.id.clone());
    let removed = second_factor::reset(services, &mut tx, &owner, &Visitor::administrator()).await?;
    end_all(services, &mut tx, &owner).await?;
    Database::commit(tx).await?;
    Ok(removed)
}

/// The operator of a session; `None` when disabled.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn by_id(services: &Services, id: &OperatorId) -> Result<Option<Operator>, Fault> {
    let operator = operators::by_id(&mut *services.db().read().await?, id).await?;
    Ok(operator.filter(|operator| operator.disabled_at.is_none()))
}

/// Why an operator's own password was not changed.
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

/// Changes an operator's own password; their other sessions end.
///
/// # Errors
/// [`Refused`] when a field is empty, the current password is wrong, the new one violates the policy, a limit is
/// reached, or on an internal error.
pub async fn change_password(
    services: &Services,
    session: &Session,
    operator: &Operator,
    current: &str,
    new: &str,
    visitor: &Visitor,
) -> Result<(), Refused<ChangeError>> {
    if current.is_empty() || new.is_empty() {
        return Err(ChangeError::Missing { current: current.is_empty(), new: new.is_empty() }.into());
    }
    check_password(services, &operator.login, new).map_err(ChangeError::New)?;
    let counted = services.count_password_try(CURRENT_PASSWORD, operator.id.as_str(), Browser::SignedIn).await?;
    counted?;
    let stored = operators::credentials_by_id(&mut *services.db().read().await?, &operator.id).await?;
    let password_hash = stored.ok_or(Fault::Broken("a session of no operator"))?.password_hash;
    if !services.passwords().verify(current, Some(&password_hash)).await? {
        let mut tx = services.db().begin().await?;
        record(services, &mut tx, &operator.id, Action::CurrentPasswordWrong, visitor).await?;
        Database::commit(tx).await?;
        return Err(ChangeError::WrongCurrent.into());
    }
    let hash = services.passwords().hash(new).await?;
    let mut tx = services.db().begin().await?;
    // An administrator may have set another password, or disabled the operator, while the hashes were computed.
    let now_kept = operators::lock_credentials(&mut tx, &operator.id).await?;
    if now_kept.is_none_or(|kept| kept.password_hash != password_hash || kept.person.disabled_at.is_some()) {
        return Err(ChangeError::WrongCurrent.into());
    }
    operators::set_password(&mut tx, &operator.id, &hash).await?;
    let owner = Owner::Operator(operator.id.clone());
    let device = visitor.device_hash.as_deref().unwrap_or_default();
    end_all_but(services, &mut tx, &owner, &session.token_hash, device).await?;
    CURRENT_PASSWORD.clear(services, &mut tx, operator.id.as_str()).await?;
    OPERATOR_LOGIN.clear(services, &mut tx, &operator.login).await?;
    record(services, &mut tx, &operator.id, Action::OperatorPasswordChanged, visitor).await?;
    Ok(Database::commit(tx).await?)
}

/// The active sessions of an operator, the last seen first.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn sessions_of(services: &Services, id: &OperatorId) -> Result<Vec<Session>, Fault> {
    Ok(sessions::of_operator(&mut *services.db().read().await?, id, services.now()).await?)
}

/// Ends one of an operator's own sessions, or with `None` all except this one. No event is recorded if no session ends.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn end_sessions(
    services: &Services,
    session: &Session,
    operator: &Operator,
    which: Option<&SessionId>,
    visitor: &Visitor,
) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    let (ended, action) = match which {
        None => {
            let owner = Owner::Operator(operator.id.clone());
            let ended = sessions::remove_others(&mut tx, &owner, &session.token_hash, services.now()).await?;
            (ended > 0, Action::SessionsEnded)
        }
        Some(id) => {
            let all = sessions::of_operator(&mut tx, &operator.id, services.now()).await?;
            let Some(one) = all.iter().find(|one| one.id == *id) else {
                telemetry::security(SecurityEvent::ForeignId);
                return Ok(());
            };
            (sessions::remove(&mut tx, &one.token_hash).await?, Action::SessionEnded)
        }
    };
    if ended {
        record(services, &mut tx, &operator.id, action, visitor).await?;
    }
    Ok(Database::commit(tx).await?)
}
