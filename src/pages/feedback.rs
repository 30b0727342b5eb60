//! `/feedback`, `/feedback/{id}`: questions to the provider's staff and their answers (M11). A guest gets the form of
//! [`guest`].

mod guest;

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::api::call::call;
use crate::api::feedback::{GuestForm, NewThread, ReplyForm, ReplyInThread, ThreadForm, new_thread, reply_in_thread};
use crate::components::{
    Badge, BadgeKind, Card, EmptyState, ErrorSummary, FieldError, MomentText, SubmitButton, TextArea, TextField,
    error_of,
};
use crate::domain::feedback::{Author, MAX_MESSAGE, MAX_SUBJECT, Thread, ThreadMessage};
use crate::domain::id::ThreadId;
use crate::domain::login::Login;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{SignedIn, Visit};
use crate::islands::ServerForm;
use crate::service::feedback::{own_thread, own_threads};

/// The address of this screen.
const ADDRESS: &str = "/feedback";
/// Visible threads, so that the form below is in reach; the rest is folded.
const THREADS_SEEN: usize = 5;
/// The longest subject that the field accepts, in characters.
#[expect(clippy::cast_possible_truncation, reason = "a small constant")]
const SUBJECT_LENGTH: u16 = MAX_SUBJECT as u16;

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route(ADDRESS, get(show).post(submit))
        .route(guest::FORM, get(guest::back).post(guest::submit))
        .route(guest::SENT, get(guest::show_sent))
        .route("/feedback/{id}", get(show_thread).post(submit_message))
}

async fn show(visit: Visit) -> Answer {
    match (visit.session.clone(), visit.user.clone()) {
        (Some(session), Some(user)) => {
            page(&SignedIn { visit, session, user, linked: Vec::new() }, ThreadForm::default(), Vec::new()).await
        }
        _ => guest::page(&visit, GuestForm::default(), Vec::new()).await,
    }
}

async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<ThreadForm>) -> Answer {
    let called = call(&web, &parts, new_thread(form.clone())).await?;
    called.or_page(&web, parts, async |signed_in: SignedIn, errors| page(&signed_in, form, errors).await).await
}

async fn page(signed_in: &SignedIn, form: ThreadForm, errors: Vec<FieldError>) -> Answer {
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

/// Where answers arrive, and the other contacts.
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

fn view(threads: Vec<Thread>, form: ThreadForm, about: About, errors: Vec<FieldError>, offset: i8) -> impl IntoView {
    view! {
        <h1>"Обращения"</h1>
        {thread_list(threads, offset)}
        {form_card(form, about, errors)}
    }
}

fn form_card(form: ThreadForm, about: About, errors: Vec<FieldError>) -> impl IntoView {
    let mail = format!("mailto:{}", about.support);
    view! {
        <Card title="Новое обращение">
            <p class="long-text">{about.answer_to}</p>
            <ServerForm function=NewThread::PATH.to_owned() action=ADDRESS.to_owned()>
                <ErrorSummary errors=errors.clone()/>
                {question_fields(form.subject, form.message, "Не вижу платёж за октябрь", &errors)}
                <SubmitButton busy="Отправляем…">"Отправить"</SubmitButton>
            </ServerForm>
            <p class="muted long-text">"Можно и письмом: " <a href=mail>{about.support}</a></p>
        </Card>
    }
}

/// The subject and the message of a new question; `example` is a subject.
fn question_fields(subject: String, message: String, example: &str, errors: &[FieldError]) -> impl IntoView + use<> {
    let (subject_error, message_error) = (error_of(errors, "subject"), error_of(errors, "message"));
    view! {
        <TextField id="subject" label="Тема" value=subject maxlength=SUBJECT_LENGTH
            hint=format!("Коротко: о чём вопрос. Например, «{example}».") error=subject_error autocomplete="off"/>
        <TextArea id="message" label="Сообщение" value=message error=message_error
            hint=format!("До {MAX_MESSAGE} знаков. Не пишите номер карты, пароль и ПИН-код: они нам не нужны.")/>
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
    let form = ReplyForm { thread_id: id, ..ReplyForm::default() };
    thread_page(&signed_in, form, Vec::new()).await
}

async fn submit_message(
    State(web): State<Web>,
    Path(id): Path<String>,
    parts: Parts,
    Form(form): Form<ReplyForm>,
) -> Answer {
    let form = ReplyForm { thread_id: id, ..form };
    let called = call(&web, &parts, reply_in_thread(form.clone())).await?;
    called.or_page(&web, parts, async |signed_in: SignedIn, errors| thread_page(&signed_in, form, errors).await).await
}

async fn thread_page(signed_in: &SignedIn, form: ReplyForm, errors: Vec<FieldError>) -> Answer {
    let id = ThreadId::parse(&form.thread_id).map_err(|_| Failure::NotFound)?;
    let services = signed_in.services();
    let (thread, messages) = own_thread(services, signed_in.id(), &id).await?.ok_or(Failure::NotFound)?;
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
    form: ReplyForm,
    errors: Vec<FieldError>,
    offset: i8,
) -> impl IntoView {
    view! {
        <p class="breadcrumb"><a href=ADDRESS>"Обращения"</a></p>
        <h1 class="long-text">{thread.subject}</h1>
        {conversation(messages, Reader::User, offset)}
        <ServerForm function=ReplyInThread::PATH.to_owned() action=format!("{ADDRESS}/{}", thread.id)>
            <ErrorSummary errors=errors.clone()/>
            <input type="hidden" name="thread_id" value=thread.id.to_string()/>
            <TextArea id="message" label="Ваше сообщение" value=form.message rows=4
                hint="Не пишите номер карты, пароль и ПИН-код: они нам не нужны."
                error=error_of(&errors, "message")/>
            <SubmitButton busy="Отправляем…">"Отправить"</SubmitButton>
        </ServerForm>
    }
}

/// The reader of a conversation: their own messages are labelled so.
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
