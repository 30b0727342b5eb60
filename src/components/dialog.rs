//! A modal dialog with a question. The browser keeps the focus inside and restores it, Escape closes.
//!
//! `site.js` opens it from a link with `dialog` (see `LinkButton`); without JavaScript the link leads to a page with
//! the same question.

use leptos::prelude::*;

/// The dialog; closed until its link is pressed.
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
    /// The id that the link refers to.
    #[prop(into)]
    id: String,
    /// The question.
    #[prop(into)]
    title: String,
    /// The consequences of each answer, and the answers.
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

/// The button that closes the dialog and does nothing else. It has the focus when the dialog opens, unless a field has
/// to be filled in first.
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
    /// Whether it has the focus when the dialog opens.
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
