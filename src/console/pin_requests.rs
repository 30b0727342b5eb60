//! `/console/pin-requests`: the applicant's data beside the billing's; the operator compares and decides (M5).

use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::response::Redirect;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use serde::Deserialize;

use super::HOME;
use crate::api::call::call;
use crate::api::console::pin_requests::{
    ApprovalForm, ApprovePinRequest, GONE, RefusalForm, RefusePinRequest, approve_pin_request, queue_at, reason_field,
    refuse_pin_request,
};
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, Column, DataTable, EmptyState, ErrorSummary, FieldError, LinkButton,
    MomentText, Notice, NoticeKind, Pager, SubmitButton, TextArea, error_of,
};
use crate::domain::id::PinRequestId;
use crate::domain::login::Login;
use crate::domain::paging::AskedPage;
use crate::domain::pin::QueuedRequest;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Staff;
use crate::islands::ServerForm;
use crate::service::pin_decisions::{Comparison, Doubts, Queue, queue, queue_with};
use crate::service::pins::MAX_REASON;

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route(HOME, get(show))
        .route("/console/pin-requests/{id}/approve", get(back).post(submit_approval))
        .route("/console/pin-requests/{id}/refuse", get(back).post(submit_refusal))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    page: AskedPage,
    /// The request whose approval needs a confirmation.
    confirm: String,
}

/// A request that the page shows differently from the others.
enum Special {
    /// Name or address differ: the operator is asked to confirm.
    Question(PinRequestId),
    /// The reason of its refusal is invalid.
    Refusal { id: PinRequestId, reason: String, errors: Vec<FieldError> },
}

impl Special {
    const fn id(&self) -> &PinRequestId {
        match self {
            Self::Question(id) | Self::Refusal { id, .. } => id,
        }
    }

    fn errors(&self) -> &[FieldError] {
        if let Self::Refusal { errors, .. } = self { errors } else { &[] }
    }
}

/// If the request in question is decided already, shows the queue alone.
async fn show(staff: Staff, Query(place): Query<Place>) -> Answer {
    let services = &staff.web.services;
    match PinRequestId::parse(&place.confirm) {
        Ok(id) => {
            let shown = queue_with(services, &staff.scope, place.page, &id).await?;
            page(&staff, shown, Some(Special::Question(id))).await
        }
        Err(_) => page(&staff, queue(services, &staff.scope, place.page).await?, None).await,
    }
}

/// A reload, Back, or a return after a sign-in requests a form's address by GET.
async fn back() -> Redirect {
    Redirect::to(HOME)
}

async fn submit_approval(
    State(web): State<Web>,
    Path(id): Path<String>,
    parts: Parts,
    Form(form): Form<ApprovalForm>,
) -> Answer {
    let form = ApprovalForm { request_id: id, ..form };
    let refusal =
        RefusalForm { request_id: form.request_id.clone(), page: form.page.clone(), ..RefusalForm::default() };
    let called = call(&web, &parts, approve_pin_request(form)).await?;
    called.or_page(&web, parts, async |staff: Staff, errors| refused(&staff, refusal, errors).await).await
}

async fn submit_refusal(
    State(web): State<Web>,
    Path(id): Path<String>,
    parts: Parts,
    Form(form): Form<RefusalForm>,
) -> Answer {
    let form = RefusalForm { request_id: id, ..form };
    let called = call(&web, &parts, refuse_pin_request(form.clone())).await?;
    called.or_page(&web, parts, async |staff: Staff, errors| refused(&staff, form, errors).await).await
}

/// The queue with a refusal to correct.
async fn refused(staff: &Staff, form: RefusalForm, errors: Vec<FieldError>) -> Answer {
    let id = PinRequestId::parse(&form.request_id).map_err(|_| Failure::NotFound)?;
    let shown = queue_with(&staff.web.services, &staff.scope, AskedPage::from(form.page), &id).await?;
    if !shown.requests.iter().any(|queued| queued.request.id == id) {
        return staff.redirect(HOME, NoticeKind::Warning, GONE).await;
    }
    page(staff, shown, Some(Special::Refusal { id, reason: form.reason, errors })).await
}

async fn page(staff: &Staff, shown: Queue, special: Option<Special>) -> Answer {
    let offset = staff.web.services.settings().utc_offset_hours;
    let errors = special.as_ref().map(Special::errors).unwrap_or_default();
    let page = staff.page("Запросы ПИН-кода").under(HOME).errors(errors);
    page.show(move || view(shown, special, offset)).await
}

