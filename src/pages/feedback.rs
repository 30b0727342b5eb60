//! `/feedback`, `/feedback/{id}`: questions to the provider's staff and their answers (M11).

use axum::extract::Path;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use crate::api::words;
use crate::components::{
    Badge, BadgeKind, Card, EmptyState, ErrorSummary, FieldError, MomentText, NoticeKind, SubmitButton, TextArea,
    TextField, error_of,
};
use crate::domain::feedback::{Author, MAX_MESSAGE, MAX_SUBJECT, Thread, ThreadMessage};
use crate::domain::id::ThreadId;
use crate::domain::login::Login;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::SignedIn;
use crate::service::feedback::{FeedbackError, add, open, own_thread, own_threads};

/// Where this screen stands.
const ADDRESS: &str = "/feedback";
/// Threads that are seen at once, so that the form below stays in reach; the rest opens on demand.
const THREADS_SEEN: usize = 5;
/// Most characters that the field of the subject takes.
const SUBJECT_MOST: u16 = MAX_SUBJECT as u16;

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/feedback", get(show).post(submit))
        .route("/feedback/{id}", get(show_thread).post(submit_message))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewThreadForm {
    subject: String,
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MessageForm {
    message: String,
}

async fn show(signed_in: SignedIn) -> Answer {
    page(&signed_in, NewThreadForm::default(), Vec::new()).await
}

async fn submit(signed_in: SignedIn, Form(form): Form<NewThreadForm>) -> Answer {
    match open(signed_in.services(), signed_in.id(), &form.subject, &form.message).await {
        Ok(id) => signed_in.redirect(&format!("/feedback/{id}"), NoticeKind::Success, SENT).await,
        Err(error) => {
            let errors = explain(error)?;
            page(&signed_in, form, errors).await
        }
    }
}

/// What is said once a message is taken.
const SENT: &str = "Сообщение отправлено. Ответ появится на этой странице.";

/// The errors of both forms in words.
pub fn explain(error: FeedbackError) -> Result<Vec<FieldError>, Failure> {
    let message = |text: String| vec![FieldError::new("message", text)];
    Ok(match error {
        FeedbackError::Fault(fault) => return Err(fault.into()),
        FeedbackError::NotFound => return Err(Failure::NotFound),
        FeedbackError::Full => {
            message("В этом обращении уже очень много сообщений. Начните новое: продолжим разговор там".to_owned())
        }
        FeedbackError::TooOften(limit) => message(words::too_often(limit)),
        FeedbackError::Form(errors) => {
            let subject = errors.subject.map(|error| {
                FieldError::new("subject", words::text(error, "Напишите в нескольких словах, о чём вопрос"))
            });
            let message =
                errors.message.map(|error| FieldError::new("message", words::text(error, "Напишите сообщение")));
            subject.into_iter().chain(message).collect()
        }
    })
}

async fn page(signed_in: &SignedIn, form: NewThreadForm, errors: Vec<FieldError>) -> Answer {
    let services = signed_in.services();
    let threads = own_threads(services, signed_in.id()).await?;
    let offset = services.settings().utc_offset_hours;
    let about =
        About { answer_to: answer_to(&signed_in.user.login), support: services.settings().support_email.clone() };
    let shown = errors.clone();
    signed_in
        .page("Обращения")
        .under(ADDRESS)
        .errors(&errors)
        .show(move || view(threads, form, about, shown, offset))
        .await
}

/// Where answers come, and where else one can write.
struct About {
    answer_to: String,
    support: String,
}

fn answer_to(login: &Login) -> String {
    match login {
        Login::Email(_) => format!("Ответ появится здесь и придёт письмом на {}.", login.show()),
        Login::Phone(_) => format!("Ответ появится здесь, а на {} придёт SMS.", login.show()),
    }
}

fn view(threads: Vec<Thread>, form: NewThreadForm, about: About, errors: Vec<FieldError>, offset: i8) -> impl IntoView {
    view! {
        <h1>"Обращения"</h1>
        <ErrorSummary errors=errors.clone()/>
        {thread_list(threads, offset)}
        {form_card(form, about, errors)}
    }
}

fn form_card(form: NewThreadForm, about: About, errors: Vec<FieldError>) -> impl IntoView {
    let mail = format!("mailto:{}", about.support);
    view! {
        <Card title="Новое обращение">
            <p class="long-text">{about.answer_to}</p>
            <form method="post" action="/feedback" novalidate>
                <TextField id="subject" label="Тема" value=form.subject maxlength=SUBJECT_MOST
                    hint="Коротко: о чём вопрос. Например, «Не вижу платёж за октябрь»."
                    error=error_of(&errors, "subject") autocomplete="off"/>
                <TextArea id="message" label="Сообщение" value=form.message
                    hint=format!("До {MAX_MESSAGE} знаков. Не пишите номер карты, пароль и ПИН-код: они нам не нужны.")
                    error=error_of(&errors, "message")/>
                <SubmitButton busy="Отправляем…">"Отправить"</SubmitButton>
            </form>
            <p class="muted long-text">"Можно и письмом: " <a href=mail>{about.support}</a></p>
        </Card>
    }
}

fn thread_list(threads: Vec<Thread>, offset: i8) -> impl IntoView {
    if threads.is_empty() {
        return view! {
            <EmptyState title="Обращений пока нет">
                <p>"Спросите о начислениях, платежах, показаниях или о самом кабинете: форма ниже."</p>
            </EmptyState>
        }
        .into_any();
    }
    let mut seen = threads;
    let rest = seen.split_off(seen.len().min(THREADS_SEEN));
    let rows = move |threads: Vec<Thread>| {
        let items = threads.into_iter().map(|thread| thread_row(thread, offset)).collect_view();
        view! { <ul class="rows">{items}</ul> }
    };
    let more = (!rest.is_empty()).then(|| {
        view! {
            <details>
                <summary>{format!("Показать более ранние: {}", rest.len())}</summary>
                {rows(rest)}
            </details>
        }
    });
    view! {
        <Card title="Ваши обращения">
            {rows(seen)}
            {more}
        </Card>
    }
    .into_any()
}

fn thread_row(thread: Thread, offset: i8) -> impl IntoView {
    let (kind, state) = match thread.last_author {
        Author::Operator => (BadgeKind::SUCCESS, "Есть ответ"),
        Author::User => (BadgeKind::INFO, "Ждёт ответа"),
    };
    view! {
        <li class="row">
            <div class="row-text">
                <p class="long-text"><a href=format!("/feedback/{}", thread.id)>{thread.subject}</a></p>
                <p class="muted"><MomentText at=thread.updated_at offset_hours=offset/></p>
            </div>
            <Badge kind text=state/>
        </li>
    }
}

async fn show_thread(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let id = ThreadId::parse(&id).map_err(|_| Failure::NotFound)?;
    thread_page(&signed_in, &id, MessageForm::default(), Vec::new()).await
}

async fn submit_message(signed_in: SignedIn, Path(id): Path<String>, Form(form): Form<MessageForm>) -> Answer {
    let id = ThreadId::parse(&id).map_err(|_| Failure::NotFound)?;
    match add(signed_in.services(), signed_in.id(), &id, &form.message).await {
        Ok(()) => signed_in.redirect(&format!("/feedback/{id}"), NoticeKind::Success, SENT).await,
        Err(error) => {
            let errors = explain(error)?;
            thread_page(&signed_in, &id, form, errors).await
        }
    }
}

async fn thread_page(signed_in: &SignedIn, id: &ThreadId, form: MessageForm, errors: Vec<FieldError>) -> Answer {
    let services = signed_in.services();
    let (thread, messages) = own_thread(services, signed_in.id(), id).await?.ok_or(Failure::NotFound)?;
    let offset = services.settings().utc_offset_hours;
    let shown = errors.clone();
    signed_in
        .page("Обращение")
        .under(ADDRESS)
        .errors(&errors)
        .show(move || thread_view(thread, messages, form, shown, offset))
        .await
}

fn thread_view(
    thread: Thread,
    messages: Vec<ThreadMessage>,
    form: MessageForm,
    errors: Vec<FieldError>,
    offset: i8,
) -> impl IntoView {
    view! {
        <p class="breadcrumb"><a href=ADDRESS>"Обращения"</a></p>
        <h1 class="long-text">{thread.subject}</h1>
        <ErrorSummary errors=errors.clone()/>
        {conversation(messages, Reader::User, offset)}
        <form method="post" action=format!("/feedback/{}", thread.id) novalidate>
            <TextArea id="message" label="Ваше сообщение" value=form.message rows=4
                hint="Не пишите номер карты, пароль и ПИН-код: они нам не нужны."
                error=error_of(&errors, "message")/>
            <SubmitButton busy="Отправляем…">"Отправить"</SubmitButton>
        </form>
    }
}

/// Who reads a conversation: their own messages are called so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reader {
    /// The user whose thread it is.
    User,
    /// An operator.
    Operator,
}

/// The messages of a thread, the oldest first.
pub fn conversation(messages: Vec<ThreadMessage>, reader: Reader, offset: i8) -> impl IntoView {
    let message = move |message: ThreadMessage| {
        let (class, who) = match (message.author, reader) {
            (Author::User, Reader::User) => ("message message-own", "Вы"),
            (Author::Operator, Reader::User) => ("message", "Сотрудник поставщика"),
            (Author::User, Reader::Operator) => ("message", "Абонент"),
            (Author::Operator, Reader::Operator) => ("message message-own", "Сотрудник"),
        };
        view! {
            <li class=class>
                <p class="message-head">
                    <strong>{who}</strong>
                    " · "
                    <MomentText at=message.at offset_hours=offset/>
                </p>
                {message.body}
            </li>
        }
    };
    view! { <ol class="thread">{messages.into_iter().map(message).collect_view()}</ol> }
}
