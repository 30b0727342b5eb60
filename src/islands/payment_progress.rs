//! Waits for a payment and shows its page anew once it is decided (M6).

use leptos::prelude::*;

use crate::api::ApiError;
use crate::api::payments::watch_payment;
use crate::domain::payment::PaymentState;

/// Seconds before each question; the last holds for all that follow. The bank mostly answers within a few seconds,
/// and a page left open must not load the server.
const DELAYS: [u16; 8] = [2, 2, 3, 5, 8, 13, 20, 30];
/// Questions after which the page stops asking: about half an hour.
const MOST_ROUNDS: usize = 65;
/// Failed questions in a row after which the page says that there is no connection.
const FAILURES_TO_TELL: usize = 3;

const WAITING: &str = "Ждём ответа банка. Обычно это занимает меньше минуты.";
const SLOW: &str = "Банк отвечает дольше обычного. Страницу можно закрыть: платёж не потеряется, мы узнаем ответ сами.";
const OFFLINE: &str = "Нет связи с кабинетом. Проверьте интернет: как только связь появится, страница обновится.";
const SIGNED_OUT: &str = "Вы вышли из кабинета. Войдите снова, чтобы увидеть, чем закончился платёж.";
/// Rounds after which waiting is called slow: about a minute.
const SLOW_ROUND: usize = 8;

/// Seconds before a question.
fn delay(round: usize) -> u16 {
    DELAYS.get(round).or(DELAYS.last()).copied().unwrap_or(30)
}

/// What to say before a question.
fn words(round: usize, failures: usize) -> &'static str {
    if failures >= FAILURES_TO_TELL {
        OFFLINE
    } else if round >= SLOW_ROUND {
        SLOW
    } else {
        WAITING
    }
}

/// Says that the bank's answer is awaited, asks for it ever more rarely, and reloads the page when there is one.
/// Nothing for a payment that is decided.
///
/// ```ignore
/// <PaymentProgress payment_id=payment.id.to_string() state=payment.state/>
/// ```
#[island]
pub fn PaymentProgress(
    /// The payment's identifier.
    payment_id: String,
    /// Its state when the page was made.
    state: PaymentState,
) -> impl IntoView {
    let said = RwSignal::new(words(0, 0));
    // Effects run in the browser only.
    Effect::new(move |_| {
        if !state.is_final() {
            ask_later(Question { payment_id: payment_id.clone(), round: 0, failures: 0, said });
        }
    });
    (!state.is_final()).then(|| {
        view! {
            <p class="progress" role="status">
                <span class="spinner" aria-hidden="true"></span>
                <span>{said}</span>
            </p>
        }
    })
}

/// One question in a row of them.
struct Question {
    payment_id: String,
    round: usize,
    failures: usize,
    said: RwSignal<&'static str>,
}

fn ask_later(question: Question) {
    let wait = std::time::Duration::from_secs(delay(question.round).into());
    set_timeout(move || leptos::task::spawn_local(ask(question)), wait);
}

async fn ask(question: Question) {
    let Question { payment_id, round, failures, said } = question;
    let failures = match watch_payment(&payment_id).await {
        Ok(state) if state.is_final() => {
            let _ = window().location().reload();
            return;
        }
        Ok(_) => 0,
        Err(ApiError::SignedOut) => {
            said.set(SIGNED_OUT);
            return;
        }
        Err(ApiError::NotFound | ApiError::Busy | ApiError::Internal) => failures + 1,
    };
    said.set(words(round + 1, failures));
    if round < MOST_ROUNDS {
        ask_later(Question { payment_id, round: round + 1, failures, said });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_become_rarer_and_never_stop_being_bounded() {
        assert!(DELAYS.is_sorted());
        assert_eq!(delay(1000), 30);
        let minutes: usize = (0..=MOST_ROUNDS).map(|round| usize::from(delay(round))).sum::<usize>() / 60;
        assert!((25..=35).contains(&minutes), "{minutes}");
    }

    #[test]
    fn a_slow_bank_and_a_lost_connection_are_told_apart() {
        assert_eq!(words(0, 0), WAITING);
        assert_eq!(words(SLOW_ROUND, 0), SLOW);
        assert_eq!(words(1, FAILURES_TO_TELL), OFFLINE);
    }
}
