//! Illustrations drawn in code. They only repeat what the words beside them say, so a screen reader skips them.

use leptos::prelude::*;

/// A picture beside the main words of a page; its colours are in `style/components/illustration.css`.
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
    /// A house at dusk with a warm window, and a receipt with its sum: the landing page.
    House,
    /// An open letter without a sheet: an empty list.
    Empty,
}

impl Illustration {
    /// The illustration as an element.
    pub fn draw(self) -> impl IntoView {
        match self {
            Self::Done => done().into_any(),
            Self::House => house().into_any(),
            Self::Empty => empty().into_any(),
        }
    }
}

fn done() -> impl IntoView {
    view! {
        <svg class="illustration" viewBox="0 0 64 64" width="96" height="96" aria-hidden="true" focusable="false">
            <circle class="illustration-ground" cx="32" cy="32" r="32"></circle>
            <path class="illustration-mark" d="m19 33 9 9 17-20"></path>
        </svg>
    }
}

fn house() -> impl IntoView {
    view! {
        <svg class="illustration-wide" viewBox="0 0 360 240" width="360" height="240" aria-hidden="true" focusable="false">
            <circle class="draw-sky" cx="196" cy="116" r="112"></circle>
            <path class="draw-hill" d="M10 214c52-44 104-46 156-22 46-40 112-44 184 4v10a10 10 0 0 1-10 10H20a10 10 0 0 1-10-2Z"></path>
            <path class="draw-wall" d="M104 118h128v90H104Z"></path>
            <path class="draw-roof" d="m88 124 80-66 80 66h-22l-58-47-58 47Z"></path>
            <path class="draw-wall" d="M204 66h18v32h-18Z"></path>
            <path class="draw-smoke" d="M214 54c-8-10 10-14 2-26M230 58c-6-8 8-12 2-22"></path>
            <path class="draw-window" d="M122 138h40v34h-40Z"></path>
            <path class="draw-line" d="M142 138v34M122 155h40"></path>
            <path class="draw-door" d="M182 142h32v66h-32Z"></path>
            <path class="draw-flame" d="M198 156c2 7 9 10 9 18a9 9 0 0 1-18 0c0-4 2-6 4-8 .5 3 2 4 3 4 1-4-1-9 2-14Z"></path>
            <path class="draw-sheet" d="M256 96h76v112l-9-6-10 6-10-6-10 6-9-6-10 6-9-6-9 6Z"></path>
            <path class="draw-line" d="M268 116h34M268 132h52M268 148h44"></path>
            <path class="draw-sum" d="M268 172h40"></path>
            <path class="draw-tick" d="m304 176 7 7 13-16"></path>
        </svg>
    }
}

fn empty() -> impl IntoView {
    view! {
        <svg class="illustration-small" viewBox="0 0 120 88" width="120" height="88" aria-hidden="true" focusable="false">
            <path class="draw-sky" d="M60 4c30 0 52 16 52 40s-22 40-52 40S8 68 8 44 30 4 60 4Z"></path>
            <path class="draw-sheet" d="M34 14h52v46H34Z"></path>
            <path class="draw-line" d="M44 26h32M44 36h22"></path>
            <path class="draw-roof" d="M22 40v36a4 4 0 0 0 4 4h68a4 4 0 0 0 4-4V40L60 64Z"></path>
        </svg>
    }
}
