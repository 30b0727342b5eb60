//! `/console/announcements`: announcements of the operator's providers. The page of one shows it as subscribers see it,
//! counts those whom a draft is for, and publishes or withdraws it. `form` has the form.

mod form;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::response::Redirect;
use axum::routing::get;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use serde::Deserialize;

use crate::api::call::call;
use crate::api::console::announcements::{
    DecisionForm, LIST, PublishAnnouncement, WithdrawAnnouncement, publish_announcement, withdraw_announcement,
};
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, Column, DataTable, EmptyState, ErrorSummary, FieldError, LinkButton,
    MomentText, Pager, SubmitButton,
};
use crate::domain::announcement::{Announcement, AnnouncementState, Audience};
use crate::domain::calendar::Moment;
use crate::domain::id::AnnouncementId;
use crate::domain::paging::AskedPage;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Staff;
use crate::islands::ServerForm;
use crate::pages::announcements::{AnnouncementNotice, kind_badge};
use crate::service::announcements::{Listed, Prepared, StaffPage, count_reached, prepared, staff_page};

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route(LIST, get(show))
        .route("/console/announcements/{id}", get(show_one))
        .route("/console/announcements/{id}/publish", get(back).post(submit_publish))
        .route("/console/announcements/{id}/withdraw", get(back).post(submit_withdraw))
        .merge(form::router())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    page: AskedPage,
}

async fn show(staff: Staff, Query(place): Query<Place>) -> Answer {
    let services = &staff.web.services;
    let shown = staff_page(services, &staff.scope, place.page).await?;
    let (now, offset) = (services.now(), services.settings().utc_offset_hours);
    staff.page("Объявления").under(LIST).show(move || view(shown, now, offset)).await
}

fn view(shown: StaffPage, now: Moment, offset: i8) -> impl IntoView {
    let StaffPage { listed, place } = shown;
    let body = if listed.is_empty() {
        view! {
            <EmptyState title="Объявлений нет">
                <p>"Напишите абонентам об аварии, плановых работах или новости."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <DataTable caption="Объявления" told_above=true head=vec![Column::Text("Заголовок"), Column::Text("Поставщик"), Column::Text("Когда"), Column::Text("Состояние")]>
                {listed.into_iter().map(|listed| row(listed, now, offset)).collect_view()}
            </DataTable>
            <Pager page=place.number pages=place.pages href=format!("{LIST}?page=")/>
        }
        .into_any()
    };
    view! {
        <h1>"Объявления"</h1>
        <p><LinkButton href=format!("{LIST}/new") kind=ButtonKind::Primary>"Новое объявление"</LinkButton></p>
        {body}
    }
}

fn row(Listed { announcement, provider }: Listed, now: Moment, offset: i8) -> impl IntoView {
    let state = state_badge(&announcement, now);
    view! {
        <tr>
            <th scope="row" class="long-text"><a href=format!("{LIST}/{}", announcement.id)>{announcement.title}</a></th>
            <td data-label="Поставщик">{provider}</td>
            <td data-label="Когда">
                <MomentText at=announcement.starts_at offset_hours=offset/> " – "
                <MomentText at=announcement.ends_at offset_hours=offset/>
            </td>
            <td data-label="Состояние">{state}</td>
        </tr>
    }
}

fn state_badge(announcement: &Announcement, now: Moment) -> impl IntoView + use<> {
    let state = announcement.state_at(now);
    let (kind, words) = match state {
        AnnouncementState::Published if announcement.is_over(now) => (BadgeKind::Plain, "завершено"),
        AnnouncementState::Published => (BadgeKind::SUCCESS, state.words()),
        AnnouncementState::Scheduled => (BadgeKind::INFO, state.words()),
        AnnouncementState::Draft => (BadgeKind::WARNING, state.words()),
        AnnouncementState::Withdrawn => (BadgeKind::Plain, state.words()),
    };
    view! { <Badge kind text=words/> }
}

async fn show_one(staff: Staff, Path(id): Path<String>) -> Answer {
    let services = &staff.web.services;
    let id = AnnouncementId::parse(&id).map_err(|_| Failure::NotFound)?;
    let found = prepared(services, &staff.scope, &id).await?.ok_or(Failure::NotFound)?;
    let announcement = &found.listed.announcement;
    // Only before the decision: on a large provider the count takes seconds.
    let reached = match announcement.stored {
        AnnouncementState::Draft => Some(count_reached(services, announcement, &found.accounts).await?),
        _ => None,
    };
    let (now, offset) = (services.now(), services.settings().utc_offset_hours);
    staff.page("Объявление").under(LIST).show(move || one_view(found, reached, now, offset)).await
}

