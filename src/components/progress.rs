//! The line that waits for a payment.

use leptos::prelude::*;

/// What the line says first.
pub const PROGRESS_WAITING: &str = "Ждём ответа банка. Обычно это занимает меньше минуты.";
/// What it says when no answer came for long.
pub const PROGRESS_SLOW: &str =
    "Банк отвечает дольше обычного. Страницу можно закрыть: платёж не потеряется, мы узнаем ответ сами.";
/// What it says when the portal cannot be reached.
pub const PROGRESS_OFFLINE: &str =
    "Нет связи с кабинетом. Проверьте интернет: как только связь появится, страница обновится.";
/// What it says when the session has ended.
pub const PROGRESS_SIGNED_OUT: &str = "Вы вышли из кабинета. Войдите снова, чтобы увидеть, чем закончился платёж.";
/// All that the line ever says.
pub const PROGRESS_WORDS: [&str; 4] = [PROGRESS_WAITING, PROGRESS_SLOW, PROGRESS_OFFLINE, PROGRESS_SIGNED_OUT];

/// The line with its words; the island around it changes them, and a screen reader says the change.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <ProgressLine words=PROGRESS_WAITING/>
/// # };
/// ```
#[component]
pub fn ProgressLine(
    /// One of [`PROGRESS_WORDS`].
    words: &'static str,
) -> impl IntoView {
    view! {
        <p class="progress" role="status">
            <span class="spinner" aria-hidden="true"></span>
            <span>{words}</span>
        </p>
    }
}
