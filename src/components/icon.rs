//! Icons. They only repeat what the words beside them say, so a screen reader skips them.

use leptos::prelude::*;

use crate::domain::utility::Utility;

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
    /// A house: the accounts.
    Home,
    /// A dial: meters and readings.
    Meter,
    /// A bank card: payments.
    Card,
    /// Three dots: more sections.
    More,
    /// A speech bubble: questions to the supplier.
    Chat,
    /// Sliders: settings.
    Settings,
    /// A question mark in a circle: help.
    Help,
    /// A sheet with lines: the receipt.
    Document,
    /// Bars: settlements, consumption.
    Bars,
    /// A plus in a circle.
    Add,
    /// A bell: notices.
    Bell,
    /// An arrow to the next page.
    Next,
    /// A flame: gas.
    Flame,
    /// A drop: water.
    Drop,
    /// A radiator: heating.
    Radiator,
    /// A lightning bolt: electricity.
    Bolt,
}

impl Icon {
    /// The icon of a utility.
    pub const fn of(utility: Utility) -> Self {
        match utility {
            Utility::Gas => Self::Flame,
            Utility::Water => Self::Drop,
            Utility::Heat => Self::Radiator,
            Utility::Power => Self::Bolt,
            Utility::Unknown => Self::Home,
        }
    }

    /// The icon as an element.
    pub fn draw(self) -> impl IntoView {
        let (outline, mark) = match self {
            Self::Done => ("M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Z", "m7.5 12.5 3 3 6-7"),
            Self::Info => ("M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Z", "M12 11v6M12 7v.5"),
            Self::Warning => ("M12 3 1.8 21h20.4L12 3Z", "M12 10v5M12 18v.5"),
            Self::Error => ("M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9L7.9 2Z", "M12 7v6M12 16.5v.5"),
            Self::Home => ("M3.5 11.5 12 4l8.5 7.5", "M5.5 10v10h13V10M10 20v-6h4v6"),
            Self::Meter => ("M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z", "m12 12 3.5-3.5M8.5 16.5h7"),
            Self::Card => {
                ("M5 5.5h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2Z", "M3 10h18M7 14.5h4")
            }
            Self::More => (
                "M5 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6ZM12 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6Z",
                "M19 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6Z",
            ),
            Self::Chat => ("M4 4.5h16v12H11l-4.5 4v-4H4Z", "M8 9h8M8 12.5h5"),
            Self::Settings => ("M4 7h9M18 7h2M4 17h3M12 17h8", "M15.5 4.5v5M9.5 14.5v5"),
            Self::Help => (
                "M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19Z",
                "M9.3 9.5a2.7 2.7 0 1 1 4 2.4c-.9.5-1.3 1-1.3 2M12 17v.1",
            ),
            Self::Document => ("M6 3.5h8.5L18.5 7v13.5H6Z", "M9.5 11h5.5M9.5 15h5.5"),
            Self::Bars => ("M5 20v-6M12 20V5", "M19 20v-9"),
            Self::Add => ("M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19Z", "M12 7.5v9M7.5 12h9"),
            Self::Bell => ("M6 17v-6.5a6 6 0 0 1 12 0V17l1.5 1.5h-15L6 17Z", "M12 4.5V3M10 21h4"),
            Self::Next => ("m9 5 7 7-7 7", ""),
            Self::Flame => (
                "M12 3c1 3.5 5 5.4 5 10.3a5 5 0 0 1-10 0c0-2 1-3.3 2-4.3.3 1.6 1 2.2 1.6 2.4C10.2 8.2 11 5.2 12 3Z",
                "",
            ),
            Self::Drop => ("M12 3.5c3.5 4 6 7 6 10.5a6 6 0 0 1-12 0c0-3.5 2.5-6.5 6-10.5Z", "M9 14.5a3 3 0 0 0 3 3"),
            Self::Radiator => ("M6 6v12M10 6v12M14 6v12M18 6v12", "M4 9h16M4 15h16"),
            Self::Bolt => ("M13 2.5 5 13.5h6l-1 8 8-11h-6Z", ""),
        };
        view! {
            <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
                <path d=outline></path>
                {(!mark.is_empty()).then(|| view! { <path d=mark></path> })}
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
            <path class="logo-flame" d="M16 11c1 4 5 5.5 5 10a5 5 0 0 1-10 0c0-2 1-3.5 2-4.5.3 1.5 1 2 1.6 2 .9-2-.1-5 1.4-7.5Z"></path>
        </svg>
    }
}
