//! `/console/pin-requests`: what an applicant gave beside what billing holds; the operator compares and decides (M5).

use axum::extract::{Path, Query};
use axum::response::Redirect;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use super::HOME;
use crate::api::words;
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, Column, DataTable, EmptyState, ErrorSummary, FieldError, LinkButton,
    MomentText, Notice, NoticeKind, Pager, SubmitButton, error_of,
};
use crate::domain::id::PinRequestId;
use crate::domain::login::Login;
use crate::domain::paging::AskedPage;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Staff;
use crate::service::pin_decisions::{
    Comparison, DecideError, Decider, Doubts, Queue, QueuedRequest, approve, queue, refuse,
};
use crate::service::pins::REASON_MOST;

/// The field of the reason; one request at a time can come back with an error.
const REASON: &str = "reason";
/// What is said when the request is not there to decide any more.
const GONE: &str = "Этот запрос уже решил другой сотрудник. Ничего отправлять не нужно.";

/// What is said to an operator who asked for the PIN themselves or has linked the account.
const OWN: &str = "Это ваш собственный запрос или ваш лицевой счёт: решение примет другой сотрудник.";

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

#[derive(Default, Deserialize)]
#[serde(default)]
struct ApprovalForm {
    /// Set by the form that asks once more.
    confirmed: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    page: AskedPage,
}

impl Staff {
    fn decider(&self) -> Decider<'_> {
        Decider {
            scope: &self.scope,
            contact: self.operator.contact.as_deref(),
            subscriber_device: self.subscriber_device.as_deref(),
            visitor: &self.visitor,
        }
    }
}

async fn show(staff: Staff, Query(place): Query<Place>) -> Answer {
    page(&staff, place.page, None).await
}

/// Who opens the address of a form, after an error or from the history, comes back to the queue.
async fn back() -> Redirect {
    Redirect::to(HOME)
}

async fn submit_approval(staff: Staff, Path(id): Path<String>, Form(form): Form<ApprovalForm>) -> Answer {
    let id = PinRequestId::parse(&id).map_err(|_| Failure::NotFound)?;
    match approve(&staff.web.services, staff.decider(), &id, form.confirmed == "1").await {
        Ok(()) => staff.redirect(HOME, NoticeKind::Success, "ПИН-код отправлен заявителю.").await,
        Err(error) => refused_decision(&staff, error, id, String::new()).await,
    }
}

async fn submit_refusal(staff: Staff, Path(id): Path<String>, Form(form): Form<RefusalForm>) -> Answer {
    let id = PinRequestId::parse(&id).map_err(|_| Failure::NotFound)?;
    match refuse(&staff.web.services, staff.decider(), &id, &form.reason).await {
        Ok(()) => staff.redirect(HOME, NoticeKind::Success, "В ПИН-коде отказано, причина отправлена заявителю.").await,
        Err(error) => refused_decision(&staff, error, id, form.reason).await,
    }
}

async fn refused_decision(staff: &Staff, error: DecideError, id: PinRequestId, typed: String) -> Answer {
    let what = match error {
        DecideError::Fault(fault) => return Err(fault.into()),
        DecideError::NotFound => return Err(Failure::NotFound),
        DecideError::Gone => return staff.redirect(HOME, NoticeKind::Warning, GONE).await,
        DecideError::Own => return staff.redirect(HOME, NoticeKind::Warning, OWN).await,
        DecideError::Doubtful(doubts) => Comeback::Doubtful(doubts),
        DecideError::Reason(error) => {
            let message = words::text(error, "Напишите, почему отказано: это прочитает заявитель");
            Comeback::Reason { typed, error: FieldError::new(REASON, message) }
        }
    };
    page(staff, AskedPage::FIRST, Some((id, what))).await
}

/// Why a decision came back to the page.
enum Comeback {
    /// The reason of a refusal has to be corrected.
    Reason { typed: String, error: FieldError },
    /// Name or address are not the same: the operator is asked once more.
    Doubtful(Doubts),
}

impl Comeback {
    fn errors(&self) -> Vec<FieldError> {
        if let Self::Reason { error, .. } = self { vec![error.clone()] } else { Vec::new() }
    }
}

async fn page(staff: &Staff, asked: AskedPage, comeback: Option<(PinRequestId, Comeback)>) -> Answer {
    let services = &staff.web.services;
    let mut shown = queue(services, &staff.scope, asked).await?;
    if let Some((id, _)) = &comeback {
        // The request that came back may be on another page.
        while !shown.requests.iter().any(|queued| queued.request.id == *id) {
            let Some(next) = shown.place.next() else {
                return staff.redirect(HOME, NoticeKind::Warning, GONE).await;
            };
            shown = queue(services, &staff.scope, next).await?;
        }
    }
    let offset = services.settings().utc_offset_hours;
    let errors = comeback.as_ref().map(|(_, comeback)| comeback.errors()).unwrap_or_default();
    let page = staff.page("Запросы ПИН-кода").under(HOME).errors(&errors);
    page.show(move || view(shown, comeback, errors, offset)).await
}

