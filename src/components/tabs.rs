//! Tabs between the pages of one account: plain links, since each tab is a page of its own.

use leptos::prelude::*;

use super::hint::WithHint;
use crate::domain::hint::Topic;

/// One tab.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tab {
    /// Where it leads.
    pub href: String,
    /// Its text.
    pub text: String,
    /// What its hint is about.
    pub hint: Option<Topic>,
}

impl Tab {
    /// A tab of an address and a text.
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { href: href.into(), text: text.into(), hint: None }
    }

    /// The same with a hint.
    pub fn hint(self, topic: Topic) -> Self {
        Self { hint: Some(topic), ..self }
    }
}

/// A row of tabs; the one whose address is `current` is marked for eyes and for a screen reader.
///
/// ```
/// # use kabinet::{components::*, domain::hint::Topic};
/// # use leptos::prelude::*;
/// # let settlements = "/accounts/7/settlements";
/// # let _ = move || view! {
/// <Tabs label="Разделы лицевого счёта" current=settlements
///     items=vec![Tab::new(settlements, "Взаиморасчёты").hint(Topic::Settlements)]/>
/// # };
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
                <WithHint topic=tab.hint let:described_by>
                    <a href=tab.href aria-current=here aria-describedby=described_by>
                        {tab.text}
                    </a>
                </WithHint>
            </li>
        }
    };
    view! {
        <nav class="tabs" aria-label=label>
            <ul>{items.into_iter().map(item).collect_view()}</ul>
        </nav>
    }
}
