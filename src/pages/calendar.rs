//! `/accounts/{id}/calendar`: due dates and other days in the calendar of a phone, as a file or by a secret address.
//! `/accounts/{id}/calendar.ics` is both: with a key it needs no session.

use axum::Router;
use axum::extract::{FromRequestParts as _, Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use serde::Deserialize;

use super::account::account_head;
use crate::api::calendar::{
    CalendarForm, MakeCalendarAddress, SwitchCalendarOff, make_calendar_address, switch_calendar_off,
};
use crate::api::call::call;
use crate::components::{ButtonKind, Card, CloseDialog, CopyButton, Dialog, ErrorSummary, LinkButton, SubmitButton};
use crate::domain::account::LinkedAccount;
use crate::domain::calendar::show_date;
use crate::domain::id::AccountId;
use crate::http::Web;
use crate::http::account::FullAccount;
use crate::http::answer::{Answer, Failure};
use crate::http::cookies::{carried_calendar_key, drop_calendar_key};
use crate::http::session::{SignedIn, Visit};
use crate::islands::ServerForm;
use crate::service::access::FullAccess;
use crate::service::calendars;
use crate::service::refused::Refused;

/// The question before the address is switched off.
const QUESTION: &str = "Выключить адрес календаря?";
/// The dialog with this question.
const DIALOG: &str = "calendar-off";
/// How long a program of its reader may keep the file: nobody else may keep it at all.
const KEPT_AN_HOUR: &str = "private, max-age=3600";

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/accounts/{id}/calendar", get(show).post(make))
        .route("/accounts/{id}/calendar/address", get(show_address))
        .route("/accounts/{id}/calendar/off", get(ask).post(switch_off))
        .route("/accounts/{id}/calendar.ics", get(file))
}

/// The link from other pages of an account.
pub fn link(account_id: &AccountId) -> impl IntoView + use<> {
    view! { <p><a href=address(account_id)>"Сроки в календаре телефона"</a></p> }
}

fn address(account_id: &AccountId) -> String {
    format!("/accounts/{account_id}/calendar")
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// The key of a secret address.
    key: Option<String>,
}

/// The file: by a key without a session, else for the signed-in user.
async fn file(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    mut parts: Parts,
) -> Answer {
    let Some(key) = asked.key else {
        let FullAccount { signed_in, access } = FullAccount::from_request_parts(&mut parts, &web).await?;
        return Ok(calendar(calendars::file(signed_in.services(), &access).await?));
    };
    match calendars::file_by_key(&web.services, &id, &key, &visit.visitor).await {
        Ok(text) => Ok(([(CACHE_CONTROL, KEPT_AN_HOUR)], calendar(text)).into_response()),
        Err(Refused::This(calendars::WrongKey)) => Err(Failure::NotFound),
        Err(Refused::TooOften(limit)) => {
            let wait = [(RETRY_AFTER, limit.seconds.to_string())];
            Ok((StatusCode::TOO_MANY_REQUESTS, wait).into_response())
        }
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

fn calendar(text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"kalendar.ics\""),
    ];
    (headers, text).into_response()
}

async fn show(FullAccount { signed_in, access }: FullAccount) -> Answer {
    page(&signed_in, &access).await
}

/// Makes or replaces the address.
async fn make(State(web): State<Web>, parts: Parts, Path(id): Path<String>) -> Answer {
    let called = call(&web, &parts, make_calendar_address(CalendarForm { account_id: id })).await?;
    let again = async |FullAccount { signed_in, access }: FullAccount, _| page(&signed_in, &access).await;
    called.or_page(&web, parts, again).await
}

/// Shows a new address once: the answer deletes the cookie that carried its key here.
async fn show_address(FullAccount { signed_in, access }: FullAccount, headers: HeaderMap) -> Answer {
    let (services, site) = (signed_in.services(), &signed_in.visit.web.site);
    let sealed = carried_calendar_key(site, &headers);
    let key = sealed.and_then(|sealed| calendars::unseal_key(services, &signed_in.session, access.id(), sealed));
    let Some(key) = key else { return Ok(Redirect::to(&address(access.id())).into_response()) };
    let (secret, own) = (calendars::address(services, access.id(), &key), access.linked().clone());
    let page = signed_in.page("Адрес календаря").under("/accounts");
    let shown = page.show(move || address_view(&own, secret)).await?;
    Ok(([drop_calendar_key(site)], shown).into_response())
}

/// Asks before the address is switched off.
async fn ask(FullAccount { signed_in, access }: FullAccount) -> Answer {
    question_page(&signed_in, &access).await
}

/// Switches the address off.
async fn switch_off(State(web): State<Web>, parts: Parts, Path(id): Path<String>) -> Answer {
    let called = call(&web, &parts, switch_calendar_off(CalendarForm { account_id: id })).await?;
    let again = async |FullAccount { signed_in, access }: FullAccount, _| question_page(&signed_in, &access).await;
    called.or_page(&web, parts, again).await
}

