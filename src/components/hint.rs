//! Hints (M11): a short text that opens on hover and on focus, and on a tap where there is a «?».
//!
//! `Hint` is a separate «?» button, `WithHint` lets a link open the text, `FieldWithHint` lets a field open it and adds
//! a «?». The opening element is described by the text (`aria-describedby`), so a screen reader reads it on focus. The
//! «?» opens the text as a `popover`: above everything, closed by a tap elsewhere, by Escape and by the «back» of a
//! phone. Hover and keyboard focus are CSS, and so is everything in a browser without `popover`; there `site.js`
//! handles Escape. A tap on a link only follows the link. The texts come with the page (`Hints` of the shell).

use leptos::prelude::*;

use super::ids::PageIds;
use crate::domain::hint::{HintText, Hints, Topic};

/// The «?» button and its text; nothing on a page without hint texts, such as that of a failure.
///
/// ```
/// # use kabinet::{components::*, domain::hint::Topic};
/// # use leptos::prelude::*;
/// # let number = "59012345".to_owned();
/// # let _ = move || view! {
/// <Hint topic=Topic::Pin/>
/// <TextField id="number" label="Номер лицевого счёта" value=number><Hint topic=Topic::AccountNumber/></TextField>
/// # };
/// ```
#[component]
pub fn Hint(
    /// What it is about.
    topic: Topic,
) -> impl IntoView {
    words(topic).map(|HintText { about, text }| {
        let id = PageIds::next("hint");
        view! { <span class="tip">{sign(about, id.clone())} {popover(id, text)}</span> }
    })
}

/// A link that opens the hint itself. Without a topic, and on a page without hint texts, it is the link alone.
///
/// ```
/// # use kabinet::{components::*, domain::hint::Topic};
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <WithHint topic=Topic::Settings let:described_by>
///     <a href="/settings" aria-describedby=described_by>"Настройки"</a>
/// </WithHint>
/// # };
/// ```
#[component]
pub fn WithHint<F, V>(
    /// What the hint is about.
    #[prop(into)]
    topic: Option<Topic>,
    /// The link; it gets the id for its `aria-describedby`.
    children: F,
) -> impl IntoView
where
    F: FnOnce(Option<String>) -> V,
    V: IntoView + 'static,
{
    let Some(HintText { text, .. }) = topic.and_then(words) else { return children(None).into_any() };
    let id = PageIds::next("hint");
    view! {
        <span class="tip tip-link">
            {children(Some(id.clone()))}
            <span class="tip-text" role="tooltip" id=id>
                {text}
            </span>
        </span>
    }
    .into_any()
}

/// A field that opens the hint itself, with a «?» in its corner for a tap. The field names `{field}-tip` in its
/// `aria-describedby`; for islands, which cannot render a «?» beside their label.
///
/// ```
/// # use kabinet::{components::*, domain::hint::Topic, islands::AmountField};
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <FieldWithHint topic=Topic::Amount field="amount">
///     <AmountField value="1234,56".to_owned() error=None quick=Vec::new()/>
/// </FieldWithHint>
/// # };
/// ```
#[component]
pub fn FieldWithHint(
    /// What the hint is about.
    topic: Topic,
    /// The id of the field.
    field: &'static str,
    /// The field.
    children: Children,
) -> impl IntoView {
    let Some(HintText { about, text }) = words(topic) else { return children() };
    let id = format!("{field}-tip");
    view! {
        <div class="tip tip-field">
            {sign(about, id.clone())} {children()} {popover(id, text)}
        </div>
    }
    .into_any()
}

fn words(topic: Topic) -> Option<HintText> {
    use_context::<Hints>().map(|hints| hints.of(topic).clone())
}

/// The «?» that opens the text with this id.
fn sign(about: String, id: String) -> impl IntoView {
    view! {
        <button
            type="button"
            class="tip-button"
            aria-label=format!("Подсказка: {about}")
            aria-describedby=id.clone()
            popovertarget=id
        >
            "?"
        </button>
    }
}

fn popover(id: String, text: String) -> impl IntoView {
    view! {
        <span class="tip-text" role="tooltip" id=id popover="auto">
            {text}
        </span>
    }
}
