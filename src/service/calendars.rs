//! The calendar of an account as a file: for the signed-in user, and by a secret address for a phone's calendar.

use super::access::{FullAccess, OwnAccess};
use super::audit::Action;
use super::limits::CALENDAR_KEYS;
use super::refused::{Correctable, Declined, Refused};
use super::{Fault, Services, Visitor, fingerprint};
use crate::domain::account_calendar::{AccountDates, CalendarKey};
use crate::domain::calendar::{Moment, Span};
use crate::domain::icalendar;
use crate::domain::id::{AccountId, UserId};
use crate::domain::session::Session;
use crate::domain::utility::Utility;
use crate::storage::{Connection, Database, calendar_addresses, links, meters};

/// How long a sealed key can be shown: enough for a slow redirect; a copy of the cookie found later is useless.
pub const CARRIED: Span = Span::minutes(10);

/// The key is malformed, unknown, of another account, replaced, or its user has no full access any more: the cases are
/// not distinguished.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WrongKey;

impl Correctable for WrongKey {}

/// The full access has ended meanwhile.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoAccess;

impl Correctable for NoAccess {}

/// The calendar of an account, as a file. A closed account has no events.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn file(services: &Services, access: &FullAccess) -> Result<String, Fault> {
    let meters = meters::of_account(&mut *services.db().read().await?, access.id()).await?;
    let (settings, today) = (services.settings(), services.today());
    let dates = AccountDates {
        account_id: access.id(),
        number: &access.account().number,
        utility: Utility::of(&access.provider().name),
        window: access.provider().readings.map(|rules| rules.window),
        meters: &meters,
        public_url: &settings.public_url,
        public_host: &settings.public_host,
    };
    let is_closed = access.account().closed_on.is_some_and(|day| day < today);
    let events = if is_closed { Vec::new() } else { dates.events(today) };
    Ok(icalendar::write(&dates.name(), &events, services.now()))
}

/// The same for a secret address: the key is compared by its hash, together with the account.
///
/// # Errors
/// [`Refused`] when the key does not open this account, a limit is reached, or on an internal error.
pub async fn file_by_key(
    services: &Services,
    account_id: &str,
    key: &str,
    visitor: &Visitor,
) -> Result<String, Refused<WrongKey>> {
    let limit = CALENDAR_KEYS.is_full_for(services, &mut *services.db().read().await?, visitor).await?;
    if let Some(too_often) = limit {
        return Err(too_often.into());
    }
    let Some(access) = holder(services, account_id, key).await? else {
        // No alarm of a refused secret: a phone asks daily for an address that was switched off.
        let _ = services.count_visitor(CALENDAR_KEYS, visitor).await?;
        return Err(WrongKey.into());
    };
    Ok(file(services, &access).await?)
}

async fn holder(services: &Services, account_id: &str, key: &str) -> Result<Option<FullAccess>, Fault> {
    let (Ok(account_id), Some(key)) = (AccountId::parse(account_id), CalendarKey::parse(key)) else { return Ok(None) };
    let hash = fingerprint(key.reveal());
    let user_id = calendar_addresses::holder(&mut *services.db().read().await?, &account_id, &hash).await?;
    let Some(user_id) = user_id else { return Ok(None) };
    Ok(OwnAccess::find(services, &user_id, &account_id).await?.and_then(|own| own.full()))
}

/// When the secret address of the user's account was made; `None` when there is none.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn made_at(services: &Services, access: &FullAccess) -> Result<Option<Moment>, Fault> {
    let mut connection = services.db().read().await?;
    Ok(calendar_addresses::created_at(&mut connection, access.user_id(), access.id()).await?)
}

/// Makes a new key for the user's account; an earlier one opens nothing any more.
///
/// # Errors
/// [`Declined`] when the full access has ended, or on an internal error.
pub async fn make(
    services: &Services,
    access: &FullAccess,
    visitor: &Visitor,
) -> Result<CalendarKey, Declined<NoAccess>> {
    let key = CalendarKey::trusted(services.nature().token());
    let (user_id, account_id) = (access.user_id(), access.id());
    let mut tx = services.db().begin().await?;
    if !links::hold_full(&mut tx, user_id, account_id).await? {
        return Err(NoAccess.into());
    }
    calendar_addresses::set(&mut tx, user_id, account_id, &fingerprint(key.reveal()), services.now()).await?;
    services.record(&mut tx, user_id, Action::CalendarAddressMade, Some(account_id.as_str()), visitor).await?;
    Database::commit(tx).await?;
    Ok(key)
}

/// Switches the secret address off. `false` when there was none.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn switch_off(services: &Services, access: &FullAccess, visitor: &Visitor) -> Result<bool, Fault> {
    let mut tx = services.db().begin().await?;
    let removed = end(services, &mut tx, access.user_id(), access.id(), visitor).await?;
    Database::commit(tx).await?;
    Ok(removed)
}

/// Removes the secret address of a user's account, in the transaction that ends its reason: a later access does not
/// revive it. `false` when there was none.
pub(super) async fn end(
    services: &Services,
    connection: &mut Connection,
    user_id: &UserId,
    account_id: &AccountId,
    visitor: &Visitor,
) -> Result<bool, Fault> {
    let removed = calendar_addresses::remove(connection, user_id, account_id).await?;
    if removed {
        let subject = Some(account_id.as_str());
        services.record(connection, user_id, Action::CalendarAddressRemoved, subject, visitor).await?;
    }
    Ok(removed)
}

/// The secret address with a key.
pub fn address(services: &Services, account_id: &AccountId, key: &CalendarKey) -> String {
    format!("{}/accounts/{account_id}/calendar.ics?key={}", services.settings().public_url, key.reveal())
}

/// Binds a sealed key to its session and its account.
fn purpose(session: &Session, account_id: &AccountId) -> String {
    format!("shown calendar key:{}:{account_id}", session.id)
}

/// Seals a new key for the page of this session that shows it once.
pub fn seal_key(services: &Services, session: &Session, account_id: &AccountId, key: &CalendarKey) -> String {
    let expires_at = services.now().plus(CARRIED).micros();
    services.vault().seal(&purpose(session, account_id), &format!("{expires_at} {}", key.reveal()))
}

/// Opens a sealed key. `None` when it is too old, of another session or account, or not sealed by the portal.
pub fn unseal_key(services: &Services, session: &Session, account_id: &AccountId, sealed: &str) -> Option<CalendarKey> {
    let text = services.vault().unseal(&purpose(session, account_id), sealed).ok()?;
    let (expires_at, key) = text.split_once(' ')?;
    let expires_at = Moment::from_micros(expires_at.parse().ok()?);
    CalendarKey::parse(key).filter(|_| services.now() <= expires_at)
}
