//! The line of a payment that waits for the bank: it asks for the state ever more rarely, and loads the page anew when
//! the state has changed (M6).

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::ApiError;
use crate::api::payments::find_status;
use crate::components::{PROGRESS_OFFLINE, PROGRESS_SIGNED_OUT, PROGRESS_SLOW, PROGRESS_WAITING, ProgressLine};
use crate::domain::payment::PaymentState;

/// Seconds before each of the first questions: most banks answer within these.
const FIRST_PAUSES: [u64; 7] = [2, 2, 3, 5, 8, 13, 20];
/// Seconds before each later question.
const LATER_PAUSE: u64 = 30;
/// Questions of one page: half an hour. A page that is left open for longer does not load the server.
const MAX_QUESTIONS: usize = FIRST_PAUSES.len() + 58;
/// Questions without a new state after which the line says that the bank is slow.
const SLOW_AFTER: usize = 8;
/// Questions without an answer after which the line says so.
const OFFLINE_AFTER: usize = 3;

/// The pause before a question, counted from 0; nothing after the last one.
fn pause(question: usize) -> Option<Duration> {
    let seconds = FIRST_PAUSES.get(question).copied().unwrap_or(LATER_PAUSE);
    (question < MAX_QUESTIONS).then_some(Duration::from_secs(seconds))
}

/// What the line says after a question, counted from 0, that brought no new state.
const fn words_after(question: usize, failures: usize) -> &'static str {
    if failures >= OFFLINE_AFTER {
        PROGRESS_OFFLINE
    } else if question >= SLOW_AFTER {
        PROGRESS_SLOW
    } else {
        PROGRESS_WAITING
    }
}

#[derive(Clone, Copy)]
struct Watch {
    payment_id: StoredValue<String>,
    /// The state that the page shows.
    state: PaymentState,
    words: RwSignal<&'static str>,
}

impl Watch {
    /// Asks after the pause; `failures` questions before had no answer.
    fn plan(self, question: usize, failures: usize) {
        if let Some(pause) = pause(question) {
            set_timeout(move || spawn_local(self.ask(question, failures)), pause);
        }
    }

    async fn ask(self, question: usize, failures: usize) {
        let failures = match find_status(&self.payment_id.get_value()).await {
            Ok(state) if state != self.state => return reload(),
            Ok(_) => 0,
            Err(ApiError::SignedOut) => return self.words.set(PROGRESS_SIGNED_OUT),
            Err(_) => failures + 1,
        };
        self.words.set(words_after(question, failures));
        self.plan(question + 1, failures);
    }
}

#[cfg(target_arch = "wasm32")]
fn reload() {
    let _ = window().location().reload();
}

/// The server renders the line and never watches.
#[cfg(not(target_arch = "wasm32"))]
const fn reload() {}

/// Says that the bank's answer is awaited, and shows the answer when it comes. Without WebAssembly the page has a button
/// that asks; without JavaScript it loads itself anew.
///
/// ```
/// # use kabinet::{domain::payment::Payment, islands::PaymentWatch};
/// # use leptos::prelude::*;
/// # let _ = |payment: Payment| view! {
/// <PaymentWatch payment_id=payment.id.to_string() state=payment.state/>
/// # };
/// ```
#[island]
pub fn PaymentWatch(
    /// Which payment.
    payment_id: String,
    /// The state that the page shows.
    state: PaymentState,
) -> impl IntoView {
    let words = RwSignal::new(PROGRESS_WAITING);
    let watch = Watch { payment_id: StoredValue::new(payment_id), state, words };
    Effect::new(move |_| watch.plan(0, 0));
    view! { <ProgressLine words/> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_asks_ever_more_rarely_and_for_half_an_hour() {
        assert_eq!(pause(0), Some(Duration::from_secs(2)));
        assert_eq!(pause(6), Some(Duration::from_secs(20)));
        assert_eq!(pause(7), Some(Duration::from_secs(30)));
        assert_eq!(pause(MAX_QUESTIONS), None);
        let whole: Duration = (0..MAX_QUESTIONS).filter_map(pause).sum();
        assert_eq!(whole.as_secs() / 60, 29);
    }

    #[test]
    fn the_line_says_why_it_waits_for_long() {
        assert_eq!(words_after(7, 0), PROGRESS_WAITING);
        assert_eq!(words_after(8, 0), PROGRESS_SLOW);
        assert_eq!(words_after(9, 3), PROGRESS_OFFLINE);
        assert_eq!(words_after(9, 2), PROGRESS_SLOW);
    }
}
