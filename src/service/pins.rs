//! The PIN: requested, sent, entered (M5).

use subtle::ConstantTimeEq as _;

use super::access::OwnAccess;
use super::audit::Action;
use super::limits::{PIN_ACCOUNT, PIN_ADDRESS, PIN_PROVIDER, PIN_REQUESTS, PIN_REQUESTS_USER, PIN_TRIED, TooOften};
use super::links::MAX_FULL_OWNERS;
use super::refused::{Correctable, Refused};
use super::sessions::{Holder, Token};
use super::{Fault, Services, Visitor};
use crate::domain::account::{Access, Account};
use crate::domain::calendar::{Moment, Span};
use crate::domain::id::{AccountId, PinRequestId};
use crate::domain::login::{Login, LoginError};
use crate::domain::pin::{PINS, Pin, PinError, PinRequest, PinRequestState};
use crate::domain::session::Session;
use crate::domain::text::{TextError, clean_text};
use crate::storage::{Connection, Database, StorageError, Tx, accounts, links, pin_requests, sessions, users};
use crate::telemetry::{self, SecurityEvent};

/// Longest name, in characters.
pub const MAX_NAME: usize = 120;
/// Longest address, in characters.
pub const MAX_ADDRESS: usize = 200;
/// Maximum pending requests of one user: as many as the accounts they may link, so that one person cannot fill the
/// operators' queue by linking and unlinking.
const MAX_PENDING: i64 = 3;
/// Longest reason of a refusal, in characters.
pub const MAX_REASON: usize = 300;

/// The fields of the request form, as typed.
pub struct Form<'a> {
    /// Name.
    pub name: &'a str,
    /// Address.
    pub address: &'a str,
    /// The contact for the answer.
    pub contact: &'a str,
}

/// Errors of the form, by field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FormErrors {
    /// The name.
    pub name: Option<TextError>,
    /// The address.
    pub address: Option<TextError>,
    /// The contact for the answer.
    pub contact: Option<LoginError>,
}

/// Why a request was rejected.
#[derive(Debug)]
pub enum RequestError {
    /// The form has invalid fields.
    Form(FormErrors),
    /// A request of this user for this account is already pending.
    WaitsAlready,
    /// Too many requests of this user are pending.
    TooManyWait,
    /// This user already has full access to the account.
    AlreadyFull,
}

impl Correctable for RequestError {}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Requested {
    /// The contact matches billing's: the PIN is sent at once.
    SentAtOnce,
    /// An operator decides.
    Queued,
}

/// Requests a PIN. It is sent at once if the contact matches billing's and is the user's confirmed login; otherwise an
/// operator decides.
///
/// # Errors
/// [`Refused`] when the form is invalid, a request is pending, access is already full, a limit is reached, or on
/// an internal error.
pub async fn request(
    services: &Services,
    own: &OwnAccess,
    form: Form<'_>,
    visitor: &Visitor,
) -> Result<Requested, Refused<RequestError>> {
    let (user_id, account_id) = (own.user_id(), own.id());
    if own.linked().access == Access::Full {
        return Err(RequestError::AlreadyFull.into());
    }
    let (name, address, contact) = check(&form).map_err(RequestError::Form)?;
    let subject = format!("{user_id}:{account_id}");
    services.count(PIN_REQUESTS, &subject).await??;
    services.count(PIN_REQUESTS_USER, user_id.as_str()).await??;

    let mut tx = services.db().begin().await?;
    let user = users::lock(&mut tx, user_id).await?.ok_or(Fault::Broken("a session of no user"))?;
    let latest = pin_requests::latest(&mut tx, user_id, account_id).await?;
    if latest.is_some_and(|request| request.state == PinRequestState::Pending) {
        return Err(RequestError::WaitsAlready.into());
    }
    if pin_requests::pending_of_user(&mut tx, user_id).await? >= MAX_PENDING {
        return Err(RequestError::TooManyWait.into());
    }
    let account = accounts::by_id(&mut tx, account_id).await?.ok_or(Fault::Broken("a link to no account"))?;
    let at_once = user.login == contact && billing_holds(&account, &contact);
    let request = PinRequest {
        id: PinRequestId::trusted(services.nature().id()),
        user_id: user_id.clone(),
        account_id: account_id.clone(),
        applicant_name: name,
        applicant_address: address,
        contact: contact.as_str().to_owned(),
        state: if at_once { PinRequestState::Approved } else { PinRequestState::Pending },
        reason: None,
        created_at: services.now(),
    };
    pin_requests::insert(&mut tx, &request).await?;
    services.record(&mut tx, user_id, Action::PinRequested, Some(account_id.as_str()), visitor).await?;
    if at_once {
        send_pin(services, &mut tx, &account, &contact).await?;
    }
    Database::commit(tx).await?;
    Ok(if at_once { Requested::SentAtOnce } else { Requested::Queued })
}

