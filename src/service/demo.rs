//! What only the demo needs: an empty database is told from a filled one, and a user gets an account past the PIN.

use super::{Fault, Services};
use crate::domain::account::AccountNumber;
use crate::domain::id::{AccountId, UserId};
use crate::storage::{Database, accounts, providers};

/// Whether anything was loaded.
///
/// # Errors
/// [`Fault`].
pub async fn is_empty(services: &Services) -> Result<bool, Fault> {
    Ok(providers::count(&mut *services.db().read().await?).await? == 0)
}

/// Links a user to an account in full access, without its PIN.
///
/// # Errors
/// [`Fault::Broken`] when there is no such account or no room for it.
pub async fn link_full(
    services: &Services,
    user_id: &UserId,
    provider_code: &str,
    number: &str,
) -> Result<AccountId, Fault> {
    const NO_ACCOUNT: Fault = Fault::Broken("the demo's account is not there");
    let now = services.now();
    let mut tx = services.db().begin().await?;
    let provider = providers::by_code(&mut tx, provider_code).await?.ok_or(NO_ACCOUNT)?;
    let number = AccountNumber::parse(number, provider.account_length).map_err(|_| NO_ACCOUNT)?;
    let account = accounts::find(&mut tx, &provider.id, &number).await?.ok_or(NO_ACCOUNT)?;
    let added = accounts::add_link(&mut tx, user_id, &account.id, services.settings().max_links, now).await?;
    added.ok_or(Fault::Broken("the demo's user has no room for the account"))?;
    accounts::grant_full(&mut tx, user_id, &account.id, now).await?;
    Database::commit(tx).await?;
    Ok(account.id)
}
