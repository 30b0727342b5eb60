//! `/console/instalments`: requests for instalment plans of the operator's providers, those that wait first. The page of one
//! compares it with today's debt, and the operator agrees, with another number of months if need be, or refuses.

use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::response::Redirect;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use serde::Deserialize;

use crate::api::call::call;
use crate::api::console::instalments::{
    AgreeInstalments, AgreementForm, LIST, PlanRefusalForm, RefuseInstalments, agree_instalments, refuse_instalments,
};
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, Column, DataTable, EmptyState, ErrorSummary, FieldError, MomentText, MoneyText,
    Notice, NoticeKind, Pager, SelectField, SelectOption, SubmitButton, TextArea, error_of, errors_of,
};
use crate::domain::calendar::show_date;
use crate::domain::id::InstalmentPlanId;
use crate::domain::instalment::{
    Choice, InstalmentPlan, ListedPlan, MAX_REASON, Part, PlanState, Progress, choices, months_in_words,
};
use crate::domain::money::Money;
use crate::domain::paging::AskedPage;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Staff;
use crate::islands::ServerForm;
use crate::service::instalments::{PlanPage, Prepared, list, prepared};

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route(LIST, get(show))
        .route("/console/instalments/{id}", get(show_one))
        .route("/console/instalments/{id}/agree", get(back).post(submit_agreement))
        .route("/console/instalments/{id}/refuse", get(back).post(submit_refusal))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    page: AskedPage,
}

async fn show(staff: Staff, Query(place): Query<Place>) -> Answer {
    let services = &staff.web.services;
    let shown = list(services, &staff.scope, place.page).await?;
    let offset = services.settings().utc_offset_hours;
    staff.page("Рассрочки").under(LIST).show(move || view(shown, offset)).await
}

fn view(shown: PlanPage, offset: i8) -> impl IntoView {
    let PlanPage { listed, waiting, place } = shown;
    let body = if listed.is_empty() {
        view! {
            <EmptyState title="Запросов нет">
                <p>"Когда абонент с долгом попросит рассрочку, запрос появится здесь."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <p>{format!("Ждут решения: {waiting}. Они первые в списке.")}</p>
            <DataTable caption="Запросы на рассрочку" told_above=true head=vec![Column::Text("Лицевой счёт"), Column::Number("Долг"), Column::Text("Срок"), Column::Text("Запрос от"), Column::Text("Состояние")]>
                {listed.into_iter().map(|listed| row(listed, offset)).collect_view()}
            </DataTable>
            <Pager page=place.number pages=place.pages href=format!("{LIST}?page=")/>
        }
        .into_any()
    };
    view! {
        <h1>"Рассрочки"</h1>
        {body}
    }
}

fn row(listed: ListedPlan, offset: i8) -> impl IntoView {
    let state = state_badge(listed.state);
    view! {
        <tr>
            <th scope="row">
                <a href=format!("{LIST}/{}", listed.id)>{listed.number.to_string()}</a>
                <p class="muted">{listed.provider}</p>
            </th>
            <td class="number" data-label="Долг"><MoneyText sum=listed.total/></td>
            <td data-label="Срок">{months_in_words(listed.months)}</td>
            <td data-label="Запрос от"><MomentText at=listed.asked_at offset_hours=offset/></td>
            <td data-label="Состояние">{state}</td>
        </tr>
    }
}

fn state_badge(state: PlanState) -> impl IntoView + use<> {
    let kind = match state {
        PlanState::Asked => BadgeKind::WARNING,
        PlanState::Agreed | PlanState::Completed => BadgeKind::SUCCESS,
        PlanState::Refused | PlanState::Withdrawn | PlanState::Broken => BadgeKind::Plain,
    };
    view! { <Badge kind text=state.words()/> }
}

/// The typed values of the page's forms.
#[derive(Default)]
struct Typed {
    months: String,
    reason: String,
}

async fn show_one(staff: Staff, Path(id): Path<String>) -> Answer {
    page(&staff, &id, Typed::default(), Vec::new()).await
}

async fn page(staff: &Staff, id: &str, typed: Typed, errors: Vec<FieldError>) -> Answer {
    let services = &staff.web.services;
    let id = InstalmentPlanId::parse(id).map_err(|_| Failure::NotFound)?;
    let found = prepared(services, &staff.scope, &id).await?.ok_or(Failure::NotFound)?;
    let offset = services.settings().utc_offset_hours;
    let page = staff.page("Запрос на рассрочку").under(LIST).errors(&errors);
    page.show(move || one_view(found, typed, &errors, offset)).await
}

fn one_view(found: Prepared, typed: Typed, errors: &[FieldError], offset: i8) -> impl IntoView + use<> {
    let Prepared { queued, overdue, progress } = found;
    let plan = queued.plan;
    let (badge, number) = (state_badge(plan.state), queued.number.to_string());
    let body = match plan.state {
        PlanState::Asked => decision_view(&plan, overdue, typed, errors).into_any(),
        _ => progress.map(|progress| schedule_view(&progress)).into_any(),
    };
    let fact = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <div><dt>{name}</dt><dd class="long-text">{value}</dd></div> })
    };
    let facts = [
        fact("Поставщик", Some(queued.provider)),
        fact("Абонент", queued.subscriber),
        fact("Адрес", Some(queued.address)),
        fact("Долг в запросе", Some(plan.total.to_string())),
        fact("Срок", Some(months_in_words(plan.months))),
        fact("Что передал абонент", plan.note),
        fact("Причина отказа", plan.reason),
    ];
    let (facts, asked_at) = (facts.collect_view(), plan.asked_at);
    view! {
        <p class="breadcrumb"><a href=LIST>"Рассрочки"</a></p>
        <h1>{format!("Лицевой счёт {number}")}</h1>
        <p>{badge} " " <span class="muted">"запрос от " <MomentText at=asked_at offset_hours=offset/></span></p>
        <dl class="facts">{facts}</dl>
        {body}
    }
}

