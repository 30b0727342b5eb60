//! A toast: a short text at the foot of the window that shifts no content and disappears by itself. Only for what the
//! page shows without it too: what must be read is a `Notice`, which stays.

use leptos::prelude::*;

use super::button::ButtonKind;

/// The container of toasts, once in the shell; empty until `site.js` shows one. It reports when the connection is lost
/// and when it is back.
#[component]
pub fn ToastPlace() -> impl IntoView {
    view! {
        <div
            class="toast"
            id="toast"
            role="status"
            data-offline="Нет связи с интернетом. Введённое не пропало: проверьте подключение и продолжайте."
            data-online="Связь с интернетом восстановлена."
        ></div>
    }
}

/// A button that copies a text; `site.js` shows it where the browser allows copying, and confirms with a toast.
///
/// ```
/// # use kabinet::{components::*, domain::account::Account};
/// # use leptos::prelude::*;
/// # let _ = |account: Account| view! {
/// <CopyButton text=account.number.to_string() copied="Номер лицевого счёта скопирован"
///     aria_label="Скопировать номер лицевого счёта"/>
/// # };
/// ```
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: String,
    /// What the toast says.
    copied: &'static str,
    /// Label for a screen reader: the text alone does not say what is copied.
    aria_label: &'static str,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=ButtonKind::Quiet.class()
            aria-label=aria_label
            data-copy=text
            data-copied=copied
            data-not-copied="Браузер не дал скопировать. Выделите и скопируйте сами."
            hidden
        >
            "Скопировать"
        </button>
    }
}
