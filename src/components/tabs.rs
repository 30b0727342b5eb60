//! Tabs between the pages of one account: plain links, since each tab is a page of its own.

use leptos::prelude::*;

/// One tab.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tab {
    /// Where it leads.
    pub href: String,
    /// Its text.
    pub text: String,
}

impl Tab {
    /// A tab of an address and a text.
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { href: href.into(), text: text.into() }
    }
}

/// A row of tabs; the one whose address is `current` is marked for eyes and for a screen reader.
///
/// ```ignore
/// <Tabs label="Разделы лицевого счёта" items=vec![Tab::new(settlements.clone(), "Взаиморасчёты")] current=settlements/>
/// ```
#[component]
pub fn Tabs(
    /// What the tabs divide.
    #[prop(into)]
    label: String,
    /// The tabs.
    items: Vec<Tab>,
    /// The address of the current one.
    #[prop(into)]
    current: String,
) -> impl IntoView {
    let item = |tab: Tab| {
        let here = (tab.href == current).then_some("page");
        view! {
            <li>
                <a href=tab.href aria-current=here>
                    {tab.text}
                </a>
            </li>
        }
    };
    view! {
        <nav class="tabs" aria-label=label>
            <ul>{items.into_iter().map(item).collect_view()}</ul>
        </nav>
    }
}