/// Both forms, below the debt of today.
fn decision_view(
    plan: &InstalmentPlan,
    overdue: Option<Money>,
    typed: Typed,
    errors: &[FieldError],
) -> impl IntoView + use<> {
    let agreement = match overdue.map(|total| (total, choices(total))).filter(|(_, choices)| !choices.is_empty()) {
        Some((total, choices)) => agreement_view(plan, total, &choices, typed.months, errors).into_any(),
        None => view! {
            <Notice kind=NoticeKind::Info title="Просроченного долга уже нет">
                <p>"Рассрочивать нечего: откажите и напишите об этом абоненту."</p>
            </Notice>
        }
        .into_any(),
    };
    view! {
        {agreement}
        {refusal_view(plan, typed.reason, errors)}
    }
}

fn agreement_view(
    plan: &InstalmentPlan,
    total: Money,
    choices: &[Choice],
    typed: String,
    errors: &[FieldError],
) -> impl IntoView + use<> {
    let option = |choice: &Choice| {
        SelectOption::new(choice.months.to_string(), format!("{}, по {}", months_in_words(choice.months), choice.sum))
    };
    let options = choices.iter().map(option).collect();
    let selected = if typed.is_empty() { plan.months.to_string() } else { typed };
    let (id, error, own) = (plan.id.to_string(), error_of(errors, "months"), errors_of(errors, &["months"]));
    view! {
        <Card title="Согласовать">
            <p>
                "Просроченный долг сегодня: " <MoneyText sum=total/>
                ". График рассчитается от этой суммы, абонент получит его письмом или SMS."
            </p>
            <ServerForm function=AgreeInstalments::PATH.to_owned() action=format!("{LIST}/{id}/agree")>
                <ErrorSummary errors=own/>
                <input type="hidden" name="plan_id" value=id/>
                <SelectField id="months" label="Срок" options selected error/>
                <SubmitButton busy="Сохраняем…">"Согласовать рассрочку"</SubmitButton>
            </ServerForm>
        </Card>
    }
}

fn refusal_view(plan: &InstalmentPlan, typed: String, errors: &[FieldError]) -> impl IntoView + use<> {
    let (id, error, own) = (plan.id.to_string(), error_of(errors, "reason"), errors_of(errors, &["reason"]));
    let hint = format!("Её прочитает абонент. До {MAX_REASON} знаков.");
    view! {
        <Card title="Отказать">
            <ServerForm function=RefuseInstalments::PATH.to_owned() action=format!("{LIST}/{id}/refuse")>
                <ErrorSummary errors=own/>
                <input type="hidden" name="plan_id" value=id/>
                <TextArea id="reason" label="Причина отказа" value=typed hint error rows=2/>
                <SubmitButton kind=ButtonKind::Danger busy="Отказываем…">"Отказать"</SubmitButton>
            </ServerForm>
        </Card>
    }
}

fn schedule_view(progress: &Progress) -> impl IntoView + use<> {
    let row = |part: &Part| {
        view! {
            <tr>
                <th scope="row">{show_date(part.instalment.due_on)}</th>
                <td class="number" data-label="Сумма"><MoneyText sum=part.instalment.sum/></td>
                <td class="number" data-label="Осталось"><MoneyText sum=part.left/></td>
                <td data-label="Состояние">{part.state.words()}</td>
            </tr>
        }
    };
    let (rows, left) = (progress.parts.iter().map(row).collect_view(), progress.left);
    view! {
        <Card title="График">
            <p>"Осталось оплатить " <MoneyText sum=left/> "."</p>
            <DataTable caption="Платежи по рассрочке" told_above=true head=vec![Column::Text("Оплатить до"), Column::Number("Сумма"), Column::Number("Осталось"), Column::Text("Состояние")]>
                {rows}
            </DataTable>
        </Card>
    }
}

/// A reload, Back, or a return after a sign-in requests a form's address by GET.
async fn back(Path(id): Path<String>) -> Result<Redirect, Failure> {
    let id = InstalmentPlanId::parse(&id).map_err(|_| Failure::NotFound)?;
    Ok(Redirect::to(&format!("{LIST}/{id}")))
}

async fn submit_agreement(
    State(web): State<Web>,
    Path(id): Path<String>,
    parts: Parts,
    Form(form): Form<AgreementForm>,
) -> Answer {
    let form = AgreementForm { plan_id: id, ..form };
    let called = call(&web, &parts, agree_instalments(form.clone())).await?;
    let again = async |staff: Staff, errors| {
        page(&staff, &form.plan_id, Typed { months: form.months.clone(), ..Typed::default() }, errors).await
    };
    called.or_page(&web, parts, again).await
}

async fn submit_refusal(
    State(web): State<Web>,
    Path(id): Path<String>,
    parts: Parts,
    Form(form): Form<PlanRefusalForm>,
) -> Answer {
    let form = PlanRefusalForm { plan_id: id, ..form };
    let called = call(&web, &parts, refuse_instalments(form.clone())).await?;
    let again = async |staff: Staff, errors| {
        page(&staff, &form.plan_id, Typed { reason: form.reason.clone(), ..Typed::default() }, errors).await
    };
    called.or_page(&web, parts, again).await
}
