//! Linking and unlinking accounts (M3, M8, M10).

use super::access::OwnAccess;
use super::audit::Action;
use super::limits::{LINK_ADDRESS, LINK_USER};
use super::refused::{Correctable, Refused};
use super::{Fault, Services, Visitor, calendars, paperless};
use crate::domain::account::{Account, AccountNumber, AccountNumberError};
use crate::domain::id::{AccountId, UserId};
use crate::storage::{Connection, Database, StorageError, accounts, links, providers, users};

/// Maximum users with full access to one account: a family. Linking beyond it fails like an unknown number.
pub const MAX_FULL_OWNERS: usize = 5;

/// Why an account was not linked.
#[derive(Debug)]
pub enum LinkError {
    /// No provider was chosen.
    NoProvider {
        /// The number is empty too.
        no_number: bool,
    },
    /// The number does not have this provider's format.
    Number(AccountNumberError),
    /// The number is unknown, closed or taken; the cases are not distinguished, so that numbers cannot be probed.
    NotLinkable,
    /// This user has linked it already.
    AlreadyYours,
    /// The user has the maximum number of accounts.
    NoRoom {
        /// The maximum.
        most: u8,
    },
}

impl Correctable for LinkError {}

/// Billing's code of the provider in a form: the chosen one, or the only one that matches the typed name or region.
/// Empty when no provider or several match.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn chosen_provider(services: &Services, code: &str, typed: &str) -> Result<String, Fault> {
    if !code.is_empty() || typed.trim().is_empty() {
        return Ok(code.to_owned());
    }
    let found = super::providers::search(services, typed).await?;
    Ok(match found.as_slice() {
        [only] => only.code.clone(),
        _ => String::new(),
    })
}

/// Links an account in lite access.
///
/// # Errors
/// [`Refused`] when the provider or the number is invalid, the account cannot be linked or is linked already, a limit
/// is reached, or on an internal error.
pub async fn link(
    services: &Services,
    user_id: &UserId,
    provider_code: &str,
    number: &str,
    visitor: &Visitor,
) -> Result<AccountId, Refused<LinkError>> {
    let mut connection = services.db().read().await?;
    let provider = providers::by_code(&mut connection, provider_code).await?;
    let provider = provider.ok_or_else(|| LinkError::NoProvider { no_number: number.trim().is_empty() })?;
    drop(connection);
    let number = AccountNumber::parse(number, provider.account_length).map_err(LinkError::Number)?;
    services.count(LINK_USER, user_id.as_str()).await??;
    services.count_visitor(LINK_ADDRESS, visitor).await??;

    let most = services.settings().max_links;
    let mut tx = services.db().begin().await?;
    users::lock(&mut tx, user_id).await?.ok_or(Fault::Broken("a session of no user"))?;
    ensure_room(&mut tx, user_id, most).await?;
    let account = accounts::find(&mut tx, &provider.id, &number).await?.ok_or(LinkError::NotLinkable)?;
    ensure_linkable(services, &mut tx, user_id, &account).await?;
    match links::add(&mut tx, user_id, &account.id, most, services.now()).await {
        Ok(Some(())) => {}
        // A parallel request took the last free slot.
        Ok(None) | Err(StorageError::Conflict) => return Err(LinkError::NoRoom { most }.into()),
        Err(error) => return Err(error.into()),
    }
    services.record(&mut tx, user_id, Action::Linked, Some(account.id.as_str()), visitor).await?;
    Database::commit(tx).await?;
    Ok(account.id)
}

async fn ensure_room(connection: &mut Connection, user_id: &UserId, most: u8) -> Result<(), Refused<LinkError>> {
    let links = links::of_user(connection, user_id).await?;
    if links.len() >= usize::from(most) { Err(LinkError::NoRoom { most }.into()) } else { Ok(()) }
}

async fn ensure_linkable(
    services: &Services,
    connection: &mut Connection,
    user_id: &UserId,
    account: &Account,
) -> Result<(), Refused<LinkError>> {
    if links::find(connection, user_id, &account.id).await?.is_some() {
        return Err(LinkError::AlreadyYours.into());
    }
    let closed = account.closed_on.is_some_and(|day| day < services.today());
    let taken = links::full_owners(connection, &account.id).await?.len() >= MAX_FULL_OWNERS;
    if closed || taken { Err(LinkError::NotLinkable.into()) } else { Ok(()) }
}

/// Ends what a user had by full access to an account, in the transaction that ends the access: receipts by e-mail and the
/// secret address of the calendar.
pub(super) async fn full_access_ended(
    services: &Services,
    connection: &mut Connection,
    user_id: &UserId,
    account_id: &AccountId,
    visitor: &Visitor,
) -> Result<(), Fault> {
    paperless::end(services, connection, user_id, account_id, visitor).await?;
    calendars::end(services, connection, user_id, account_id, visitor).await?;
    Ok(())
}

/// Unlinks an account; the user keeps their payments. `false` when it was unlinked in the meantime.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn unlink(services: &Services, own: &OwnAccess, visitor: &Visitor) -> Result<bool, Fault> {
    let mut tx = services.db().begin().await?;
    let removed = links::remove(&mut tx, own.user_id(), own.id()).await?;
    if removed {
        full_access_ended(services, &mut tx, own.user_id(), own.id(), visitor).await?;
        services.record(&mut tx, own.user_id(), Action::Unlinked, Some(own.id().as_str()), visitor).await?;
    }
    Database::commit(tx).await?;
    Ok(removed)
}
