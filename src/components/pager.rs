//! Pagination of a long list.

use leptos::prelude::*;

use super::button::{ButtonKind, LinkButton};

/// Links to the previous and the next page; empty when there is only one page.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <Pager page=2 pages=7 href="/accounts/…/payments?page="/>
/// # };
/// ```
#[component]
pub fn Pager(
    /// Which page this is, from 1.
    page: u32,
    /// How many there are.
    pages: u32,
    /// The address without the number.
    #[prop(into)]
    href: String,
) -> impl IntoView {
    let link = |to: u32, rel: &'static str, text: &'static str| {
        view! { <LinkButton rel href=format!("{href}{to}") kind=ButtonKind::Quiet>{text}</LinkButton> }
    };
    (pages > 1).then(|| {
        view! {
            <nav class="pager" aria-label="Страницы списка">
                {(page > 1).then(|| link(page - 1, "prev", "Назад"))}
                <span class="pager-place">{format!("Страница {page} из {pages}")}</span>
                {(page < pages).then(|| link(page + 1, "next", "Вперёд"))}
            </nav>
        }
    })
}
