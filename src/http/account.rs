//! Extractors that admit a user only to their own accounts. Pages take the account from their address, server functions
//! from their form.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::Deserialize;

use super::Web;
use super::answer::Failure;
use super::session::{AtMoney, SignedIn};
use crate::domain::id::AccountId;
use crate::service::access::{FullAccess, OwnAccess};

/// A signed-in user with a proof of access to one account.
pub trait OfAccount: Sized + Send {
    /// Checks the user's access to the account with an identifier. Another user's account gives the same error as an
    /// unknown one.
    fn of(signed_in: SignedIn, id: &str) -> impl Future<Output = Result<Self, Failure>> + Send;
}

/// A user who has linked the account, with any access; others get [`Failure::NotFound`].
pub struct OwnAccount {
    /// The user.
    pub signed_in: SignedIn,
    /// The proof.
    pub own: OwnAccess,
}

impl OfAccount for OwnAccount {
    async fn of(signed_in: SignedIn, id: &str) -> Result<Self, Failure> {
        let id = AccountId::parse(id).map_err(|_| Failure::NotFound)?;
        let found = OwnAccess::find_among(signed_in.services(), signed_in.id(), &id).await?;
        let (own, linked) = found.ok_or(Failure::NotFound)?;
        Ok(Self { signed_in: SignedIn { linked, ..signed_in }, own })
    }
}

/// A user with full access to the account; in lite access the answer is [`Failure::Closed`], without a link
/// [`Failure::NotFound`].
pub struct FullAccount {
    /// The user.
    pub signed_in: SignedIn,
    /// The proof.
    pub access: FullAccess,
}

impl OfAccount for FullAccount {
    async fn of(signed_in: SignedIn, id: &str) -> Result<Self, Failure> {
        let OwnAccount { signed_in, own } = OwnAccount::of(signed_in, id).await?;
        let access = own.full().ok_or_else(|| Failure::Closed(own.id().clone()))?;
        Ok(Self { signed_in, access })
    }
}

/// The account in an address such as `/accounts/{id}/receipt`.
#[derive(Deserialize)]
struct InAddress {
    id: String,
}

async fn of_address<A: OfAccount>(parts: &mut Parts, web: &Web) -> Result<A, Failure> {
    let AtMoney(signed_in) = AtMoney::from_request_parts(parts, web).await?;
    let in_address: Result<Path<InAddress>, _> = Path::from_request_parts(parts, web).await;
    let Path(InAddress { id }) = in_address.map_err(|_| Failure::NotFound)?;
    A::of(signed_in, &id).await
}

impl FromRequestParts<Web> for OwnAccount {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        of_address(parts, web).await
    }
}

impl FromRequestParts<Web> for FullAccount {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        of_address(parts, web).await
    }
}
