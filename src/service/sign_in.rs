//! Sign-in, in shared code for users and operators. An unknown login and a wrong password get the same answer in the
//! same time.

use super::audit::Action;
use super::limits::{Browser, Limit, OPERATOR_LOGIN, SIGN_IN_LOGIN, SIGN_IN_NOTED, SIGN_IN_UNKNOWN, TooOften};
use super::refused::{Correctable, Refused};
use super::sessions::{Holder, Token};
use super::{Fault, Services, Visitor, second_factor};
use crate::domain::id::{Owner, UserId};
use crate::domain::login::Login;
use crate::domain::operator::Operator;
use crate::domain::typed::tidy;
use crate::domain::user::User;
use crate::storage::credentials::Credentials as Stored;
use crate::storage::{Connection, Database, StorageError, devices, operators, users};
use crate::telemetry::{self, SecurityEvent};

/// The sign-in page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Door {
    /// For subscribers.
    Portal,
    /// For operators.
    Console,
}

/// Why a sign-in was rejected.
#[derive(Debug)]
pub enum SignInError {
    /// A field was left empty: not counted as a try.
    Missing {
        /// The login is empty.
        login: bool,
        /// The password is empty.
        password: bool,
    },
    /// Unknown login or wrong password: the answer does not say which.
    Wrong,
    /// The password is right, but an administrator locked the user or disabled the operator.
    Locked,
}

impl Correctable for SignInError {}

/// The result of a right password.
#[derive(Clone, Eq, PartialEq)]
pub enum Step {
    /// A full session.
    SignedIn(SignedIn),
    /// A pending session that only accepts the second factor.
    SecondFactor(Token),
}

/// The cookies of a sign-in.
#[derive(Clone, Eq, PartialEq)]
pub struct SignedIn {
    /// The session cookie.
    pub session: Token,
    /// The device cookie, when the browser is new to this person.
    pub device: Option<Token>,
}

/// The stored credentials of a login.
#[derive(Clone)]
struct Credentials {
    owner: Owner,
    password_hash: String,
    locked: bool,
}

impl From<Stored<User>> for Credentials {
    fn from(Stored { person, password_hash }: Stored<User>) -> Self {
        Self { locked: person.locked_at.is_some(), owner: Owner::User(person.id), password_hash }
    }
}

impl From<Stored<Operator>> for Credentials {
    fn from(Stored { person, password_hash }: Stored<Operator>) -> Self {
        Self { locked: person.disabled_at.is_some(), owner: Owner::Operator(person.id), password_hash }
    }
}

impl Door {
    const fn limit(self) -> Limit {
        match self {
            Self::Portal => SIGN_IN_LOGIN,
            Self::Console => OPERATOR_LOGIN,
        }
    }

    /// The normalised login, for limits and look-ups: one spelling for all variants.
    fn normalise(self, login: &str) -> String {
        let lower = || tidy(login).trim().to_lowercase();
        match self {
            Self::Portal => Login::parse(login).map_or_else(|_| lower(), |login| login.as_str().to_owned()),
            Self::Console => lower(),
        }
    }

    async fn find(self, connection: &mut Connection, login: &str) -> Result<Option<Credentials>, StorageError> {
        match self {
            Self::Portal => {
                let Ok(login) = Login::parse(login) else { return Ok(None) };
                Ok(users::credentials(connection, &login).await?.map(Credentials::from))
            }
            Self::Console => Ok(operators::credentials(connection, login).await?.map(Credentials::from)),
        }
    }
}

/// The current credentials, with their row locked until the transaction ends.
async fn lock(connection: &mut Connection, owner: &Owner) -> Result<Option<Credentials>, StorageError> {
    Ok(match owner {
        Owner::User(id) => users::lock_credentials(connection, id).await?.map(Credentials::from),
        Owner::Operator(id) => operators::lock_credentials(connection, id).await?.map(Credentials::from),
    })
}

