//! `/settings/events`: the whole audit trail of a user, and the view of a trail that the console shares.

use axum::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use super::security::SECURITY;
use super::{ADDRESS, crumb};
use crate::components::{Column, EmptyState, MomentText, Pager, Tab, Tabs, YearTable};
use crate::domain::id::Owner;
use crate::domain::paging::AskedPage;
use crate::http::answer::Answer;
use crate::http::session::{AtMoney, SignedIn};
use crate::service::audit::{EventPage, ListedEvent, MAX_TRIES, Show, TRIES_DAYS, Tries, events};

/// The address of the whole trail.
pub(super) const EVENTS: &str = "/settings/events";
/// The value of `show` that lists all events.
const ALL: &str = "all";

/// The page and the filter that an address asks for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The page.
    pub page: AskedPage,
    /// [`ALL`]; any other value lists important events.
    show: String,
}

impl Asked {
    /// The filter of events.
    pub fn show(&self) -> Show {
        if self.show == ALL { Show::All } else { Show::Important }
    }
}

/// The user whose trail it is.
pub(super) fn owner(signed_in: &SignedIn) -> Owner {
    Owner::User(signed_in.id().clone())
}

/// The whole trail, page by page.
pub(super) async fn show(AtMoney(signed_in): AtMoney, Query(asked): Query<Asked>) -> Answer {
    let services = signed_in.services();
    let shown = events(services, &owner(&signed_in), asked.show(), asked.page).await?;
    let offset_hours = services.settings().utc_offset_hours;
    let body = move || {
        view! {
            {crumb(SECURITY, "Безопасность")}
            <h1>"События безопасности"</h1>
            <p class="muted">
                "Кто входил в кабинет и что менял. Записи хранятся три года, удалить их нельзя. Если что-то сделали не вы, "
                "смените пароль."
            </p>
            {trail(EVENTS, shown, asked.show(), offset_hours)}
        }
    };
    signed_in.page("События безопасности").under(ADDRESS).show(body).await
}

/// A page of a trail with its filter.
pub fn trail(address: &'static str, shown: EventPage, show: Show, offset_hours: i8) -> impl IntoView + use<> {
    let EventPage { events, place, tries } = shown;
    let all = format!("{address}?show={ALL}");
    let (current, href) = match show {
        Show::Important => (address.to_owned(), format!("{address}?page=")),
        Show::All => (all.clone(), format!("{all}&page=")),
    };
    let tried = (show == Show::Important).then(|| tries_line(tries, offset_hours));
    let body = if events.is_empty() {
        view! { <EmptyState title="Здесь событий нет"/> }.into_any()
    } else {
        event_table("События безопасности", events, offset_hours).into_any()
    };
    view! {
        <Tabs label="Какие события показать" items=vec![Tab::new(address, "Важные"), Tab::new(all, "Все")] current/>
        {tried}
        {body}
        <Pager page=place.number pages=place.pages href/>
    }
}

/// The number of failed attempts by strangers: they are not listed as important.
pub(super) fn tries_line(Tries { times, latest }: Tries, offset_hours: i8) -> impl IntoView {
    let at_least = if times >= MAX_TRIES { "не меньше " } else { "" };
    latest.map(|at| {
        view! {
            <p>
                {format!("Неудачных попыток входа за {TRIES_DAYS}\u{a0}дней: {at_least}{times}, последняя ")}
                <MomentText at offset_hours/> "."
            </p>
        }
    })
}

/// A table of events by year.
fn event_table(caption: &'static str, events: Vec<ListedEvent>, offset_hours: i8) -> impl IntoView {
    let row = move |event: ListedEvent| {
        let from = if event.address.is_empty() { "—".to_owned() } else { event.address };
        view! {
            <tr>
                <th scope="row"><MomentText at=event.at offset_hours/></th>
                <td data-label="Что произошло">{event.words}</td>
                <td class="long-text" data-label="Адрес в сети">{from}</td>
            </tr>
        }
    };
    let head = vec![Column::Text("Когда"), Column::Text("Что произошло"), Column::Text("Адрес в сети")];
    let year = |event: &ListedEvent| event.at.date(offset_hours).year();
    let rows = events.into_iter().map(|event| (year(&event), row(event).into_any())).collect();
    view! { <YearTable caption head rows/> }
}
