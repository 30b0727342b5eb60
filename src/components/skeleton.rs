//! A placeholder for content that is loading.

use leptos::prelude::*;

/// A placeholder for a page of paper; CSS shows it while a form beside it is busy (`aria-busy`). Screen readers use
/// only that attribute.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <div class="receipt"><Skeleton/></div>
/// # };
/// ```
#[component]
pub fn Skeleton() -> impl IntoView {
    view! {
        <div class="skeleton" aria-hidden="true">
            <span></span>
            <span></span>
            <span></span>
            <span></span>
        </div>
    }
}
