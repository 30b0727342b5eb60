//! The status line of a waiting payment.

use leptos::prelude::*;

/// The first text.
pub const PROGRESS_WAITING: &str = "Ждём ответа банка. Обычно это занимает меньше минуты.";
/// The text after a long wait without an answer.
pub const PROGRESS_SLOW: &str =
    "Банк отвечает дольше обычного. Страницу можно закрыть: платёж не потеряется, мы узнаем ответ сами.";
/// The text when the portal cannot be reached.
pub const PROGRESS_OFFLINE: &str =
    "Нет связи с кабинетом. Проверьте интернет: как только связь появится, страница обновится.";
/// The text when the session has ended.
pub const PROGRESS_SIGNED_OUT: &str = "Вы вышли из кабинета. Войдите снова, чтобы увидеть, чем закончился платёж.";
/// All texts of the line.
pub const PROGRESS_WORDS: [&str; 4] = [PROGRESS_WAITING, PROGRESS_SLOW, PROGRESS_OFFLINE, PROGRESS_SIGNED_OUT];

/// The line with its text; the island around it changes the text, and a screen reader reads the change.
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
