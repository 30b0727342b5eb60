//! A list of large links, each with an icon and a line about what is behind it.

use leptos::prelude::*;

use super::icon::Icon;
use super::row_link::RowLink;

/// One link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MenuItem {
    /// Its address.
    pub href: String,
    /// The icon before it.
    pub icon: Icon,
    /// Its text.
    pub text: String,
    /// A line below the text.
    pub detail: String,
}

impl MenuItem {
    /// A link with an icon, a text and a line below it.
    pub fn new(href: impl Into<String>, icon: Icon, text: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { href: href.into(), icon, text: text.into(), detail: detail.into() }
    }
}

/// The list.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <MenuList label="Другие разделы"
///     items=vec![MenuItem::new("/help", Icon::Help, "Помощь", "Как что сделать и что значат слова")]/>
/// # };
/// ```
#[component]
pub fn MenuList(
    /// What the links have in common.
    #[prop(into)]
    label: String,
    /// The links.
    items: Vec<MenuItem>,
) -> impl IntoView {
    let item = |MenuItem { href, icon, text, detail }: MenuItem| {
        view! { <RowLink href title=text state=detail icon=Some(icon)/> }
    };
    view! {
        <nav class="menu" aria-label=label>
            <ul class="rows">{items.into_iter().map(item).collect_view()}</ul>
        </nav>
    }
}