fn view(shown: Queue, special: Option<Special>, offset: i8) -> impl IntoView {
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
            let own = special.as_ref().filter(|special| *special.id() == queued.request.id);
            card(queued, place.number, own, offset)
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
        {body}
    }
}

/// The forms of one request.
struct Forms {
    id: PinRequestId,
    /// The page of the queue that a decision returns to.
    page: String,
    /// Distinguishes the buttons of the requests.
    label: String,
}

impl Forms {
    fn action(&self, decision: &str) -> String {
        format!("/console/pin-requests/{}/{decision}", self.id)
    }

    /// The fields that both forms contain.
    fn hidden(&self) -> impl IntoView + use<> {
        view! {
            <input type="hidden" name="request_id" value=self.id.to_string()/>
            <input type="hidden" name="page" value=self.page.clone()/>
        }
    }

    fn approval(&self) -> impl IntoView + use<> {
        let (hidden, label) = (self.hidden(), format!("Отправить ПИН-код {}", self.label));
        view! {
            <ServerForm function=ApprovePinRequest::PATH.to_owned() action=self.action("approve")>
                <ErrorSummary errors=Vec::new()/>
                {hidden}
                <SubmitButton busy="Отправляем…" aria_label=label>"Отправить ПИН-код"</SubmitButton>
            </ServerForm>
        }
    }

    /// Name or address differ: the operator confirms before the PIN is sent. The focus brings the question into view,
    /// however long the queue is.
    fn question(&self, doubts: Doubts) -> impl IntoView + use<> {
        let text = format!("{} С этим ПИН-кодом заявитель увидит начисления и адрес.", doubts_in_words(doubts));
        let (hidden, label) = (self.hidden(), format!("Всё равно отправить ПИН-код {}", self.label));
        let back = queue_at(&self.page);
        view! {
            <div tabindex="-1" autofocus>
                <Notice kind=NoticeKind::Warning title="Точно отправить?">
                    <p id="confirm">{text}</p>
                </Notice>
            </div>
            <ServerForm function=ApprovePinRequest::PATH.to_owned() action=self.action("approve")>
                <ErrorSummary errors=Vec::new()/>
                {hidden}
                <input type="hidden" name="confirmed" value="1"/>
                <p class="actions">
                    <SubmitButton kind=ButtonKind::Danger busy="Отправляем…" aria_label=label>
                        "Всё равно отправить"
                    </SubmitButton>
                    <LinkButton href=back kind=ButtonKind::Secondary>"Вернуться"</LinkButton>
                </p>
            </ServerForm>
        }
    }

    /// The refusal with its reason. Each request of the page has such a field, with a unique id.
    fn refusal(&self, reason: &str, errors: &[FieldError]) -> impl IntoView + use<> {
        let field = reason_field(&self.id);
        let error = error_of(errors, &field);
        let (hidden, label) = (self.hidden(), format!("Отказать {}", self.label));
        let (own, typed) = (errors.to_vec(), reason.to_owned());
        view! {
            <ServerForm function=RefusePinRequest::PATH.to_owned() action=self.action("refuse")>
                <ErrorSummary errors=own/>
                {hidden}
                <TextArea id=field name="reason" label="Причина отказа" value=typed error rows=2
                    hint=format!("Её прочитает заявитель. До {MAX_REASON} знаков, без личных данных абонента.")/>
                <SubmitButton kind=ButtonKind::Danger busy="Отказываем…" aria_label=label>"Отказать"</SubmitButton>
            </ServerForm>
        }
    }
}

fn card(queued: QueuedRequest, page: u32, special: Option<&Special>, offset: i8) -> impl IntoView + use<> {
    let doubts = Doubts::of(&queued).filter(|_| matches!(special, Some(Special::Question(_))));
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
    let forms =
        Forms { id: request.id, page: page.to_string(), label: format!("по лицевому счёту {number}") };
    let approval = match doubts {
        Some(doubts) => forms.question(doubts).into_any(),
        None => forms.approval().into_any(),
    };
    let refusal = match special {
        Some(Special::Refusal { reason, errors, .. }) => forms.refusal(reason, errors),
        _ => forms.refusal("", &[]),
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