async fn question_page(signed_in: &SignedIn, access: &FullAccess) -> Answer {
    let id = access.id().clone();
    let body = move || {
        view! {
            <div class="narrow">
                <p class="breadcrumb"><a href=address(&id)>"Сроки в календаре"</a></p>
                <h1>{QUESTION}</h1>
                {consequences()}
                <div class="actions">
                    {off_form(&id)} <LinkButton href=address(&id) kind=ButtonKind::Secondary>"Оставить"</LinkButton>
                </div>
            </div>
        }
    };
    signed_in.page(QUESTION).under("/accounts").show(body).await
}

async fn page(signed_in: &SignedIn, access: &FullAccess) -> Answer {
    let services = signed_in.services();
    let offset = services.settings().utc_offset_hours;
    let made_on = calendars::made_at(services, access).await?.map(|at| show_date(at.date(offset)));
    let own = access.linked().clone();
    signed_in.page("Сроки в календаре телефона").under("/accounts").show(move || view(&own, made_on)).await
}

fn view(own: &LinkedAccount, made_on: Option<String>) -> impl IntoView + use<> {
    let state = match made_on {
        Some(day) => made_view(&own.id, &day).into_any(),
        None => make_form(&own.id, "Создать адрес", ButtonKind::Primary).into_any(),
    };
    let file = format!("{}.ics", address(&own.id));
    view! {
        {account_head(own, "calendar")}
        <h2>"Сроки в календаре телефона"</h2>
        <p>
            "Телефон покажет, когда платить, когда передавать показания и когда заканчивается поверка счётчика. "
            "Ни сумм, ни имени, ни адреса в календаре нет: его читает сервис вашего телефона."
        </p>
        <Card title="Календарь, который обновляется сам">
            {how_to()}
            {state}
        </Card>
        <Card title="Файл на сегодня">
            <p>"Сроки на год вперёд. Сам такой файл не обновится."</p>
            <p>
                <LinkButton href=file kind=ButtonKind::Secondary download="kalendar.ics">
                    "Скачать файл"
                </LinkButton>
            </p>
        </Card>
    }
}

/// How to add the calendar to a phone.
fn how_to() -> impl IntoView {
    view! {
        <ol>
            <li>"Создайте адрес: он откроет сроки без пароля. Никому его не показывайте."</li>
            <li>"На iPhone нажмите «Добавить в календарь». На Android скопируйте адрес."</li>
            <li>
                "На Android откройте на компьютере Google Календарь или Яндекс Календарь, выберите «Добавить по URL» или "
                "«Подписка» и вставьте адрес. Сроки появятся и в телефоне."
            </li>
        </ol>
    }
}

/// The address is there: since when, and how to replace it or switch it off.
fn made_view(id: &AccountId, day: &str) -> impl IntoView + use<> {
    let off = off_form(id);
    view! {
        <p>{format!("Адрес создан {day}. Показать его ещё раз нельзя: если он потерялся, замените его новым.")}</p>
        {make_form(id, "Заменить адрес", ButtonKind::Secondary)}
        <p>
            <LinkButton href=format!("{}/off", address(id)) kind=ButtonKind::Secondary dialog=DIALOG>
                "Выключить адрес"
            </LinkButton>
        </p>
        <Dialog id=DIALOG title=QUESTION>
            {consequences()}
            <div class="actions">{off} <CloseDialog>"Оставить"</CloseDialog></div>
        </Dialog>
    }
}

fn consequences() -> impl IntoView {
    view! { <p>"Телефон перестанет получать сроки по этому адресу. Новый адрес можно создать в любой момент."</p> }
}

fn make_form(id: &AccountId, button: &'static str, kind: ButtonKind) -> impl IntoView + use<> {
    let account_id = id.to_string();
    view! {
        <ServerForm function=MakeCalendarAddress::PATH.to_owned() action=address(id)>
            <ErrorSummary errors=Vec::new()/>
            <input type="hidden" name="account_id" value=account_id/>
            <SubmitButton kind busy="Создаём…">{button}</SubmitButton>
        </ServerForm>
    }
}

fn off_form(id: &AccountId) -> impl IntoView + use<> {
    let account_id = id.to_string();
    view! {
        <ServerForm function=SwitchCalendarOff::PATH.to_owned() action=format!("{}/off", address(id))>
            <ErrorSummary errors=Vec::new()/>
            <input type="hidden" name="account_id" value=account_id/>
            <SubmitButton kind=ButtonKind::Danger busy="Выключаем…">"Выключить адрес"</SubmitButton>
        </ServerForm>
    }
}

/// The new address, shown once.
fn address_view(own: &LinkedAccount, secret: String) -> impl IntoView + use<> {
    // Phones of Apple open a subscription by this scheme.
    let subscription = secret.replacen("https://", "webcal://", 1);
    let copied = secret.clone();
    view! {
        {account_head(own, "calendar")}
        <h2>"Адрес календаря"</h2>
        <p>
            "По этому адресу сроки видны без пароля. " <strong>"Больше мы его не покажем: скопируйте сейчас."</strong>
        </p>
        <p class="long-text">
            <code id="calendar-address">{secret}</code> " "
            <CopyButton text=copied copied="Адрес скопирован" aria_label="Скопировать адрес календаря"/>
        </p>
        <p class="actions">
            <LinkButton href=subscription>"Добавить в календарь"</LinkButton>
            <LinkButton href=address(&own.id) kind=ButtonKind::Secondary>"Я скопировал адрес"</LinkButton>
        </p>
    }
}
