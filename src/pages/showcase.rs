//! Every component in every state, for the eye: `/demo/components` in demo mode.

use leptos::prelude::*;

use crate::components::Card;

/// The view of the page.
pub fn showcase() -> impl IntoView {
    view! { <Card title="Компоненты"><p>"…"</p></Card> }
}
