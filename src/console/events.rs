//! `/console/events`: the operator's own actions from the audit trail.

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use leptos::prelude::*;

use crate::domain::id::Owner;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::Staff;
use crate::pages::settings::{Asked, trail};
use crate::service::audit::events;

/// The address of this screen.
const ADDRESS: &str = "/console/events";

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new().route(ADDRESS, get(show))
}

async fn show(staff: Staff, Query(asked): Query<Asked>) -> Answer {
    let services = &staff.web.services;
    let owner = Owner::Operator(staff.operator.id.clone());
    let shown = events(services, &owner, asked.show(), asked.page).await?;
    let offset_hours = services.settings().utc_offset_hours;
    let body = move || {
        view! {
            <h1>"Журнал"</h1>
            <p class="muted">"Ваши входы и решения. Записи хранятся три года, изменить или удалить их нельзя."</p>
            {trail(ADDRESS, shown, asked.show(), offset_hours)}
        }
    };
    staff.page("Журнал").under(ADDRESS).show(body).await
}
