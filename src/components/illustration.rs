//! Illustrations drawn in code. They only repeat what the words beside them say, so a screen reader skips them.

use leptos::prelude::*;

/// A picture of 64 × 64 units beside the main words of a page; its colours are in
/// `style/components/illustration.css`.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// {Illustration::Done.draw()}
/// <h1>"Платёж принят"</h1>
/// # };
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Illustration {
    /// A large tick in a circle, drawn once when the page opens.
    Done,
}

impl Illustration {
    /// The illustration as an element.
    pub fn draw(self) -> impl IntoView {
        let mark = match self {
            Self::Done => "m19 33 9 9 17-20",
        };
        view! {
            <svg class="illustration" viewBox="0 0 64 64" width="96" height="96" aria-hidden="true" focusable="false">
                <circle class="illustration-ground" cx="32" cy="32" r="32"></circle>
                <path class="illustration-mark" d=mark></path>
            </svg>
        }
    }
}
