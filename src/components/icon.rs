//! Icons. They only repeat what the words beside them say, so a screen reader skips them.

use leptos::prelude::*;

/// An icon of 24 × 24 units, drawn with the colour of the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Icon {
    /// A tick in a circle.
    Done,
    /// An «i» in a circle.
    Info,
    /// An exclamation mark in a triangle.
    Warning,
    /// An exclamation mark in an octagon.
    Error,
}

impl Icon {
    /// The icon as an element.
    pub fn draw(self) -> impl IntoView {
        let (outline, mark) = match self {
            Self::Done => ("M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Z", "m7.5 12.5 3 3 6-7"),
            Self::Info => ("M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Z", "M12 11v6M12 7v.5"),
            Self::Warning => ("M12 3 1.8 21h20.4L12 3Z", "M12 10v5M12 18v.5"),
            Self::Error => ("M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9L7.9 2Z", "M12 7v6M12 16.5v.5"),
        };
        view! {
            <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
                <path d=outline></path>
                <path d=mark></path>
            </svg>
        }
    }
}

/// The portal's logo: a house with a flame-shaped door.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo-sign" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">
            <path class="logo-house" d="M16 2 2 13v15a2 2 0 0 0 2 2h24a2 2 0 0 0 2-2V13L16 2Z"></path>
            <path class="logo-flame" d="M16 11c1 4 5 5.500 5 10a5 5 0 0 1-10 0c0-2 1-3.500 2-4.500.3 1.500 1 2 1.600 2 .9-2-.1-5 1.400-7.500Z"></path>
        </svg>
    }
}
