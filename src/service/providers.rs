//! Search and look-up of providers (M3).

use super::{Fault, Services};
use crate::domain::id::ProviderId;
use crate::domain::provider::Provider;
use crate::storage::providers;

/// Longest query, in characters; the rest is truncated.
const MAX_QUERY: usize = 80;
/// Most providers on the landing page: a portal of more has a search on the linking form.
const MAX_ON_LANDING: usize = 6;

/// Providers whose name or region contains the query, case-insensitive, `ё` as `е`; the first ones for an empty query.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn search(services: &Services, query: &str) -> Result<Vec<Provider>, Fault> {
    let query: String = query.chars().filter(|c| !c.is_control()).take(MAX_QUERY).collect();
    Ok(providers::search(&mut *services.db().read().await?, &query).await?)
}

/// The first providers that can be called or written to, for the landing page.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn with_contacts(services: &Services) -> Result<Vec<Provider>, Fault> {
    let found = search(services, "").await?;
    let is_reachable = |provider: &Provider| provider.support_phone.is_some() || provider.support_email.is_some();
    Ok(found.into_iter().filter(is_reachable).take(MAX_ON_LANDING).collect())
}

/// The provider with billing's code.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn by_code(services: &Services, code: &str) -> Result<Option<Provider>, Fault> {
    Ok(providers::by_code(&mut *services.db().read().await?, code).await?)
}

/// The provider with an identifier that an account refers to.
///
/// # Errors
/// [`Fault`] when the storage fails or the provider does not exist.
pub async fn of(services: &Services, id: &ProviderId) -> Result<Provider, Fault> {
    let provider = providers::by_id(&mut *services.db().read().await?, id).await?;
    provider.ok_or(Fault::Broken("an account of no provider"))
}
