//! `/announcements`: the announcements for the user's accounts in the past year; and the notices of the current ones on
//! the home screen and the overview of an account.

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;

use super::marked::block;
use crate::components::{Badge, BadgeKind, Card, EmptyState, FoldedNotice, MomentText, NoticeKind, Pager};
use crate::domain::announcement::{Announcement, AnnouncementKind};
use crate::domain::calendar::Moment;
use crate::domain::markdown::paragraphs;
use crate::domain::paging::AskedPage;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::service::announcements::{Archive, Current, Shown, archive};

/// The address of this screen.
const ADDRESS: &str = "/announcements";

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route(ADDRESS, get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    page: AskedPage,
}

async fn show(signed_in: SignedIn, Query(place): Query<Place>) -> Answer {
    let services = signed_in.services();
    let found = archive(services, signed_in.id(), place.page).await?;
    let offset = services.settings().utc_offset_hours;
    signed_in.page("Объявления").under("/accounts").show(move || view(found, offset)).await
}

fn view(found: Archive, offset_hours: i8) -> impl IntoView {
    let Archive { shown, place, now } = found;
    let body = if shown.is_empty() {
        view! {
            <EmptyState title="Объявлений пока нет">
                <p>"Здесь появятся аварии, плановые работы и новости поставщиков по вашим лицевым счетам."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <p class="muted">"Объявления поставщиков по вашим лицевым счетам за последний год."</p>
            {shown.into_iter().map(|shown| past_or_current(shown, now, offset_hours)).collect_view()}
            <Pager page=place.number pages=place.pages href=format!("{ADDRESS}?page=")/>
        }
        .into_any()
    };
    view! {
        <p class="breadcrumb"><a href="/accounts">"Лицевые счета"</a></p>
        <h1>"Объявления"</h1>
        {body}
    }
}

fn past_or_current(shown: Shown, now: Moment, offset_hours: i8) -> impl IntoView {
    let over = shown.announcement.is_over(now).then(|| view! { " " <Badge text="Завершено"/> });
    let whose = whose(&shown);
    let Announcement { kind, title, text, starts_at, ends_at, .. } = shown.announcement;
    view! {
        <Card title>
            <p>{kind_badge(kind)} {over}</p>
            <p class="muted">{whose}</p>
            {time(starts_at, ends_at, offset_hours)}
            {text_view(&text)}
        </Card>
    }
}

/// The current announcements. `has_several`: the user has several accounts, so that each notice names its own.
pub fn notices(current: Current, has_several: bool, offset_hours: i8) -> impl IntoView + use<> {
    let more = current.more.then(|| view! { <p><a href=ADDRESS>"Есть и другие объявления"</a></p> });
    let notice = |shown: Shown| {
        let whose = has_several.then(|| view! { <p class="muted">{whose(&shown)}</p> });
        let Announcement { kind, title, text, starts_at, ends_at, .. } = shown.announcement;
        view! { <AnnouncementNotice kind title text time=(starts_at, ends_at) offset_hours>{whose}</AnnouncementNotice> }
    };
    let notices = current.shown.into_iter().map(notice).collect_view();
    view! {
        {notices}
        {more}
    }
}

/// A current announcement as the home screen shows it; also the preview of the console. All but the title is folded, so
/// that the sum due stays on a phone's first screen.
#[component]
pub fn AnnouncementNotice(
    /// What it is about.
    kind: AnnouncementKind,
    /// The title.
    title: String,
    /// The text in its part of Markdown.
    text: String,
    /// When it appears and disappears.
    time: (Moment, Moment),
    /// The portal's time zone, in hours from UTC.
    offset_hours: i8,
    /// Whom it is for, if that has to be said.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let body = text_view(&text);
    let (starts_at, ends_at) = time;
    view! {
        <FoldedNotice kind=notice_kind(kind) title>
            <p>{kind.words()}</p>
            {children.map(|children| children())}
            {self::time(starts_at, ends_at, offset_hours)}
            {body}
        </FoldedNotice>
    }
}

const fn notice_kind(kind: AnnouncementKind) -> NoticeKind {
    match kind {
        AnnouncementKind::Outage | AnnouncementKind::Works => NoticeKind::Warning,
        AnnouncementKind::News => NoticeKind::Info,
    }
}

/// The kind of an announcement with its colour.
pub fn kind_badge(kind: AnnouncementKind) -> impl IntoView {
    view! { <Badge kind=BadgeKind::Of(notice_kind(kind)) text=kind.words()/> }
}

/// `Межрегионгаз Пермь, лицевой счёт 59012345`.
fn whose(shown: &Shown) -> String {
    let numbers: Vec<String> = shown.accounts.iter().map(ToString::to_string).collect();
    let noun = if numbers.len() == 1 { "лицевой счёт" } else { "лицевые счета" };
    format!("{}, {noun} {}", shown.provider, numbers.join(", "))
}

fn time(starts_at: Moment, ends_at: Moment, offset_hours: i8) -> impl IntoView {
    view! {
        <p class="muted">
            "С " <MomentText at=starts_at offset_hours/> " до " <MomentText at=ends_at offset_hours/>
        </p>
    }
}

/// The text as elements. It was checked when it was written; if a later version refuses it, it is shown as it is.
fn text_view(text: &str) -> impl IntoView + use<> {
    match paragraphs(text) {
        Ok(blocks) => blocks.iter().map(block).collect_view().into_any(),
        Err(_) => view! { <p class="long-text">{text.to_owned()}</p> }.into_any(),
    }
}