/// Signs a person in with a new session; the previous session of the browser ends.
///
/// # Errors
/// [`Refused`] when a field is empty, the credentials are wrong or locked, a limit is reached, or on an internal
/// error.
pub async fn sign_in(
    services: &Services,
    door: Door,
    login: &str,
    password: &str,
    visitor: &Visitor,
) -> Result<Step, Refused<SignInError>> {
    let (no_login, no_password) = (login.trim().is_empty(), password.is_empty());
    if no_login || no_password {
        return Err(SignInError::Missing { login: no_login, password: no_password }.into());
    }
    let login = door.normalise(login);
    let (found, known) = look_up(services, door, &login, visitor).await?;
    let browser = match &visitor.device_hash {
        Some(device) if known => Browser::Known(device),
        _ => Browser::Unknown(visitor),
    };
    count_try(services, door, &login, browser, found.as_ref(), visitor).await??;
    let hash = found.as_ref().map(|found| found.password_hash.as_str());
    let right = services.passwords().verify(password, hash).await?;
    let mut tx = services.db().begin().await?;
    let current = match &found {
        Some(found) => lock(&mut tx, &found.owner).await?,
        None => None,
    };
    // The password may have been changed while the hash was computed: the old one is no longer valid.
    let unchanged = current.as_ref().map(|current| current.password_hash.as_str()) == hash;
    let Some(owner) = current.clone().filter(|_| right && unchanged) else {
        record_failure(services, &mut tx, door, current.as_ref(), visitor).await?;
        Database::commit(tx).await?;
        telemetry::security(SecurityEvent::SignInRefused);
        return Err(SignInError::Wrong.into());
    };
    if owner.locked {
        telemetry::security(SecurityEvent::LockedOut);
        return Err(SignInError::Locked.into());
    }
    door.limit().clear(services, &mut tx, &login).await?;
    let step = admit(services, &mut tx, owner.owner.clone(), visitor).await?;
    Database::commit(tx).await?;
    strengthen(services, &owner, password).await?;
    Ok(step)
}

/// Counts a try before the password is compared. A rejected try is recorded in the same transaction.
async fn count_try(
    services: &Services,
    door: Door,
    login: &str,
    browser: Browser<'_>,
    found: Option<&Credentials>,
    visitor: &Visitor,
) -> Result<Result<(), TooOften>, Fault> {
    let mut tx = services.db().begin().await?;
    let counted = services.password_try(&mut tx, door.limit(), login, browser).await?;
    if counted.is_err() {
        note_refused(services, &mut tx, door, found.map(|found| &found.owner), visitor).await?;
    }
    Database::commit(tx).await?;
    Ok(counted)
}

/// A person's audit trail gets one event for each window of rejected tries. All other rejected tries increment a
/// counter, so that the timing does not reveal whether the login exists.
async fn note_refused(
    services: &Services,
    connection: &mut Connection,
    door: Door,
    owner: Option<&Owner>,
    visitor: &Visitor,
) -> Result<(), Fault> {
    if let Some(owner) = owner
        && SIGN_IN_NOTED.is_full(services, connection, owner.as_str()).await?.is_none()
        && SIGN_IN_NOTED.hit(services, connection, owner.as_str()).await?.is_ok()
    {
        let refused = Action::SignInRefused;
        return Ok(record_of(services, connection, owner, refused, refused, visitor).await?);
    }
    count_unknown(services, connection, door).await
}

/// Rehashes the password if its hash is weaker than the settings require, while the plain password is available.
async fn strengthen(services: &Services, owner: &Credentials, password: &str) -> Result<(), Fault> {
    let old = &owner.password_hash;
    if !services.passwords().is_weak(old) {
        return Ok(());
    }
    let new = match services.passwords().hash(password).await {
        // The sign-in has already succeeded: the next one rehashes.
        Err(Fault::Busy) => return Ok(()),
        hashed => hashed?,
    };
    let mut tx = services.db().begin().await?;
    match &owner.owner {
        Owner::User(id) => users::rehash(&mut tx, id, old, &new).await?,
        Owner::Operator(id) => operators::rehash(&mut tx, id, old, &new).await?,
    }
    Ok(Database::commit(tx).await?)
}

