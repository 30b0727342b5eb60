//! Buttons that post a form, and links that look like them.

use leptos::prelude::*;

use super::hint::WithHint;
use crate::domain::hint::Topic;

/// How prominent a button is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ButtonKind {
    /// The main action of this screen.
    #[default]
    Primary,
    /// Another possible action.
    Secondary,
    /// Another possible action inside a tile.
    Soft,
    /// As light as a link.
    Quiet,
    /// An action that cannot be undone.
    Danger,
}

impl ButtonKind {
    /// The class in `style/components/button.css`.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button",
            Self::Secondary => "button button-secondary",
            Self::Soft => "button button-soft",
            Self::Quiet => "button button-quiet",
            Self::Danger => "button button-danger",
        }
    }
}

/// The button that posts its form. While the form is being sent, `site.js` stops a second press and shows `busy`.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <SubmitButton>"Зарегистрироваться"</SubmitButton>
/// <SubmitButton kind=ButtonKind::Danger name="action" value="unlink" busy="Отключаем…">"Отключить"</SubmitButton>
/// # };
/// ```
#[component]
pub fn SubmitButton(
    /// How it looks.
    #[prop(optional)]
    kind: ButtonKind,
    /// Its text while the form is being sent; its own text if absent.
    #[prop(optional, into)]
    busy: Option<String>,
    /// Name under which `value` is posted.
    #[prop(optional, into)]
    name: Option<String>,
    /// The value posted when this button was pressed.
    #[prop(optional, into)]
    value: Option<String>,
    /// Address to post to instead of the form's own.
    #[prop(optional, into)]
    formaction: Option<String>,
    /// Label for a screen reader, where the text alone does not distinguish the buttons.
    #[prop(optional, into)]
    aria_label: Option<String>,
    /// The text.
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            class=kind.class()
            data-busy=busy
            name=name
            value=value
            formaction=formaction
            aria-label=aria_label
        >
            {children()}
        </button>
    }
}

/// A button that prints the page; `site.js` shows it, without JavaScript people print from the browser's menu.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <PrintButton>"Напечатать"</PrintButton>
/// # };
/// ```
#[component]
pub fn PrintButton(
    /// The text.
    children: Children,
) -> impl IntoView {
    view! {
        <button type="button" class=ButtonKind::Secondary.class() data-print="" hidden>
            {children()}
        </button>
    }
}

/// A link that looks like a button.
///
/// ```
/// # use kabinet::{components::*, domain::hint::Topic};
/// # use leptos::prelude::*;
/// # let _ = |pay_address: String| view! {
/// <LinkButton href="/accounts/link">"Подключить лицевой счёт"</LinkButton>
/// <LinkButton href=pay_address kind=ButtonKind::Primary hint=Topic::Pay>"ОПЛАТИТЬ"</LinkButton>
/// # };
/// ```
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// How it looks.
    #[prop(optional)]
    kind: ButtonKind,
    /// The name of the file, when the link saves one.
    #[prop(optional, into)]
    download: Option<String>,
    /// Label for a screen reader, where the text alone does not distinguish the links.
    #[prop(optional, into)]
    aria_label: Option<String>,
    /// How the linked page relates to this one (`rel`): `next`, `prev`.
    #[prop(optional)]
    rel: Option<&'static str>,
    /// The [`super::Dialog`] that opens in place of the address, where JavaScript runs.
    #[prop(optional, into)]
    dialog: Option<String>,
    /// What its hint is about.
    #[prop(optional, into)]
    hint: Option<Topic>,
    /// The text.
    children: Children,
) -> impl IntoView {
    view! {
        <WithHint topic=hint let:described_by>
            <a
                class=kind.class()
                href=href
                download=download
                aria-label=aria_label
                aria-describedby=described_by
                rel=rel
                data-dialog=dialog
            >
                {children()}
            </a>
        </WithHint>
    }
}
