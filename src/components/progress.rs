//! The line that waits for a payment: `site.js` asks for its state ever more rarely and loads the page anew when that
//! has changed. Without JavaScript the page refreshes itself.

use leptos::prelude::*;

use crate::domain::payment::PaymentState;

const WAITING: &str = "Ждём ответа банка. Обычно это занимает меньше минуты.";
const SLOW: &str = "Банк отвечает дольше обычного. Страницу можно закрыть: платёж не потеряется, мы узнаем ответ сами.";
const OFFLINE: &str = "Нет связи с кабинетом. Проверьте интернет: как только связь появится, страница обновится.";
const SIGNED_OUT: &str = "Вы вышли из кабинета. Войдите снова, чтобы увидеть, чем закончился платёж.";
/// All that the line ever says.
pub const PROGRESS_WORDS: [&str; 4] = [WAITING, SLOW, OFFLINE, SIGNED_OUT];

/// Says that the bank's answer is awaited. Nothing for a payment that is decided.
///
/// ```ignore
/// <PaymentProgress address=status_address(&payment.id) state=payment.state/>
/// ```
#[component]
pub fn PaymentProgress(
    /// Where the state is asked for.
    #[prop(into)]
    address: String,
    /// The state when the page was made.
    state: PaymentState,
) -> impl IntoView {
    (!state.is_final()).then(|| {
        view! {
            <p
                class="progress"
                role="status"
                data-watch=address
                data-state=state.as_str()
                data-waiting=WAITING
                data-slow=SLOW
                data-offline=OFFLINE
                data-signed-out=SIGNED_OUT
            >
                {line(WAITING)}
            </p>
        }
    })
}

/// The line with these words, which nobody watches.
#[component]
pub fn ProgressLine(
    /// One of [`PROGRESS_WORDS`].
    words: &'static str,
) -> impl IntoView {
    view! { <p class="progress">{line(words)}</p> }
}

/// `site.js` replaces what its last element says.
fn line(words: &'static str) -> impl IntoView {
    view! {
        <span class="spinner" aria-hidden="true"></span>
        <span>{words}</span>
    }
}
