//! The errors of a form, above its fields.

use leptos::prelude::*;

use super::icon::Icon;
use super::ids::PageIds;
use crate::domain::form::{FieldError, is_calm, summary_title};

/// All errors of a form above its fields, with links to them. It is always rendered, hidden while there are no errors,
/// so that the hydrated form has a place to show them; it takes the focus. `data-calm` means that the person made no mistake.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = |errors: Vec<FieldError>| view! {
/// <ErrorSummary errors/>
/// # };
/// ```
#[component]
pub fn ErrorSummary(
    /// The errors in the order of the fields.
    errors: Vec<FieldError>,
) -> impl IntoView {
    let id = PageIds::next("error-summary");
    let labelled_by = id.clone();
    let hidden = errors.is_empty();
    let title = summary_title(&errors).to_owned();
    let calm = is_calm(&errors).then_some("");
    let item = |error: FieldError| view! { <li><a href=format!("#{}", error.field)>{error.message}</a></li> };
    view! {
        <div
            class="error-summary"
            role="alert"
            tabindex="-1"
            autofocus=!hidden
            hidden=hidden
            data-calm=calm
            aria-labelledby=labelled_by
        >
            <h2 id=id>{Icon::Error.draw()} <span>{title}</span></h2>
            <ul>{errors.into_iter().map(item).collect_view()}</ul>
        </div>
    }
}
