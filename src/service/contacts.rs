//! The second contact of a user, and a new login (M1). A new address counts only after its code; the answers do not
//! reveal whether a login is taken: the same pages, the same timing, and the difference only in the letter.

mod messages;

use std::convert::Infallible;

use super::audit::Action;
use super::limits::{CONTACT_CODES, CURRENT_PASSWORD, TooOften};
use super::one_time::{CODE_TRIES, CodeOf};
use super::password_change::{WrongCurrent, check_current, own_credentials};
use super::refused::{Correctable, Declined, Refused};
use super::sessions::end_all_but;
use super::sign_in::user;
use super::{Fault, Services, Visitor, paperless};
use crate::domain::calendar::Span;
use crate::domain::id::{Owner, UserId};
use crate::domain::login::{Login, LoginError};
use crate::domain::one_time::{CodeError, SmsCode};
use crate::domain::session::Session;
use crate::domain::user::User;
pub use crate::storage::contacts::ChangeOf;
use crate::storage::contacts::{self, Change};
use crate::storage::{Connection, Database, StorageError, recoveries, users};
use crate::telemetry::{self, SecurityEvent};

/// How long a code is valid: the time to fetch it, and no more.
const CODE_LIFETIME: Span = Span::minutes(10);
/// How long after its last code a change may get another: a change that was begun with the password must not go
/// on the next day without it.
const CHANGE_LIFETIME: Span = Span::hours(1);

/// Why a change was not begun.
#[derive(Debug)]
pub enum BeginError {
    /// The address is malformed.
    Address(LoginError),
    /// The second contact would be of the kind of the login.
    SameKind,
    /// The address is the one that is used already.
    Same,
    /// The current password is missing: not counted as a try. The address may be malformed too.
    NoPassword(Option<LoginError>),
    /// The current password is wrong.
    WrongPassword,
    /// A limit of passwords was reached; [`Refused::TooOften`] is a limit of codes.
    PasswordTooOften(TooOften),
}

impl Correctable for BeginError {}

/// Why a code was rejected.
#[derive(Debug)]
pub enum ConfirmError {
    /// The input is not a valid code: not counted as a try.
    Code(CodeError),
    /// The code is wrong.
    Wrong {
        /// The number of tries left.
        left: i64,
    },
    /// No tries are left: the user needs a new code.
    NoTriesLeft,
    /// The code has expired: the user needs a new one.
    Expired,
    /// Nothing waits for a code: it was confirmed before, replaced or forgotten.
    Gone,
    /// Another user took the login meanwhile.
    LoginTaken,
}

impl Correctable for ConfirmError {}

/// The confirmed second contact of a user.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn second_contact(services: &Services, user_id: &UserId) -> Result<Option<Login>, Fault> {
    Ok(contacts::of_user(&mut *services.db().read().await?, user_id).await?)
}

/// Begins adding a second contact: sends a code to the address. The confirmed address replaces the current contact.
///
/// # Errors
/// [`Refused`] when the address is malformed, of the kind of the login or known already, a limit is reached, or on an
/// internal error.
pub async fn begin_contact(
    services: &Services,
    user_id: &UserId,
    typed: &str,
    visitor: &Visitor,
) -> Result<(), Refused<BeginError>> {
    let address = Login::parse(typed).map_err(BeginError::Address)?;
    let user = user(services, user_id).await?.ok_or(Fault::Broken("a session of no user"))?;
    if same_kind(&address, &user.login) {
        return Err(BeginError::SameKind.into());
    }
    if second_contact(services, user_id).await?.as_ref() == Some(&address) {
        return Err(BeginError::Same.into());
    }
    send_code(services, user_id, ChangeOf::Contact, &address, visitor).await
}

/// Begins a change of the login: requires the current password, sends a code to the new address. A login that is taken
/// gets a letter without a code.
///
/// # Errors
/// [`Refused`] when the address is malformed or the current login, the password is missing or wrong, a limit is
/// reached, or on an internal error.
pub async fn begin_login_change(
    services: &Services,
    user_id: &UserId,
    typed: &str,
    current_password: &str,
    visitor: &Visitor,
) -> Result<(), Refused<BeginError>> {
    let address = Login::parse(typed);
    if current_password.is_empty() {
        return Err(BeginError::NoPassword(address.err()).into());
    }
    let address = address.map_err(BeginError::Address)?;
    let stored = own_credentials(services, user_id).await?;
    if address == stored.person.login {
        return Err(BeginError::Same.into());
    }
    let checked = check_current(services, &stored, current_password, visitor).await;
    checked.map_err(|refused| match refused {
        Refused::This(WrongCurrent) => BeginError::WrongPassword.into(),
        Refused::TooOften(limit) => BeginError::PasswordTooOften(limit).into(),
        Refused::Fault(fault) => Refused::Fault(fault),
    })?;
    send_code(services, user_id, ChangeOf::Login, &address, visitor).await
}

