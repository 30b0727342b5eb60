//! Threads of feedback: a new one, a reply, and the question of a person without an account (M11).

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};

/// The message after a user adds a message to their thread.
#[cfg(feature = "ssr")]
const SENT: &str = "Сообщение отправлено. Ответ появится на этой странице.";

/// The form of a new thread.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ThreadForm {
    /// The subject.
    pub subject: String,
    /// The first message.
    pub message: String,
}

/// Opens a thread.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session.
#[server(endpoint = "new-thread")]
pub async fn new_thread(#[server(flatten)] form: ThreadForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::session::SignedIn;
    use crate::service::feedback::open;

    let caller: SignedIn = super::caller().await?;
    match open(caller.services(), caller.id(), &form.subject, &form.message).await {
        Ok(id) => super::done(&caller, format!("/feedback/{id}"), NoticeKind::Success, SENT).await,
        Err(error) => super::refusal(error, "message", refused),
    }
}

/// The form of a reply.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReplyForm {
    /// The thread.
    pub thread_id: String,
    /// The message.
    pub message: String,
}

/// Adds the user's message to their thread.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] when the thread is not the caller's.
#[server(endpoint = "reply-in-thread")]
pub async fn reply_in_thread(#[server(flatten)] form: ReplyForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::domain::id::ThreadId;
    use crate::http::answer::Failure;
    use crate::http::session::SignedIn;
    use crate::service::feedback::add;

    let caller: SignedIn = super::caller().await?;
    let id = ThreadId::parse(&form.thread_id).map_err(|_| super::refused(Failure::NotFound))?;
    match add(caller.services(), caller.id(), &id, &form.message).await {
        Ok(()) => super::done(&caller, format!("/feedback/{id}"), NoticeKind::Success, SENT).await,
        Err(error) => super::refusal(error, "message", refused),
    }
}

/// The form of a person without an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GuestForm {
    /// The address or phone of the answer.
    pub contact: String,
    /// The subject.
    pub subject: String,
    /// The message.
    pub message: String,
    /// `on` with the consent to the processing of personal data.
    pub consent: String,
}

/// Opens a thread of a person who cannot sign in.
///
/// # Errors
/// [`ApiError::Internal`] when the storage fails.
#[server(endpoint = "ask-as-guest")]
pub async fn ask_as_guest(#[server(flatten)] form: GuestForm) -> Result<Outcome, ApiError> {
    use super::registration::accepted_consent;
    use crate::http::session::Visit;
    use crate::service::feedback::{self, GuestQuestion};

    let caller: Visit = super::caller().await?;
    let GuestForm { contact, subject, message, consent } = &form;
    let accepted = accepted_consent(&caller, consent);
    let question = GuestQuestion { contact, subject, message, consent: accepted.as_deref() };
    match feedback::ask_as_guest(caller.services(), question, &caller.visitor).await {
        Ok(()) => Ok(Outcome::Next("/feedback/sent".to_owned())),
        Err(error) => super::refusal(error, "message", refused),
    }
}

/// The fields to correct, of every form of feedback.
///
/// # Errors
/// [`ApiError::NotFound`] when the thread does not exist.
#[cfg(feature = "ssr")]
fn refused(error: crate::service::feedback::FeedbackError) -> Result<Outcome, ApiError> {
    use super::words;
    use crate::domain::form::FieldError;
    use crate::http::answer::Failure;
    use crate::service::feedback::{FeedbackError, FormErrors};

    Ok(Outcome::Invalid(match error {
        FeedbackError::NotFound => return Err(super::refused(Failure::NotFound)),
        FeedbackError::Full => {
            let text = "В этом обращении уже очень много сообщений. Начните новое: продолжим разговор там";
            return Ok(Outcome::no_mistake("message", words::THREAD_FULL, text));
        }
        FeedbackError::Form(FormErrors { contact, subject, message, consent_missing }) => {
            let contact = contact.map(|error| FieldError::new("contact", words::login(error)));
            let subject = subject.map(|error| {
                FieldError::new("subject", words::text(error, "Напишите в нескольких словах, о чём вопрос"))
            });
            let message = message.map(|error| FieldError::new("message", words::text(error, "Напишите сообщение")));
            let consent = consent_missing
                .then(|| FieldError::new("consent", "Поставьте отметку: без согласия мы не можем принять ваш вопрос"));
            [contact, subject, message, consent].into_iter().flatten().collect()
        }
    }))
}
