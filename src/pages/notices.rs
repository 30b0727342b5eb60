//! `/notices`: the user's notices by year, the newest first. `/notices/{id}` opens one: it leads to the page that the
//! notice is about.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use serde::Deserialize;

use crate::api::call::call;
use crate::api::notices::{CHANNELS, NOTICES, ReadAllNotices, read_all_notices};
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, EmptyState, ErrorSummary, MomentText, Pager, SubmitButton,
};
use crate::domain::calendar::by_year;
use crate::domain::id::NoticeId;
use crate::domain::notice::ShownNotice;
use crate::domain::paging::AskedPage;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{SignedIn, safe_next};
use crate::islands::ServerForm;
use crate::service::notices::inbox::{self, Inbox};

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new().route(NOTICES, get(show).post(read_all)).route("/notices/{id}", get(open))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    page: AskedPage,
}

async fn show(signed_in: SignedIn, Query(place): Query<Place>) -> Answer {
    page(&signed_in, place.page).await
}

/// Marks all notices as read.
async fn read_all(State(web): State<Web>, parts: Parts) -> Answer {
    let called = call(&web, &parts, read_all_notices()).await?;
    called.or_page(&web, parts, async |signed_in: SignedIn, _| page(&signed_in, AskedPage::FIRST).await).await
}

/// Marks the notice as read, though this is a GET: it changes nothing but a mark that only this person sees, and a second
/// time changes nothing at all. The worst that a prefetching browser can do is to take one number off the bell.
async fn open(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let id = NoticeId::parse(&id).map_err(|_| Failure::NotFound)?;
    let notice = inbox::open(signed_in.services(), signed_in.id(), &id).await?.ok_or(Failure::NotFound)?;
    Ok(Redirect::to(safe_next(Some(notice.link.as_str()))).into_response())
}

async fn page(signed_in: &SignedIn, asked: AskedPage) -> Answer {
    let services = signed_in.services();
    let found = inbox::page(services, signed_in.id(), asked).await?;
    let offset = services.settings().utc_offset_hours;
    let has_unread = signed_in.visit.unread > 0;
    signed_in.page("Уведомления").under(NOTICES).show(move || view(found, has_unread, offset)).await
}

fn view(found: Inbox, has_unread: bool, offset_hours: i8) -> impl IntoView {
    let Inbox { shown, place } = found;
    let body = if shown.is_empty() {
        view! {
            <EmptyState title="Уведомлений пока нет">
                <p>"Здесь появятся новые квитанции, принятые платежи, сроки оплаты и ответы на ваши обращения."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            {has_unread.then(read_all_form)}
            {years(shown, offset_hours)}
            <Pager page=place.number pages=place.pages href=format!("{NOTICES}?page=")/>
        }
        .into_any()
    };
    view! {
        <h1>"Уведомления"</h1>
        <p><a href=CHANNELS>"Куда присылать уведомления"</a></p>
        {body}
    }
}

fn read_all_form() -> impl IntoView {
    view! {
        <div class="actions">
            <ServerForm function=ReadAllNotices::PATH.to_owned() action=NOTICES.to_owned()>
                <ErrorSummary errors=Vec::new()/>
                <SubmitButton kind=ButtonKind::Secondary busy="Отмечаем…">"Отметить все прочитанными"</SubmitButton>
            </ServerForm>
        </div>
    }
}

/// The notices of each year; the years are named where there are several.
fn years(shown: Vec<ShownNotice>, offset_hours: i8) -> impl IntoView {
    let dated = shown.into_iter().map(|notice| (notice.shown_at.date(offset_hours).year(), notice));
    let years = by_year(dated);
    let has_heads = years.len() > 1;
    let section = move |(year, notices): (i16, Vec<ShownNotice>)| {
        let title = has_heads.then(|| view! { <h2 class="card-title">{format!("{year}\u{a0}год")}</h2> });
        view! {
            <Card>
                {title}
                <ul class="rows">
                    {notices.into_iter().map(|notice| row(notice, offset_hours)).collect_view()}
                </ul>
            </Card>
        }
    };
    years.into_iter().map(section).collect_view()
}

fn row(notice: ShownNotice, offset_hours: i8) -> impl IntoView {
    let ShownNotice { id, title, body, shown_at, is_read, .. } = notice;
    let new = (!is_read).then(|| view! { " " <Badge kind=BadgeKind::INFO text="Новое"/> });
    let lines: Vec<String> = body.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    view! {
        <li class="row row-link">
            <div class="row-text long-text">
                <p><a href=format!("{NOTICES}/{id}")>{title}</a> {new}</p>
                {lines.into_iter().map(|line| view! { <p>{line}</p> }).collect_view()}
                <p class="muted"><MomentText at=shown_at offset_hours/></p>
            </div>
        </li>
    }
}
