//! A hint: a «?» that tells more on hover, on focus and on tap (M11).
//!
//! The button describes itself by the text (`aria-describedby`), so a screen reader reads the text on focus. Showing
//! and hiding is CSS; Escape is `site.js`. The texts stand in `pages/hints.rs`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;

/// What one hint says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HintText {
    /// What it is about, for the button's name: «ПИН-код».
    pub about: &'static str,
    /// The hint itself, a sentence or three.
    pub text: &'static str,
}

/// Numbers the hints of one page, so that two of the same topic have different ids. The shell provides it.
#[derive(Clone, Debug, Default)]
pub struct HintCounter(Arc<AtomicU32>);

impl HintCounter {
    fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
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
    let number = use_context::<HintCounter>().unwrap_or_default().next();
    let id = format!("hint-{number}");
    view! {
        <span class="hint">
            <button
                type="button"
                class="hint-button"
                aria-label=format!("Подсказка: {}", topic.about)
                aria-describedby=id.clone()
            >
                "?"
            </button>
            <span class="hint-text" role="tooltip" id=id>
                {topic.text}
            </span>
        </span>
    }
}
