//! `/console/feedback`, `/console/feedback/{id}`: subscribers' questions, and the answers (M11).

use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use serde::Deserialize;

use crate::api::call::call;
use crate::api::console::feedback::{AnswerForm, AnswerThread, answer_thread};
use crate::components::{
    Badge, BadgeKind, Column, DataTable, EmptyState, ErrorSummary, FieldError, MomentText, Pager, SubmitButton,
    TextArea, error_of,
};
use crate::domain::account::Access;
use crate::domain::account::AccountInScope;
use crate::domain::feedback::{Author, MAX_MESSAGE, MAX_SMS_ANSWER, Thread};
use crate::domain::id::ThreadId;
use crate::domain::paging::AskedPage;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Staff;
use crate::islands::ServerForm;
use crate::pages::feedback::{Reader, conversation};
use crate::service::feedback::{Asker, Conversation, GuestAnswer, Queue, queue, thread_in_scope};

/// The address of this screen.
const ADDRESS: &str = "/console/feedback";

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/console/feedback", get(show)).route("/console/feedback/{id}", get(show_thread).post(submit))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    page: AskedPage,
}

async fn show(staff: Staff, Query(place): Query<Place>) -> Answer {
    let services = &staff.web.services;
    let shown = queue(services, &staff.scope, place.page).await?;
    let offset = services.settings().utc_offset_hours;
    staff.page("Обращения").under(ADDRESS).show(move || view(shown, offset)).await
}

fn view(shown: Queue, offset: i8) -> impl IntoView {
    let Queue { threads, waiting, place } = shown;
    let body = if threads.is_empty() {
        view! {
            <EmptyState title="Обращений нет">
                <p>"Когда абонент напишет, обращение появится здесь."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <p>{format!("Ждут ответа: {waiting}.")}</p>
            <DataTable caption="Обращения абонентов" head=vec![Column::Text("Тема"), Column::Text("Последнее сообщение"), Column::Text("Состояние")]>
                {threads.into_iter().map(|thread| row(thread, offset)).collect_view()}
            </DataTable>
            <Pager page=place.number pages=place.pages href=format!("{ADDRESS}?page=")/>
        }
        .into_any()
    };
    view! {
        <h1>"Обращения"</h1>
        {body}
    }
}

fn row(thread: Thread, offset: i8) -> impl IntoView {
    let (kind, state) = match thread.last_author {
        Author::User => (BadgeKind::WARNING, "Ждёт ответа"),
        Author::Operator => (BadgeKind::SUCCESS, "Отвечено"),
    };
    view! {
        <tr>
            <th scope="row" class="long-text"><a href=format!("{ADDRESS}/{}", thread.id)>{thread.subject}</a></th>
            <td data-label="Последнее сообщение"><MomentText at=thread.updated_at offset_hours=offset/></td>
            <td data-label="Состояние"><Badge kind text=state/></td>
        </tr>
    }
}

async fn show_thread(staff: Staff, Path(id): Path<String>) -> Answer {
    thread_page(&staff, AnswerForm { thread_id: id, ..AnswerForm::default() }, Vec::new()).await
}

async fn submit(State(web): State<Web>, Path(id): Path<String>, parts: Parts, Form(form): Form<AnswerForm>) -> Answer {
    let form = AnswerForm { thread_id: id, ..form };
    let called = call(&web, &parts, answer_thread(form.clone())).await?;
    called.or_page(&web, parts, async |staff: Staff, errors| thread_page(&staff, form, errors).await).await
}

async fn thread_page(staff: &Staff, form: AnswerForm, errors: Vec<FieldError>) -> Answer {
    let services = &staff.web.services;
    let id = ThreadId::parse(&form.thread_id).map_err(|_| Failure::NotFound)?;
    let shown = thread_in_scope(services, &staff.scope, &id).await?.ok_or(Failure::NotFound)?;
    let offset = services.settings().utc_offset_hours;
    let page = staff.page("Обращение").under(ADDRESS).errors(&errors);
    page.show(move || thread_view(shown, form, errors, offset)).await
}

fn thread_view(shown: Conversation, form: AnswerForm, errors: Vec<FieldError>, offset: i8) -> impl IntoView {
    let Conversation { thread, messages, asker } = shown;
    view! {
        <p class="breadcrumb"><a href=ADDRESS>"Обращения"</a></p>
        <h1 class="long-text">{thread.subject}</h1>
        {asker_view(asker)}
        {conversation(messages, Reader::Operator, offset)}
        <ServerForm function=AnswerThread::PATH.to_owned() action=format!("{ADDRESS}/{}", thread.id)>
            <ErrorSummary errors=errors.clone()/>
            <input type="hidden" name="thread_id" value=form.thread_id/>
            <TextArea id="message" label="Ответ" value=form.message
                hint=format!(
                    "Абонент увидит ответ в кабинете; мы пришлём его письмом или сообщим по SMS. До {MAX_MESSAGE} знаков."
                )
                error=error_of(&errors, "message")/>
            <SubmitButton busy="Отправляем…">"Ответить"</SubmitButton>
        </ServerForm>
    }
}

/// The author of a question: only the data that an answer needs, the login masked.
fn asker_view(Asker { guest_answer, name, login_masked, accounts }: Asker) -> impl IntoView {
    if let Some(answer) = guest_answer {
        return guest_view(answer, login_masked).into_any();
    }
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "не указано".to_owned());
    let account = |own: AccountInScope| {
        let version = if own.access == Access::Full {
            "полная версия"
        } else {
            "ограниченная версия"
        };
        view! { <li class="long-text">{format!("{}, {} ({version})", own.number, own.provider)}</li> }
    };
    let accounts = if accounts.is_empty() {
        view! { "не подключены" }.into_any()
    } else {
        view! { <ul>{accounts.into_iter().map(account).collect_view()}</ul> }.into_any()
    };
    view! {
        <dl class="facts">
            <div><dt>"Имя"</dt><dd class="long-text">{or_none(name)}</dd></div>
            <div><dt>"Логин"</dt><dd class="long-text">{or_none(login_masked)}</dd></div>
            <div><dt>"Лицевые счета"</dt><dd>{accounts}</dd></div>
        </dl>
    }
    .into_any()
}

/// A person without an account.
fn guest_view(answer: GuestAnswer, contact_masked: Option<String>) -> impl IntoView {
    let way = match answer {
        GuestAnswer::Letter => "Личного кабинета нет: ответ придёт только письмом.".to_owned(),
        GuestAnswer::Sms => format!("Личного кабинета нет: ответ придёт только по SMS, до {MAX_SMS_ANSWER} знаков."),
    };
    view! {
        <dl class="facts">
            <div><dt>"Контакт"</dt><dd class="long-text">{contact_masked}</dd></div>
        </dl>
        <p>{way}</p>
    }
}