fn one_view(found: Prepared, reached: Option<u64>, now: Moment, offset: i8) -> impl IntoView {
    let Prepared { listed: Listed { announcement, provider }, accounts, .. } = found;
    let (badge, state) = (state_badge(&announcement, now), announcement.state_at(now));
    let (id, audience) = (announcement.id.to_string(), audience_words(&announcement.audience, accounts.len()));
    let reached =
        reached.map(|count| view! { <div><dt>"Увидят"</dt><dd>{format!("лицевых счетов: {count}")}</dd></div> });
    let Announcement { kind, title, text, starts_at, ends_at, .. } = announcement;
    view! {
        <p class="breadcrumb"><a href=LIST>"Объявления"</a></p>
        <h1 class="long-text">{title.clone()}</h1>
        <p>{kind_badge(kind)} " " {badge}</p>
        <dl class="facts">
            <div><dt>"Поставщик"</dt><dd>{provider}</dd></div>
            <div><dt>"Кому"</dt><dd class="long-text">{audience}</dd></div>
            {reached}
        </dl>
        <Card title="Как увидят абоненты">
            <AnnouncementNotice kind title text time=(starts_at, ends_at) offset_hours=offset/>
        </Card>
        {decisions(&id, state)}
    }
}

fn audience_words(audience: &Audience, listed: usize) -> String {
    match audience {
        Audience::All => audience.kind().words().to_owned(),
        Audience::Street(on) if on.houses().is_empty() => format!("{}, все дома", on.street()),
        Audience::Street(on) => format!("{}, дома: {}", on.street(), on.houses()),
        Audience::Accounts => format!("{}: {listed}", audience.kind().words()),
        Audience::Debtors(over) => format!("{} с долгом больше {over}", audience.kind().words()),
    }
}

/// The buttons that the state allows.
fn decisions(id: &str, state: AnnouncementState) -> impl IntoView + use<> {
    let publish = state.release().is_ok().then(|| {
        view! {
            {decision(id, "publish", PublishAnnouncement::PATH, ButtonKind::Primary, "Опубликовать")}
            <p><LinkButton href=format!("{LIST}/{id}/edit") kind=ButtonKind::Secondary>"Изменить"</LinkButton></p>
        }
    });
    let words = if state == AnnouncementState::Draft { "Убрать черновик" } else { "Отозвать" };
    let withdraw = state
        .withdraw()
        .is_ok()
        .then(|| decision(id, "withdraw", WithdrawAnnouncement::PATH, ButtonKind::Danger, words));
    view! {
        {publish}
        {withdraw}
    }
}

fn decision(
    id: &str,
    part: &str,
    function: &'static str,
    kind: ButtonKind,
    words: &'static str,
) -> impl IntoView + use<> {
    let action = format!("{LIST}/{id}/{part}");
    let id = id.to_owned();
    view! {
        <ServerForm function=function.to_owned() action>
            <ErrorSummary errors=Vec::new()/>
            <input type="hidden" name="announcement_id" value=id/>
            <SubmitButton kind busy="Сохраняем…">{words}</SubmitButton>
        </ServerForm>
    }
}

/// A reload, Back, or a return after a sign-in requests a form's address by GET.
async fn back(Path(id): Path<String>) -> Result<Redirect, Failure> {
    let id = AnnouncementId::parse(&id).map_err(|_| Failure::NotFound)?;
    Ok(Redirect::to(&format!("{LIST}/{id}")))
}

async fn submit_publish(State(web): State<Web>, Path(id): Path<String>, parts: Parts) -> Answer {
    let called = call(&web, &parts, publish_announcement(DecisionForm { announcement_id: id.clone() })).await?;
    called.or_page(&web, parts, async |staff: Staff, _: Vec<FieldError>| show_one(staff, Path(id)).await).await
}

async fn submit_withdraw(State(web): State<Web>, Path(id): Path<String>, parts: Parts) -> Answer {
    let called = call(&web, &parts, withdraw_announcement(DecisionForm { announcement_id: id.clone() })).await?;
    called.or_page(&web, parts, async |staff: Staff, _: Vec<FieldError>| show_one(staff, Path(id)).await).await
}