async fn look_up(
    services: &Services,
    door: Door,
    login: &str,
    visitor: &Visitor,
) -> Result<(Option<Credentials>, bool), StorageError> {
    let mut connection = services.db().read().await?;
    let found = door.find(&mut connection, login).await?;
    let known = match (&found, &visitor.device_hash) {
        (Some(found), Some(hash)) => devices::knows(&mut connection, hash, &found.owner, services.now()).await?,
        _ => false,
    };
    Ok((found, known))
}

/// Opens a full session, or the pending one that asks for the second factor.
pub(super) async fn admit(
    services: &Services,
    connection: &mut Connection,
    owner: Owner,
    visitor: &Visitor,
) -> Result<Step, Fault> {
    if second_factor::is_needed(connection, &owner).await? {
        second_factor::send_demo_code(services, connection, &owner).await?;
        let holder = Holder::Pending(owner);
        return Ok(Step::SecondFactor(services.open_session(connection, holder, None, visitor).await?));
    }
    Ok(Step::SignedIn(open_signed_in(services, connection, owner, visitor).await?))
}

/// Whether an administrator locked the user or disabled the operator; locks the row until the transaction ends.
pub(super) async fn is_locked(connection: &mut Connection, owner: &Owner) -> Result<bool, StorageError> {
    Ok(lock(connection, owner).await?.is_none_or(|credentials| credentials.locked))
}

/// Opens the full session of a fully authenticated person, and remembers the browser.
pub(super) async fn open_signed_in(
    services: &Services,
    connection: &mut Connection,
    owner: Owner,
    visitor: &Visitor,
) -> Result<SignedIn, Fault> {
    open_with_flash(services, connection, owner, None, visitor).await
}

/// As [`open_signed_in`], with a flash message for the first page.
pub(super) async fn open_with_flash(
    services: &Services,
    connection: &mut Connection,
    owner: Owner,
    flash: Option<&str>,
    visitor: &Visitor,
) -> Result<SignedIn, Fault> {
    let device = services.remember_device(connection, &owner, visitor).await?;
    let of_user = if device.is_some() { Action::SignInOnNewDevice } else { Action::SignedIn };
    record_of(services, connection, &owner, of_user, Action::OperatorSignedIn, visitor).await?;
    let session = services.open_session(connection, owner.into(), flash, visitor).await?;
    Ok(SignedIn { session, device })
}

/// Records an action of a user, or the corresponding action of an operator.
pub(super) async fn record_of(
    services: &Services,
    connection: &mut Connection,
    owner: &Owner,
    of_user: Action,
    of_operator: Action,
    visitor: &Visitor,
) -> Result<(), StorageError> {
    match owner {
        Owner::User(id) => services.record(connection, id, of_user, None, visitor).await,
        Owner::Operator(id) => services.record_operator(connection, id, None, of_operator, None, visitor).await,
    }
}

async fn record_failure(
    services: &Services,
    connection: &mut Connection,
    door: Door,
    known: Option<&Credentials>,
    visitor: &Visitor,
) -> Result<(), Fault> {
    match known {
        Some(known) => {
            let owner = &known.owner;
            let (user, operator) = (Action::SignInFailed, Action::OperatorSignInFailed);
            Ok(record_of(services, connection, owner, user, operator, visitor).await?)
        }
        None => count_unknown(services, connection, door).await,
    }
}

/// Counts an unknown login, for each door: the time of a commit must not reveal whether the login exists.
async fn count_unknown(services: &Services, connection: &mut Connection, door: Door) -> Result<(), Fault> {
    let door = match door {
        Door::Portal => "portal",
        Door::Console => "console",
    };
    let _ = SIGN_IN_UNKNOWN.hit(services, connection, door).await?;
    Ok(())
}

/// The user with an identifier.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn user(services: &Services, user_id: &UserId) -> Result<Option<User>, Fault> {
    Ok(users::by_id(&mut *services.db().read().await?, user_id).await?)
}
