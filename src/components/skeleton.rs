//! What stands in the place of something that is on its way.

use leptos::prelude::*;

/// A page of paper that is being made; shown by CSS while a form beside it is busy (`aria-busy`). A screen reader is
/// told by that attribute alone.
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