fn check(form: &Form<'_>) -> Result<(String, String, Login), FormErrors> {
    let name = clean_text(form.name, MAX_NAME);
    let address = clean_text(form.address, MAX_ADDRESS);
    let contact = Login::parse(form.contact);
    match (name, address, contact) {
        (Ok(name), Ok(address), Ok(contact)) => Ok((name, address, contact)),
        (name, address, contact) => {
            Err(FormErrors { name: name.err(), address: address.err(), contact: contact.err() })
        }
    }
}

fn billing_holds(account: &Account, contact: &Login) -> bool {
    let held = match contact {
        Login::Email(_) => &account.email,
        Login::Phone(_) => &account.phone,
    };
    held.as_deref() == Some(contact.as_str())
}

/// Sends the account's PIN; an account without a PIN gets its first one now.
pub(super) async fn send_pin(
    services: &Services,
    connection: &mut Connection,
    account: &Account,
    to: &Login,
) -> Result<(), Fault> {
    let pin = pin_of(services, connection, &account.id).await?;
    services.send(connection, to, services.text_pin(account.number.as_str(), &pin)).await
}

/// The PIN of an account; generated when billing has provided no PIN.
pub(super) async fn pin_of(
    services: &Services,
    connection: &mut Connection,
    account_id: &AccountId,
) -> Result<Pin, Fault> {
    if let Some(pin) = kept_pin(services, connection, account_id).await? {
        return Ok(pin);
    }
    let pin = Pin::from_number(services.nature().below(PINS));
    accounts::set_first_pin(connection, account_id, &services.vault().seal_pin(&pin, account_id)).await?;
    // A concurrent transaction may have stored another PIN first.
    kept_pin(services, connection, account_id).await?.ok_or(Fault::Broken("a PIN that is not kept"))
}

/// The stored PIN of an account, if it has one.
pub(super) async fn kept_pin(
    services: &Services,
    connection: &mut Connection,
    account_id: &AccountId,
) -> Result<Option<Pin>, Fault> {
    let sealed = accounts::pin_sealed(connection, account_id).await?;
    Ok(sealed.map(|sealed| services.vault().unseal_pin(&sealed, account_id)).transpose()?)
}

/// The newest request of a user for an account.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn latest_request(services: &Services, own: &OwnAccess) -> Result<Option<PinRequest>, Fault> {
    Ok(pin_requests::latest(&mut *services.db().read().await?, own.user_id(), own.id()).await?)
}

/// Why a PIN did not open the account.
#[derive(Debug)]
pub enum EnterError {
    /// Empty, or not eight digits: not counted as a try.
    Form(PinError),
    /// Not the PIN of this account.
    Wrong {
        /// Remaining tries.
        left: i64,
    },
    /// The PIN is right, but the account has the maximum number of owners.
    TooManyOwners,
}

impl Correctable for EnterError {}

/// When the user's lock-out from entering the account's PIN ends; `None` while PINs are accepted.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn locked_until(services: &Services, own: &OwnAccess, visitor: &Visitor) -> Result<Option<Moment>, Fault> {
    let mut connection = services.db().read().await?;
    let locked = lock_out(services, &mut connection, &tries_of(own), visitor).await?;
    Ok(locked.map(|limit| services.now().plus(Span::seconds(limit.seconds))))
}

/// The longest lock-out for these tries, of the user at the account or of the visitor's network.
async fn lock_out(
    services: &Services,
    connection: &mut Connection,
    tries: &str,
    visitor: &Visitor,
) -> Result<Option<TooOften>, StorageError> {
    let by_account = PIN_ACCOUNT.is_full(services, connection, tries).await?;
    let by_network = PIN_ADDRESS.is_full_for(services, connection, visitor).await?;
    Ok([by_account, by_network].into_iter().flatten().max_by_key(|limit| limit.seconds))
}

/// The rate limit counts tries for each user and account.
fn tries_of(own: &OwnAccess) -> String {
    format!("{}:{}", own.user_id(), own.id())
}

/// Grants full access for the PIN and closes the user's pending request. The session gets a new id, and the account's
/// other owners are notified.
///
/// # Errors
/// [`Refused`] when the PIN is malformed or wrong, during a lock-out, when the account has too many owners, or on an
/// internal error.
pub async fn enter(
    services: &Services,
    session: &Session,
    own: &OwnAccess,
    typed: &str,
    visitor: &Visitor,
) -> Result<Token, Refused<EnterError>> {
    let typed = Pin::parse(typed).map_err(EnterError::Form)?;
    let counted = count_try(services, own, &typed, visitor).await?;

    let (user_id, account_id) = (own.user_id(), own.id());
    let mut tx = services.db().begin().await?;
    if !is_right_and_stays(services, &mut tx, account_id, &typed).await? {
        if counted.is_new {
            note_wrong(services, tx, own, visitor).await?;
        }
        return Err(EnterError::Wrong { left: (PIN_ACCOUNT.most - counted.tries).max(0) }.into());
    }
    open_full(services, &mut tx, own, visitor).await?;
    sessions::remove(&mut tx, &session.token_hash).await?;
    let token = services.open_session(&mut tx, Holder::User(user_id.clone()), None, visitor).await?;
    Database::commit(tx).await?;
    Ok(token)
}

