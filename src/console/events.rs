//! `/console/events`: the operator's own actions, as the audit trail keeps them.

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::{EmptyState, Pager};
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::Staff;
use crate::pages::settings::event_table;
use crate::service::audit::{EventPage, operator_events};

/// Where this screen is.
const ADDRESS: &str = "/console/events";

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new().route(ADDRESS, get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    /// From 1; what is not a number is the first page.
    page: String,
}

async fn show(staff: Staff, Query(place): Query<Place>) -> Answer {
    let services = &staff.web.services;
    let page = place.page.parse::<i64>().unwrap_or(1).max(1);
    let EventPage { events, pages } = operator_events(services, &staff.operator.id, page - 1).await?;
    let offset = services.settings().utc_offset_hours;
    let number = |number: i64| u32::try_from(number).unwrap_or(1);
    let body = move || {
        let body = if events.is_empty() {
            view! { <EmptyState title="Событий пока нет"/> }.into_any()
        } else {
            event_table("Мои действия", events, offset).into_any()
        };
        view! {
            <h1>"Журнал"</h1>
            <p class="muted">"Ваши входы и решения. Записи нельзя изменить или удалить."</p>
            {body}
            <Pager page=number(page) pages=number(pages) href=format!("{ADDRESS}?page=")/>
        }
    };
    staff.page("Журнал").under(ADDRESS).show(body).await
}