const fn same_kind(one: &Login, other: &Login) -> bool {
    one.is_phone() == other.is_phone()
}

const fn code_of(of: ChangeOf) -> CodeOf {
    match of {
        ChangeOf::Contact => CodeOf::Contact,
        ChangeOf::Login => CodeOf::Login,
    }
}

/// Sends a new code and stores the change that waits for it; an earlier code of the same kind becomes void.
async fn send_code<E>(
    services: &Services,
    user_id: &UserId,
    of: ChangeOf,
    address: &Login,
    visitor: &Visitor,
) -> Result<(), Refused<E>> {
    services.count(CONTACT_CODES, user_id.as_str()).await??;
    services.count_send(address, visitor, None).await??;
    let (id, code, now) = (services.nature().id(), services.issue_code(), services.now());
    let change = Change {
        code_mac: services.code_mac(&code, code_of(of), &id),
        id,
        user_id: user_id.clone(),
        of,
        address: address.clone(),
        expires_at: now.plus(CODE_LIFETIME),
        tries: 0,
        last_sent_at: now,
    };
    let mut tx = services.db().begin().await?;
    contacts::begin(&mut tx, &change).await?;
    let is_taken = users::by_login(&mut tx, address).await?.is_some();
    let (text, action) = match of {
        ChangeOf::Contact => (services.text_contact_code(&code), Action::ContactAsked),
        ChangeOf::Login if is_taken => (services.text_login_taken(), Action::LoginAsked),
        ChangeOf::Login => (services.text_login_code(&code), Action::LoginAsked),
    };
    services.send(&mut tx, address, text).await?;
    if of == ChangeOf::Login {
        CURRENT_PASSWORD.clear(services, &mut tx, user_id.as_str()).await?;
    }
    services.record(&mut tx, user_id, action, None, visitor).await?;
    Ok(Database::commit(tx).await?)
}

/// A change that waits for its code, as its page shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiting {
    /// The new address: the user typed it.
    pub address: Login,
    /// Seconds until a new letter or SMS may be requested.
    pub resend_in: i64,
}

/// The change of a user that waits for its code.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn waiting(services: &Services, user_id: &UserId, of: ChangeOf) -> Result<Option<Waiting>, Fault> {
    let change = pending(services, user_id, of).await?;
    Ok(change.map(|change| Waiting { resend_in: services.resend_in(change.last_sent_at), address: change.address }))
}

async fn pending(services: &Services, user_id: &UserId, of: ChangeOf) -> Result<Option<Change>, StorageError> {
    let change = contacts::pending(&mut *services.db().read().await?, user_id, of).await?;
    Ok(change.filter(|change| services.now().since(change.last_sent_at) < CHANGE_LIFETIME))
}

/// Sends a new code for the pending change; the previous code becomes void. `false` when nothing waits.
///
/// # Errors
/// [`Refused::TooOften`] within a minute of the last code, or after a day's number of codes; [`Refused::Fault`] on an
/// internal error.
pub async fn resend(
    services: &Services,
    user_id: &UserId,
    of: ChangeOf,
    visitor: &Visitor,
) -> Result<bool, Refused<Infallible>> {
    let Some(change) = pending(services, user_id, of).await? else { return Ok(false) };
    send_code(services, user_id, of, &change.address, visitor).await?;
    Ok(true)
}

/// The change whose code was typed. Counts a try and commits it before the comparison, so that parallel guesses are
/// counted one by one. The same code again is no new try: a reload posts it again.
async fn with_code(
    services: &Services,
    user_id: &UserId,
    of: ChangeOf,
    typed: &str,
    visitor: &Visitor,
) -> Result<Change, Declined<ConfirmError>> {
    let code = SmsCode::parse(typed).map_err(ConfirmError::Code)?;
    let change = pending(services, user_id, of).await?.ok_or(ConfirmError::Gone)?;
    let (tries, is_new) = count_code(services, &change, &code).await?;
    if change.expires_at <= services.now() {
        return Err(ConfirmError::Expired.into());
    }
    if services.code_matches(&change.code_mac, code_of(of), &change.id, &code) {
        return Ok(change);
    }
    if is_new {
        telemetry::security(SecurityEvent::SecretRefused);
        let mut tx = services.db().begin().await?;
        services.record(&mut tx, user_id, Action::ContactCodeWrong, None, visitor).await?;
        Database::commit(tx).await?;
    }
    let left = CODE_TRIES - tries;
    let error = if left > 0 { ConfirmError::Wrong { left } } else { ConfirmError::NoTriesLeft };
    Err(error.into())
}

