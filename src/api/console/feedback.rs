//! An operator's answer to a subscriber (M11).

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, Outcome};

/// The form of an answer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnswerForm {
    /// The thread.
    pub thread_id: String,
    /// The answer, as typed.
    pub message: String,
}

/// Answers a thread; the subscriber gets the answer by letter or SMS too.
///
/// # Errors
/// [`ApiError::SignedOut`] without an operator's session, [`ApiError::NotFound`] for a thread of another provider's
/// subscriber.
#[server(endpoint = "console-answer-thread")]
pub async fn answer_thread(#[server(flatten)] form: AnswerForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::domain::id::ThreadId;
    use crate::http::answer::Failure;
    use crate::http::session::Staff;
    use crate::service::feedback::answer;

    let staff: Staff = crate::api::caller().await?;
    let id = ThreadId::parse(&form.thread_id).map_err(|_| crate::api::refused(Failure::NotFound))?;
    match answer(&staff.web.services, &staff.scope, &id, &form.message, &staff.visitor).await {
        Ok(()) => {
            let text = "Ответ отправлен абоненту.";
            crate::api::done(&staff, "/console/feedback", NoticeKind::Success, text).await
        }
        Err(declined) => crate::api::refusal(declined.into(), "message", answer_refused),
    }
}

#[cfg(feature = "ssr")]
fn answer_refused(error: crate::service::feedback::FeedbackError) -> Result<Outcome, ApiError> {
    use crate::api::words;
    use crate::domain::text::TextError;
    use crate::http::answer::Failure;
    use crate::service::feedback::FeedbackError;

    let message = match error {
        FeedbackError::NotFound => return Err(crate::api::refused(Failure::NotFound)),
        FeedbackError::Full => {
            let text =
                "В этом обращении уже очень много сообщений, ответить в нём больше нельзя. Абонент может начать новое";
            return Ok(Outcome::no_mistake("message", words::THREAD_FULL, text));
        }
        FeedbackError::Form(errors) => words::text(errors.message.unwrap_or(TextError::Empty), "Напишите сообщение"),
    };
    Ok(Outcome::invalid("message", message))
}
