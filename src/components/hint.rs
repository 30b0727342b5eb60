//! A hint: a «?» that tells more on hover, on focus and on tap (M11).
//!
//! The button describes itself by the text (`aria-describedby`), so a screen reader reads the text on focus. Showing
//! and hiding is CSS; Escape is `site.js`. The texts stand in `pages/hints.rs`.

use leptos::prelude::*;

use super::ids::PageIds;

/// What one hint says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HintText {
    /// What it is about, for the button's name: «ПИН-код».
    pub about: &'static str,
    /// The hint itself, a sentence or three.
    pub text: &'static str,
}

/// The «?» button and its text.
///
/// ```ignore
/// <Hint topic=hints::PIN/>
/// <TextField id="number" label="Номер лицевого счёта" value=number><Hint topic=hints::ACCOUNT_NUMBER/></TextField>
/// ```
#[component]
pub fn Hint(
    /// What it says.
    topic: HintText,
) -> impl IntoView {
    let id = PageIds::next("hint");
    view! {
        <span class="tip">
            <button
                type="button"
                class="tip-button"
                aria-label=format!("Подсказка: {}", topic.about)
                aria-describedby=id.clone()
            >
                "?"
            </button>
            <span class="tip-text" role="tooltip" id=id>
                {topic.text}
            </span>
        </span>
    }
}