/// Counts a try of a code, unless the same code was counted before: then `false`. Returns the tries so far.
async fn count_code(
    services: &Services,
    change: &Change,
    code: &SmsCode,
) -> Result<(i64, bool), Declined<ConfirmError>> {
    let mut tx = services.db().begin().await?;
    if !services.is_new_try(&mut tx, Some(&change.code_mac), &change.id, code).await? {
        return Ok((change.tries, false));
    }
    let tries = contacts::count_try(&mut tx, &change.id, CODE_TRIES).await?.ok_or(ConfirmError::NoTriesLeft)?;
    Database::commit(tx).await?;
    Ok((tries, true))
}

/// The user with the row locked until the transaction ends, and the change taken: the second of two concurrent
/// confirmations finds none.
async fn take(connection: &mut Connection, change: &Change) -> Result<User, Declined<ConfirmError>> {
    let user = users::lock(connection, &change.user_id).await?.filter(|user| user.locked_at.is_none());
    let user = user.ok_or(ConfirmError::Gone)?;
    if !contacts::take(connection, &change.id).await? {
        return Err(ConfirmError::Gone.into());
    }
    Ok(user)
}

/// Confirms the second contact by its code. The login and the previous contact get a letter or an SMS.
///
/// # Errors
/// [`Declined`] when the code is malformed, wrong or expired, no tries are left, nothing waits for a code, or on an
/// internal error.
pub async fn confirm_contact(
    services: &Services,
    user_id: &UserId,
    code: &str,
    visitor: &Visitor,
) -> Result<(), Declined<ConfirmError>> {
    let change = with_code(services, user_id, ChangeOf::Contact, code, visitor).await?;
    let mut tx = services.db().begin().await?;
    let user = take(&mut tx, &change).await?;
    let text = services.text_contact_added(&change.address);
    services.alert(&mut tx, user_id, &user.login, text).await?;
    contacts::set(&mut tx, user_id, &change.address, services.now()).await?;
    services.record(&mut tx, user_id, Action::ContactAdded, None, visitor).await?;
    Ok(Database::commit(tx).await?)
}

/// Removes the second contact; it and the login get a letter or an SMS. `false` when there was none.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn remove_contact(services: &Services, user_id: &UserId, visitor: &Visitor) -> Result<bool, Fault> {
    let mut tx = services.db().begin().await?;
    let user = users::lock(&mut tx, user_id).await?.ok_or(Fault::Broken("a session of no user"))?;
    let Some(contact) = contacts::of_user(&mut tx, user_id).await? else { return Ok(false) };
    services.alert(&mut tx, user_id, &user.login, services.text_contact_removed(&contact)).await?;
    contacts::remove(&mut tx, user_id).await?;
    paperless::end_without_email(services, &mut tx, user_id, visitor).await?;
    services.record(&mut tx, user_id, Action::ContactRemoved, None, visitor).await?;
    Database::commit(tx).await?;
    Ok(true)
}

/// Confirms the new login by its code: other sessions end, pending recoveries become void, and the previous login and
/// the second contact get a letter or an SMS. A second contact of the kind of the new login gives its place to the
/// previous login, so that the user keeps both kinds.
///
/// # Errors
/// [`Declined`] when the code is malformed, wrong or expired, no tries are left, nothing waits for a code, another
/// user took the login, or on an internal error.
pub async fn confirm_login_change(
    services: &Services,
    session: &Session,
    user_id: &UserId,
    code: &str,
    visitor: &Visitor,
) -> Result<(), Declined<ConfirmError>> {
    let change = with_code(services, user_id, ChangeOf::Login, code, visitor).await?;
    let mut tx = services.db().begin().await?;
    let user = take(&mut tx, &change).await?;
    if users::by_login(&mut tx, &change.address).await?.is_some() {
        return Err(ConfirmError::LoginTaken.into());
    }
    services.alert(&mut tx, user_id, &user.login, services.text_login_changed(&change.address)).await?;
    match users::set_login(&mut tx, user_id, &change.address).await {
        Ok(()) => {}
        Err(StorageError::Conflict) => return Err(ConfirmError::LoginTaken.into()),
        Err(error) => return Err(error.into()),
    }
    let contact = contacts::of_user(&mut tx, user_id).await?;
    if contact.is_some_and(|contact| same_kind(&contact, &change.address)) {
        contacts::set(&mut tx, user_id, &user.login, services.now()).await?;
    }
    paperless::end_without_email(services, &mut tx, user_id, visitor).await?;
    contacts::void(&mut tx, user_id).await?;
    recoveries::void(&mut tx, user_id, services.now()).await?;
    let device = visitor.device_hash.as_deref().unwrap_or_default();
    end_all_but(services, &mut tx, &Owner::User(user_id.clone()), &session.token_hash, device).await?;
    services.record(&mut tx, user_id, Action::LoginChanged, None, visitor).await?;
    Ok(Database::commit(tx).await?)
}
