//! «Почему столько?» in the details of a month: a sentence for each fact, which opens to its arithmetic, and bars of
//! volumes.

use leptos::prelude::*;

use crate::domain::explanation::{BAR_LENGTH, Explanation, Fact, Line, ServiceExplanation, VolumeBar};

/// The explanation of a month: the summary first.
pub(super) fn explanation_view(explanation: Explanation) -> impl IntoView {
    let summary = explanation.summary();
    let turnover = explanation.turnover.line();
    view! {
        <section class="explanation" aria-labelledby="why-title">
            <h4 id="why-title">"Почему столько?"</h4>
            <div class="explanation-summary">{line_view(summary)}</div>
            {explanation.services.into_iter().map(service_view).collect_view()}
            <h5>"Оплата"</h5>
            {line_view(turnover)}
        </section>
    }
}

fn service_view(service: ServiceExplanation) -> impl IntoView {
    let ServiceExplanation { service, charged, facts, bars } = service;
    view! {
        <h5>{service} ": " <span class="number">{charged.to_string()}</span></h5>
        {bars_view(bars)}
        {facts.iter().filter_map(Fact::line).map(line_view).collect_view()}
    }
}

/// A sentence with arithmetic opens to it.
fn line_view(line: Line) -> AnyView {
    let Line { sentence, formula } = line;
    if formula.is_empty() {
        return view! { <p>{sentence}</p> }.into_any();
    }
    let steps = formula.into_iter().map(|step| view! { <li>{step}</li> }).collect_view();
    view! {
        <details>
            <summary>{sentence}</summary>
            <ol class="explanation-formula">{steps}</ol>
        </details>
    }
    .into_any()
}

/// Each bar has its month and its volume in words beside it, so that the drawing itself needs no name.
fn bars_view(bars: Vec<VolumeBar>) -> Option<impl IntoView> {
    let size = format!("0 0 {BAR_LENGTH} 10");
    let bar = move |(place, bar): (usize, VolumeBar)| {
        let class = if place == 0 { "explanation-bar-now" } else { "explanation-bar-earlier" };
        view! {
            <li>
                <span>{bar.period.to_string()}</span>
                <svg viewBox=size.clone() preserveAspectRatio="none" aria-hidden="true">
                    <rect class=class width=bar.length height="10"></rect>
                </svg>
                <span class="number">{bar.volume}</span>
            </li>
        }
    };
    (!bars.is_empty()).then(|| {
        view! {
            <ul class="explanation-bars" aria-label="Объём по месяцам">
                {bars.into_iter().enumerate().map(bar).collect_view()}
            </ul>
        }
    })
}
