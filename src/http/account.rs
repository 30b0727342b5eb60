//! The account of a request: the user's own, or one with full access. Pages and server functions share the check.

use super::answer::Failure;
use super::session::SignedIn;
use crate::domain::id::AccountId;
use crate::service::accounts::OpenAccount;
use crate::service::links::{LinkedAccount, own_account};

/// The user's own account with an identifier. Another user's account gives the same error as an unknown one.
///
/// # Errors
/// [`Failure::NotFound`] when the user has no link to it.
pub async fn own(signed_in: &SignedIn, id: &str) -> Result<LinkedAccount, Failure> {
    let id = AccountId::parse(id).map_err(|_| Failure::NotFound)?;
    own_account(signed_in.services(), signed_in.id(), &id).await?.ok_or(Failure::NotFound)
}

/// The user's own account, if the user has full access to it.
///
/// # Errors
/// [`Failure::NotFound`] when the user has no link to it, [`Failure::Closed`] in lite access.
pub async fn open(signed_in: &SignedIn, id: &str) -> Result<OpenAccount, Failure> {
    let account = AccountId::parse(id).map_err(|_| Failure::NotFound)?;
    match OpenAccount::find(signed_in.services(), signed_in.id(), &account).await? {
        Some(open) => Ok(open),
        None => Err(own(signed_in, id).await.map_or_else(|failure| failure, |own| Failure::Closed(own.account.id))),
    }
}
