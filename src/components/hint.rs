//! A hint: a «?» that tells more on hover, on focus and on tap (M11).
//!
//! The button describes itself by the text (`aria-describedby`), so a screen reader reads the text on focus. A tap opens
//! the text as a `popover`: above everything, closed by a tap elsewhere, by Escape and by the «back» of a phone. Hover
//! and the keyboard's focus are CSS, as is all of it in a browser that knows no `popover`; Escape is `site.js` there. The
//! words come with the page (`Hints` of the shell).

use leptos::prelude::*;

use super::ids::PageIds;
use crate::domain::hint::{HintText, Hints, Topic};

/// The «?» button and its text; nothing on a page that has no words for hints, such as that of a failure.
///
/// ```ignore
/// <Hint topic=Topic::Pin/>
/// <TextField id="number" label="Номер лицевого счёта" value=number><Hint topic=Topic::AccountNumber/></TextField>
/// ```
#[component]
pub fn Hint(
    /// What it is about.
    topic: Topic,
) -> impl IntoView {
    use_context::<Hints>().map(|hints| {
        let id = PageIds::next("hint");
        let HintText { about, text } = hints.of(topic).clone();
        view! {
            <span class="tip">
                <button
                    type="button"
                    class="tip-button"
                    aria-label=format!("Подсказка: {about}")
                    aria-describedby=id.clone()
                    popovertarget=id.clone()
                >
                    "?"
                </button>
                <span class="tip-text" role="tooltip" id=id popover="auto">
                    {text}
                </span>
            </span>
        }
    })
}
