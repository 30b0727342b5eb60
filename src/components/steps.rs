//! The plain steps of a long process (M6): done, current, still to come.

use leptos::prelude::*;

use super::icon::Icon;
use super::moment::MomentText;
use crate::domain::calendar::Moment;

/// The state of a step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StepState {
    /// Completed.
    Done,
    /// In the past, but not done by a person: a due date that has passed.
    Past,
    /// In progress.
    Current,
    /// Not begun.
    Ahead,
    /// Failed at this step.
    Failed,
}

impl StepState {
    const fn words(self) -> &'static str {
        match self {
            Self::Done => "сделано",
            Self::Past => "прошло",
            Self::Current => "сейчас",
            Self::Ahead => "впереди",
            Self::Failed => "не вышло",
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Done => "step step-done",
            Self::Past => "step",
            Self::Current => "step step-current",
            Self::Ahead => "step step-ahead",
            Self::Failed => "step step-failed",
        }
    }
}

/// One step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// What happens.
    pub text: String,
    /// How long it takes, or another remark.
    pub note: Option<String>,
    /// When it happened, and the portal's time zone in hours from UTC.
    pub at: Option<(Moment, i8)>,
    /// Its state.
    pub state: StepState,
}

impl Step {
    /// A step without a note.
    pub fn new(text: impl Into<String>, state: StepState) -> Self {
        Self { text: text.into(), note: None, at: None, state }
    }

    /// The same with the moment when it happened.
    pub fn at(self, moment: Moment, offset_hours: i8) -> Self {
        Self { at: Some((moment, offset_hours)), ..self }
    }

    /// The same with a note.
    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }
}

/// Steps one under another, each with its state in words.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <Steps items=vec![Step::new("Банк принял оплату", StepState::Done).note("05.11.2026 14:07")]/>
/// # };
/// ```
#[component]
pub fn Steps(
    /// The steps in order.
    items: Vec<Step>,
) -> impl IntoView {
    let item = |step: Step| {
        let icon = match step.state {
            StepState::Done => Some(Icon::Done.draw()),
            StepState::Failed => Some(Icon::Error.draw()),
            StepState::Past | StepState::Current | StepState::Ahead => None,
        };
        let at = step.at.map(|(at, offset_hours)| {
            view! { <span class="step-note"><MomentText at offset_hours/></span> }
        });
        let here = (step.state == StepState::Current).then_some("step");
        view! {
            <li class=step.state.class() aria-current=here>
                <span class="step-mark">{icon}</span>
                <span class="step-body">
                    <span class="step-text">{step.text}</span>
                    <span class="step-state">{step.state.words()}</span>
                    {at}
                    {step.note.map(|note| view! { <span class="step-note">{note}</span> })}
                </span>
            </li>
        }
    };
    view! { <ol class="steps">{items.into_iter().map(item).collect_view()}</ol> }
}
