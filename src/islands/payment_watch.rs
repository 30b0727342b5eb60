//! The status line of a payment that waits for the bank: it polls the state with increasing pauses, and reloads the
//! page when the state has changed (M6).

use leptos::prelude::*;

use crate::components::{PROGRESS_WAITING, ProgressLine};
use crate::domain::payment::PaymentState;

/// The schedule of the polls and the texts meanwhile.
#[cfg(any(target_arch = "wasm32", test))]
mod schedule {
    use std::time::Duration;

    use crate::components::{PROGRESS_OFFLINE, PROGRESS_SLOW, PROGRESS_WAITING};

    /// Seconds before each of the first polls: most banks answer within these.
    const FIRST_PAUSES: [u64; 7] = [2, 2, 3, 5, 8, 13, 20];
    /// Seconds before each later poll.
    const LATER_PAUSE: u64 = 30;
    /// Polls of one page: half an hour. A page that is left open for longer does not load the server.
    pub(super) const MAX_QUESTIONS: usize = FIRST_PAUSES.len() + 58;
    /// Polls without a new state after which the line says that the bank is slow.
    pub(super) const SLOW_AFTER: usize = 8;
    /// Failed polls after which the line says so.
    pub(super) const OFFLINE_AFTER: usize = 3;

    /// The pause before a poll, counted from 0; nothing after the last one.
    pub(super) fn pause(question: usize) -> Option<Duration> {
        let seconds = FIRST_PAUSES.get(question).copied().unwrap_or(LATER_PAUSE);
        (question < MAX_QUESTIONS).then_some(Duration::from_secs(seconds))
    }

    /// The text after a poll, counted from 0, without a new state.
    pub(super) const fn words_after(question: usize, failures: usize) -> &'static str {
        if failures >= OFFLINE_AFTER {
            PROGRESS_OFFLINE
        } else if question >= SLOW_AFTER {
            PROGRESS_SLOW
        } else {
            PROGRESS_WAITING
        }
    }
}

/// Waits for the bank's answer and shows it when it comes. Without WebAssembly the page has a button that checks;
/// without JavaScript the page reloads itself.
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
    /// The payment.
    payment_id: String,
    /// The state that the page shows.
    state: PaymentState,
) -> impl IntoView {
    browser::watch(payment_id, state);
    view! { <ProgressLine words=PROGRESS_WAITING/> }
}

/// The text is written into the page's element: a signal for one text would cost a kilobyte.
#[cfg(target_arch = "wasm32")]
mod browser {
    use leptos::prelude::*;
    use leptos::task::spawn_local;

    use super::schedule::{pause, words_after};
    use crate::api::ApiError;
    use crate::api::payments::find_status;
    use crate::components::PROGRESS_SIGNED_OUT;
    use crate::domain::payment::PaymentState;

    pub(super) fn watch(payment_id: String, state: PaymentState) {
        plan(payment_id, state, 0, 0);
    }

    /// Polls after the pause; the `failures` polls before this one got no answer.
    fn plan(payment_id: String, state: PaymentState, question: usize, failures: usize) {
        if let Some(pause) = pause(question) {
            set_timeout(move || spawn_local(ask(payment_id, state, question, failures)), pause);
        }
    }

    async fn ask(payment_id: String, state: PaymentState, question: usize, failures: usize) {
        let failures = match find_status(&payment_id).await {
            Ok(now) if now != state => return drop(window().location().reload()),
            Ok(_) => 0,
            Err(ApiError::SignedOut) => return say(PROGRESS_SIGNED_OUT),
            Err(_) => failures + 1,
        };
        say(words_after(question, failures));
        plan(payment_id, state, question + 1, failures);
    }

    fn say(words: &str) {
        let line = document().query_selector(".progress span:last-child").ok().flatten();
        // A screen reader would read the same words again.
        if let Some(line) = line.filter(|line| line.text_content().as_deref() != Some(words)) {
            line.set_text_content(Some(words));
        }
    }
}

/// The server renders the line and does not poll.
#[cfg(not(target_arch = "wasm32"))]
mod browser {
    use crate::domain::payment::PaymentState;

    pub(super) fn watch(_payment_id: String, _state: PaymentState) {}
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::schedule::*;
    use crate::components::{PROGRESS_OFFLINE, PROGRESS_SLOW, PROGRESS_WAITING};

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
