//! The form of an action: shared by every page, rendered on the server, hydrated in the browser.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// A form whose fields are rendered by the server and whose action is a server function.
///
/// Hydrated, it posts its fields to `function` by fetch, shows errors beside the fields and in the summary, and goes to
/// the next page. Before that, and without WebAssembly, the browser posts it to `action`, the page's own address, which
/// calls the same function. The children begin with an `ErrorSummary`.
///
/// ```
/// # use kabinet::{api::links::LinkAccount, components::*, islands::ServerForm};
/// # use leptos::{prelude::*, server_fn::ServerFn as _};
/// # let _ = |errors: Vec<FieldError>| view! {
/// <ServerForm function=LinkAccount::PATH.to_owned() action="/accounts/link".to_owned()>
///     <ErrorSummary errors=errors.clone()/>
///     <TextField id="number" label="Номер лицевого счёта" error=error_of(&errors, "number")/>
///     <SubmitButton>"Подключить"</SubmitButton>
/// </ServerForm>
/// # };
/// ```
#[island]
pub fn ServerForm(
    /// The address of the server function.
    function: String,
    /// The page's own address; empty where that address holds a token, which does not belong into props. The browser then
    /// posts to the address that it shows.
    action: String,
    /// The summary, the fields and the button.
    children: Children,
) -> impl IntoView {
    let submit = move |event: SubmitEvent| browser::submit(&event, &function);
    view! {
        <form method="post" action=(!action.is_empty()).then_some(action) novalidate on:submit=submit on:input=|event| browser::typed(&event)>
            {children()}
        </form>
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    pub(super) use super::super::form_in_browser::submit;
    pub(super) use super::super::typing::typed;
}

/// The server only renders forms; nothing is typed there.
#[cfg(not(target_arch = "wasm32"))]
mod browser {
    use leptos::ev::{Event, SubmitEvent};

    pub(super) const fn submit(_event: &SubmitEvent, _function: &str) {}
    pub(super) const fn typed(_event: &Event) {}
}
