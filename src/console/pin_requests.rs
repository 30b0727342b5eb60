//! `/console/pin-requests`: what an applicant gave beside what billing holds; the operator compares and decides (M5).

use axum::extract::Path;
use axum::response::Redirect;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use super::HOME;
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, Column, DataTable, EmptyState, ErrorSummary, FieldError, LinkButton,
    MomentText, NoticeKind, SubmitButton, error_of,
};
use crate::domain::id::PinRequestId;
use crate::domain::login::Login;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Staff;
use crate::pages::words;
use crate::service::pins::{DecideError, QueuedRequest, REASON_MOST, approve, queue, refuse};

/// The field of the reason; one request at a time can come back with an error.
const REASON: &str = "reason";
/// What is said when the request is not there to decide any more.
const GONE: &str = "Этот запрос уже решил другой сотрудник. Ничего отправлять не нужно.";

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/console/pin-requests", get(show))
        .route("/console/pin-requests/{id}/approve", get(back).post(submit_approval))
        .route("/console/pin-requests/{id}/refuse", get(back).post(submit_refusal))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RefusalForm {
    reason: String,
}

async fn show(staff: Staff) -> Answer {
    page(&staff, None).await
}

/// Who opens the address of a form, after an error or from the history, comes back to the queue.
async fn back() -> Redirect {
    Redirect::to(HOME)
}

async fn submit_approval(staff: Staff, Path(id): Path<String>) -> Answer {
    let id = PinRequestId::parse(&id).map_err(|_| Failure::NotFound)?;
    match approve(&staff.web.services, &staff.operator.id, &id, &staff.visitor).await {
        Ok(()) => staff.redirect(HOME, NoticeKind::Success, "ПИН-код отправлен заявителю.").await,
        Err(error) => refused_decision(&staff, error, id, String::new()).await,
    }
}

async fn submit_refusal(staff: Staff, Path(id): Path<String>, Form(form): Form<RefusalForm>) -> Answer {
    let id = PinRequestId::parse(&id).map_err(|_| Failure::NotFound)?;
    match refuse(&staff.web.services, &staff.operator.id, &id, &form.reason, &staff.visitor).await {
        Ok(()) => staff.redirect(HOME, NoticeKind::Success, "В ПИН-коде отказано, причина отправлена заявителю.").await,
        Err(error) => refused_decision(&staff, error, id, form.reason).await,
    }
}

async fn refused_decision(staff: &Staff, error: DecideError, id: PinRequestId, typed: String) -> Answer {
    match error {
        DecideError::Fault(fault) => Err(fault.into()),
        DecideError::Gone => staff.redirect(HOME, NoticeKind::Warning, GONE).await,
        DecideError::Reason(error) => {
            let message = words::text(error, "Напишите, почему отказано: это прочитает заявитель");
            let comeback = Comeback { id, typed, error: FieldError::new(REASON, message) };
            page(staff, Some(comeback)).await
        }
    }
}

/// A refusal whose reason has to be mended.
struct Comeback {
    id: PinRequestId,
    typed: String,
    error: FieldError,
}

async fn page(staff: &Staff, comeback: Option<Comeback>) -> Answer {
    let services = &staff.web.services;
    let requests = queue(services).await?;
    if let Some(comeback) = &comeback
        && !requests.iter().any(|queued| queued.request.id == comeback.id)
    {
        return staff.redirect(HOME, NoticeKind::Warning, GONE).await;
    }
    let offset = services.settings().utc_offset_hours;
    let errors: Vec<FieldError> = comeback.iter().map(|comeback| comeback.error.clone()).collect();
    staff.page("Запросы ПИН-кода").under(HOME).errors(&errors).show(move || view(requests, comeback, offset)).await
}

fn view(requests: Vec<QueuedRequest>, comeback: Option<Comeback>, offset: i8) -> impl IntoView {
    let errors: Vec<FieldError> = comeback.iter().map(|comeback| comeback.error.clone()).collect();
    let body = if requests.is_empty() {
        view! {
            <EmptyState title="Запросов нет">
                <p>"Все запросы рассмотрены. Новые появятся здесь."</p>
                <p><LinkButton href=HOME kind=ButtonKind::Secondary>"Обновить"</LinkButton></p>
            </EmptyState>
        }
        .into_any()
    } else {
        let count = requests.len();
        let cards = requests.into_iter().map(|queued| {
            let own = comeback.as_ref().filter(|comeback| comeback.id == queued.request.id);
            card(queued, own, offset)
        });
        let cards = cards.collect_view();
        view! {
            <p>{format!("Ждут решения: {count}. Сначала те, кто ждёт дольше.")}</p>
            {cards}
        }
        .into_any()
    };
    view! {
        <h1>"Запросы ПИН-кода"</h1>
        <ErrorSummary errors/>
        {body}
    }
}