/// Writes a wrong PIN to the trail and counts it for the provider.
async fn note_wrong(services: &Services, mut tx: Tx, own: &OwnAccess, visitor: &Visitor) -> Result<(), Fault> {
    services.record(&mut tx, own.user_id(), Action::PinWrong, Some(own.id().as_str()), visitor).await?;
    // An alarm, not a lock-out: a stranger must not be able to block PINs for a whole provider, and this many tries
    // out of 100 million PINs find no PIN.
    if PIN_PROVIDER.hit(services, &mut tx, own.linked().provider.code.as_str()).await?.is_err() {
        telemetry::security(SecurityEvent::CeilingReached(PIN_PROVIDER.name));
    }
    Ok(Database::commit(tx).await?)
}

/// Compares with the PIN, and again under the account's lock: the PIN may be replaced concurrently, and the old one
/// must not open the account after that. A wrong PIN takes no lock.
async fn is_right_and_stays(
    services: &Services,
    connection: &mut Connection,
    account_id: &AccountId,
    typed: &Pin,
) -> Result<bool, Fault> {
    if !is_right(services, connection, account_id, typed).await? {
        return Ok(false);
    }
    accounts::lock(connection, account_id).await?;
    is_right(services, connection, account_id, typed).await
}

async fn is_right(
    services: &Services,
    connection: &mut Connection,
    account_id: &AccountId,
    typed: &Pin,
) -> Result<bool, Fault> {
    let kept = kept_pin(services, connection, account_id).await?;
    Ok(kept.is_some_and(|pin| pin.reveal().as_bytes().ct_eq(typed.reveal().as_bytes()).into()))
}

/// A try that may be compared with the PIN.
struct Try {
    /// Counted tries so far.
    tries: i64,
    /// Whether it was counted now; `false` for a PIN that was counted within [`PIN_TRIED`]'s window.
    is_new: bool,
}

/// Counts a try before the comparison, so that parallel guesses are counted one by one. A repeated PIN is compared but
/// not counted: billing may have replaced the PIN meanwhile.
async fn count_try(
    services: &Services,
    own: &OwnAccess,
    typed: &Pin,
    visitor: &Visitor,
) -> Result<Try, Refused<EnterError>> {
    let subject = tries_of(own);
    let tried = format!("{subject}:{}", typed.reveal());
    let mut tx = services.db().begin().await?;
    // The row of the PIN comes first: of parallel repeats the others wait for it and are not counted.
    if !PIN_TRIED.is_first(services, &mut tx, &tried).await? {
        return repeated(services, &mut tx, &subject, visitor).await;
    }
    let by_address = PIN_ADDRESS.hit_visitor(services, &mut tx, visitor).await?;
    let by_account = PIN_ACCOUNT.hit(services, &mut tx, &subject).await?;
    if by_account == Ok(PIN_ACCOUNT.most) {
        PIN_ACCOUNT.rest(services, &mut tx, &subject).await?;
    }
    if by_address.is_err() || by_account.is_err() {
        // Refused without a comparison: after the lock-out this PIN counts.
        PIN_TRIED.clear(services, &mut tx, &tried).await?;
    }
    Database::commit(tx).await?;
    by_address?;
    Ok(Try { tries: by_account?, is_new: true })
}

/// A PIN that was counted already: a lock-out refuses it like any other.
async fn repeated(
    services: &Services,
    connection: &mut Connection,
    subject: &str,
    visitor: &Visitor,
) -> Result<Try, Refused<EnterError>> {
    if let Some(limit) = lock_out(services, connection, subject, visitor).await? {
        telemetry::security(SecurityEvent::LimitReached(PIN_ACCOUNT.name));
        return Err(limit.into());
    }
    Ok(Try { tries: PIN_ACCOUNT.hits(services, connection, subject).await?, is_new: false })
}

async fn open_full(
    services: &Services,
    connection: &mut Connection,
    own: &OwnAccess,
    visitor: &Visitor,
) -> Result<(), Refused<EnterError>> {
    let (user_id, account_id) = (own.user_id(), own.id());
    // The account is locked, so that each of several concurrent entries sees the owners before it.
    let others = links::full_owners(connection, account_id).await?;
    if others.iter().filter(|link| link.user_id != *user_id).count() >= MAX_FULL_OWNERS {
        return Err(EnterError::TooManyOwners.into());
    }
    PIN_ACCOUNT.clear(services, connection, &tries_of(own)).await?;
    pin_requests::close(connection, user_id, account_id, services.now()).await?;
    if !links::grant_full(connection, user_id, account_id, services.now()).await? {
        return Ok(());
    }
    services.record(connection, user_id, Action::FullAccess, Some(account_id.as_str()), visitor).await?;
    for link in others.into_iter().filter(|link| link.user_id != *user_id) {
        if let Some(owner) = users::by_id(connection, &link.user_id).await? {
            let text = services.text_new_owner(own.linked().number.as_str());
            services.alert(connection, &owner.id, &owner.login, text).await?;
        }
    }
    Ok(())
}
