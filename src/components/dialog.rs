//! A window above the page that asks something. The browser keeps the focus inside and gives it back, Escape closes.
//!
//! A link with `dialog` (see `LinkButton`) opens it by `site.js`; where that cannot run, the link leads to a page that
//! asks the same.

use leptos::prelude::*;

/// The window; closed until its link is pressed.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <LinkButton href="/settings/accounts/7/unlink" dialog="unlink-7">"Отключить"</LinkButton>
/// <Dialog id="unlink-7" title="Отключить лицевой счёт 59012345?">
///     <CloseDialog>"Оставить"</CloseDialog>
/// </Dialog>
/// # };
/// ```
#[component]
pub fn Dialog(
    /// What the link names it by.
    #[prop(into)]
    id: String,
    /// The question.
    #[prop(into)]
    title: String,
    /// What speaks for either answer, and the answers.
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    let labelled_by = heading.clone();
    view! {
        <dialog class="dialog" id=id aria-labelledby=labelled_by>
            <h2 id=heading>{title}</h2>
            {children()}
        </dialog>
    }
}

/// The button that closes the window and does nothing. It has the focus when the window opens, unless a field is to be
/// filled in first.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <CloseDialog>"Оставить"</CloseDialog>
/// # };
/// ```
#[component]
pub fn CloseDialog(
    /// Whether it has the focus when the window opens.
    #[prop(default = true)]
    focused: bool,
    /// The text.
    children: Children,
) -> impl IntoView {
    view! {
        <form method="dialog">
            <button type="submit" class="button button-secondary" autofocus=focused>
                {children()}
            </button>
        </form>
    }
}
