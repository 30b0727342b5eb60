//! Rows of a list that lead to pages of their own.

use leptos::prelude::*;

use super::icon::Icon;

/// A row of `<ul class="rows">` that leads to a page. The whole row can be pressed; the name of the link is the title
/// alone.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <ul class="rows"><RowLink href="/settings/security" title="Безопасность" state="Вход с кодом включён"/></ul>
/// # };
/// ```
#[component]
pub fn RowLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// The name of the page.
    #[prop(into)]
    title: String,
    /// The current state, or what is behind it, in a line.
    #[prop(into)]
    state: String,
    /// An icon before it.
    #[prop(optional_no_strip)]
    icon: Option<Icon>,
) -> impl IntoView {
    view! {
        <li class="row row-link">
            {icon.map(Icon::draw)}
            <div class="row-text">
                <p><a href=href>{title}</a></p>
                <p class="muted long-text">{state}</p>
            </div>
        </li>
    }
}