fn card(queued: QueuedRequest, comeback: Option<&Comeback>, offset: i8) -> impl IntoView + use<> {
    let QueuedRequest { request, number, provider, subscriber, address, phone, email } = queued;
    let contact_held = match Login::parse(&request.contact) {
        Ok(Login::Phone(_)) => phone,
        _ => email,
    };
    let rows = [
        ("Имя", request.applicant_name, subscriber),
        ("Адрес", request.applicant_address, Some(address)),
        ("Куда отправить", request.contact, contact_held),
    ];
    let label = format!("по лицевому счёту {number}");
    let action = format!("/console/pin-requests/{}", request.id);
    let refusal = refusal_form(&action, request.id.as_str(), &label, comeback);
    view! {
        <Card title=format!("Лицевой счёт {number}, {provider}")>
            <p class="muted">"Запрос от " <MomentText at=request.created_at offset_hours=offset/></p>
            <DataTable caption="Сравните данные" head=vec![Column::Text("Что сравнить"), Column::Text("В запросе"), Column::Text("У поставщика"), Column::Text("Совпадение")]>
                {rows.into_iter().map(|(what, given, held)| row(what, given, held)).collect_view()}
            </DataTable>
            <form method="post" action=format!("{action}/approve")>
                <SubmitButton busy="Отправляем…" aria_label=format!("Отправить ПИН-код {label}")>
                    "Отправить ПИН-код"
                </SubmitButton>
            </form>
            {refusal}
        </Card>
    }
}

fn row(what: &'static str, given: String, held: Option<String>) -> impl IntoView {
    let (kind, verdict) = match &held {
        None => (BadgeKind::Plain, "Не с чем сравнить"),
        Some(held) if reads_alike(&given, held) => (BadgeKind::SUCCESS, "Совпадает"),
        Some(_) => (BadgeKind::WARNING, "Отличается"),
    };
    view! {
        <tr>
            <th scope="row">{what}</th>
            <td class="long-text" data-label="В запросе">{given}</td>
            <td class="long-text" data-label="У поставщика">{held.unwrap_or_else(|| "не указано".to_owned())}</td>
            <td data-label="Совпадение"><Badge kind text=verdict/></td>
        </tr>
    }
}

/// Whether two texts are the same for a reader: case, ё, punctuation and order of words aside. It only helps the eye;
/// the operator decides.
fn reads_alike(one: &str, other: &str) -> bool {
    let words = |text: &str| {
        let folded = text.to_lowercase().replace('ё', "е");
        let mut words: Vec<String> =
            folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    words(one) == words(other)
}

/// The refusal with its reason. Many stand on one page, so each field has an id of its own; the one that came back has
/// the id that the summary of errors links to.
fn refusal_form(action: &str, id: &str, label: &str, comeback: Option<&Comeback>) -> impl IntoView + use<> {
    let errors: Vec<FieldError> = comeback.iter().map(|comeback| comeback.error.clone()).collect();
    let error = error_of(&errors, REASON);
    let field = if error.is_some() { REASON.to_owned() } else { format!("{REASON}-{id}") };
    let (hint_id, error_id) = (format!("{field}-hint"), format!("{field}-error"));
    let described_by = if error.is_some() { format!("{error_id} {hint_id}") } else { hint_id.clone() };
    let invalid = error.is_some().then_some("true");
    let class = if error.is_some() { "field field-invalid" } else { "field" };
    let typed = comeback.map(|comeback| comeback.typed.clone()).unwrap_or_default();
    view! {
        <form method="post" action=format!("{action}/refuse") novalidate>
            <div class=class>
                <div class="field-head"><label for=field.clone()>"Причина отказа"</label></div>
                <p class="field-hint" id=hint_id>
                    {format!("Её прочитает заявитель. До {REASON_MOST} знаков, без личных данных абонента.")}
                </p>
                {error.map(|error| view! {
                    <p class="field-error" id=error_id><span class="visually-hidden">"Ошибка: "</span>{error}</p>
                })}
                <textarea class="input" id=field name=REASON rows="2" required aria-describedby=described_by
                    aria-invalid=invalid>
                    {typed}
                </textarea>
            </div>
            <SubmitButton kind=ButtonKind::Danger busy="Отказываем…" aria_label=format!("Отказать {label}")>
                "Отказать"
            </SubmitButton>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_read_alike_are_told_apart_from_those_that_do_not() {
        assert!(reads_alike("Пермь, ул. Ленина, д. 5, кв. 12", "г ПЕРМЬ ул ленина д.5 кв.12".trim_start_matches("г ")));
        assert!(reads_alike("Семёнова Анна", "АННА СЕМЕНОВА"));
        assert!(!reads_alike("Пермь, Ленина 5-12", "Пермь, Ленина 51-2"));
        assert!(!reads_alike("", "Пермь"));
    }
}
