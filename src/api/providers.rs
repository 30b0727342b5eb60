//! Searching a provider by any part of its name or region (M3).

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

use super::ApiError;

/// A provider in the list of options.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ProviderOption {
    /// Billing's code: the form posts it.
    pub code: String,
    /// The name.
    pub name: String,
    /// Region, under the name.
    pub region: Option<String>,
    /// Digits of its account numbers.
    pub account_length: u8,
}

#[cfg(feature = "ssr")]
impl From<crate::domain::provider::Provider> for ProviderOption {
    fn from(provider: crate::domain::provider::Provider) -> Self {
        Self {
            code: provider.code,
            name: provider.name,
            region: provider.region,
            account_length: provider.account_length,
        }
    }
}

/// Providers whose name or region contains the text, limited to the length of a list.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session.
#[server(endpoint = "providers", input = GetUrl)]
pub async fn search_providers(query: String) -> Result<Vec<ProviderOption>, ApiError> {
    let caller: crate::http::session::SignedIn = super::caller().await?;
    let found = crate::service::providers::search(caller.services(), &query).await.map_err(super::failed)?;
    Ok(found.into_iter().map(ProviderOption::from).collect())
}

/// The same, called by an island.
///
/// # Errors
/// [`ApiError::NoAnswer`] when no response came, or the function's own error.
pub async fn find_providers(query: &str) -> Result<Vec<ProviderOption>, ApiError> {
    super::browser::ask(SearchProviders::PATH, "query", query).await
}