fn view(
    shown: Queue,
    comeback: Option<(PinRequestId, Comeback)>,
    errors: Vec<FieldError>,
    offset: i8,
) -> impl IntoView {
    let Queue { requests, waiting, place } = shown;
    let body = if requests.is_empty() {
        view! {
            <EmptyState title="Запросов нет">
                <p>"Все запросы рассмотрены. Новые появятся здесь."</p>
                <p><LinkButton href=HOME kind=ButtonKind::Secondary>"Обновить"</LinkButton></p>
            </EmptyState>
        }
        .into_any()
    } else {
        let cards = requests.into_iter().map(|queued| {
            let own = comeback.as_ref().filter(|(id, _)| *id == queued.request.id).map(|(_, comeback)| comeback);
            card(queued, own, offset)
        });
        let cards = cards.collect_view();
        view! {
            <p>{format!("Ждут решения: {waiting}. Сначала те, кто ждёт дольше.")}</p>
            {cards}
            <Pager page=place.number pages=place.pages href=format!("{HOME}?page=")/>
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
    let approval = match comeback {
        Some(Comeback::Doubtful(doubts)) => question(&action, &label, *doubts).into_any(),
        _ => view! {
            <form method="post" action=format!("{action}/approve")>
                <SubmitButton busy="Отправляем…" aria_label=format!("Отправить ПИН-код {label}")>
                    "Отправить ПИН-код"
                </SubmitButton>
            </form>
        }
        .into_any(),
    };
    view! {
        <Card title=format!("Лицевой счёт {number}, {provider}")>
            <p class="muted">"Запрос от " <MomentText at=request.created_at offset_hours=offset/></p>
            <DataTable caption="Сравните данные" head=vec![Column::Text("Что сравнить"), Column::Text("В запросе"), Column::Text("У поставщика"), Column::Text("Совпадение")]>
                {rows.into_iter().map(|(what, given, held)| row(what, given, held)).collect_view()}
            </DataTable>
            {approval}
            {refusal}
        </Card>
    }
}

/// Name or address are not the same: the operator is asked once more before the PIN leaves.
fn question(action: &str, label: &str, doubts: Doubts) -> impl IntoView + use<> {
    let text = format!("{} С этим ПИН-кодом заявитель увидит начисления и адрес.", doubts_in_words(doubts));
    view! {
        <Notice kind=NoticeKind::Warning title="Точно отправить?">
            <p id="confirm">{text}</p>
        </Notice>
        <form method="post" action=format!("{action}/approve")>
            <input type="hidden" name="confirmed" value="1"/>
            <p class="actions">
                <SubmitButton kind=ButtonKind::Danger busy="Отправляем…" aria_label=format!("Всё равно отправить ПИН-код {label}")>
                    "Всё равно отправить"
                </SubmitButton>
                <LinkButton href=HOME kind=ButtonKind::Secondary>"Вернуться"</LinkButton>
            </p>
        </form>
    }
}

/// The same verdicts as the table of the card, in a sentence or two.
fn doubts_in_words(Doubts { name, address }: Doubts) -> &'static str {
    use Comparison::{Differs, Same, Unknown};
    match (name, address) {
        (Differs, Differs) => "Имя и адрес не совпадают с данными поставщика.",
        (Differs, Same) => "Имя не совпадает с данными поставщика.",
        (Same, Differs) => "Адрес не совпадает с данными поставщика.",
        (Differs, Unknown) => "Имя не совпадает с данными поставщика, а адреса у него нет.",
        (Unknown, Differs) => "Адрес не совпадает с данными поставщика, а имени у него нет.",
        (Unknown, Unknown) => "У поставщика нет ни имени, ни адреса: сравнить не с чем.",
        (Unknown, _) => "У поставщика нет имени абонента: сравнить его не с чем.",
        (_, Unknown) => "У поставщика нет адреса абонента: сравнить его не с чем.",
        (Same, Same) => "Имя и адрес совпадают.",
    }
}

fn row(what: &'static str, given: String, held: Option<String>) -> impl IntoView {
    let held = held.filter(|held| !held.trim().is_empty());
    let (kind, verdict) = match Comparison::of(&given, held.as_deref()) {
        Comparison::Unknown => (BadgeKind::Plain, "Не с чем сравнить"),
        Comparison::Same => (BadgeKind::SUCCESS, "Совпадает"),
        Comparison::Differs => (BadgeKind::WARNING, "Отличается"),
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

/// The refusal with its reason. Many stand on one page, so each field has an id of its own; the one that came back has
/// the id that the summary of errors links to.
fn refusal_form(action: &str, id: &str, label: &str, comeback: Option<&Comeback>) -> impl IntoView + use<> {
    let errors = comeback.map(Comeback::errors).unwrap_or_default();
    let error = error_of(&errors, REASON);
    let field = if error.is_some() { REASON.to_owned() } else { format!("{REASON}-{id}") };
    let (hint_id, error_id) = (format!("{field}-hint"), format!("{field}-error"));
    let described_by = if error.is_some() { format!("{error_id} {hint_id}") } else { hint_id.clone() };
    let invalid = error.is_some().then_some("true");
    let class = if error.is_some() { "field field-invalid" } else { "field" };
    let typed = match comeback {
        Some(Comeback::Reason { typed, .. }) => typed.clone(),
        _ => String::new(),
    };
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
