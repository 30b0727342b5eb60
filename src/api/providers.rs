//! Looking a provider up by any part of its name or region (M3).

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

use super::ApiError;

/// A provider as the list offers it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ProviderOption {
    /// Billing's code: what the form posts.
    pub code: String,
    /// The name.
    pub name: String,
    /// Region, under the name.
    pub region: Option<String>,
    /// Digits of its account numbers.
    pub account_length: u8,
}

/// Providers whose name or region holds the text, at most as many as a list shows.
///
/// # Errors
/// [`ApiError`].
#[server(endpoint = "providers", input = GetUrl)]
pub async fn search_providers(query: String) -> Result<Vec<ProviderOption>, ApiError> {
    let search = async |asked: super::Asked| {
        crate::service::providers::search(&asked.web.services, &query).await.map_err(super::failed)
    };
    let found = super::answer(search).await?;
    let option = |provider: crate::domain::provider::Provider| ProviderOption {
        code: provider.code,
        name: provider.name,
        region: provider.region,
        account_length: provider.account_length,
    };
    Ok(found.into_iter().map(option).collect())
}

/// The same, asked by an island.
///
/// # Errors
/// [`ApiError`], also when no answer came.
pub async fn find_providers(query: &str) -> Result<Vec<ProviderOption>, ApiError> {
    super::browser::ask(SearchProviders::PATH, "query", query).await
}
