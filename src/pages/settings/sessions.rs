//! `/settings/sessions`: the browsers that are signed in.

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Redirect;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::security::SECURITY;
use super::{ADDRESS, crumb};
use crate::api::call::call;
use crate::api::settings::{EndOtherSessions, EndSession, SessionForm, end_other_sessions, end_session};
use crate::components::{Badge, BadgeKind, ButtonKind, ErrorSummary, MomentText, SubmitButton};
use crate::domain::id::SessionId;
use crate::domain::session::Session;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::{AtMoney, SignedIn};
use crate::islands::ServerForm;
use crate::service::sessions;

/// The address of this screen and of the form that ends other sessions; each session's own form is below it.
pub(super) const SESSIONS: &str = "/settings/sessions";

pub(super) async fn show(AtMoney(signed_in): AtMoney) -> Answer {
    page(&signed_in).await
}

/// A GET of a session's form redirects to the page.
pub(super) async fn back() -> Redirect {
    Redirect::to(SESSIONS)
}

/// Ends every session but this one.
pub(super) async fn end_others(State(web): State<Web>, parts: Parts) -> Answer {
    let called = call(&web, &parts, end_other_sessions()).await?;
    called.or_page(&web, parts, async |AtMoney(signed_in): AtMoney, _| page(&signed_in).await).await
}

/// Ends one session.
pub(super) async fn end_one(State(web): State<Web>, Path(id): Path<String>, parts: Parts) -> Answer {
    let called = call(&web, &parts, end_session(SessionForm { session_id: id })).await?;
    called.or_page(&web, parts, async |AtMoney(signed_in): AtMoney, _| page(&signed_in).await).await
}

async fn page(signed_in: &SignedIn) -> Answer {
    let services = signed_in.services();
    let sessions = sessions::list(services, signed_in.id()).await?;
    let (current, offset_hours) = (signed_in.session.id.clone(), services.settings().utc_offset_hours);
    let page = signed_in.page("Где выполнен вход").under(ADDRESS);
    page.show(move || view(sessions, &current, offset_hours)).await
}

fn view(sessions: Vec<Session>, current: &SessionId, offset_hours: i8) -> impl IntoView + use<> {
    let others = sessions.iter().any(|session| session.id != *current);
    let end_others = others.then(|| {
        view! {
            <ServerForm function=EndOtherSessions::PATH.to_owned() action=SESSIONS.to_owned()>
                <ErrorSummary errors=Vec::new()/>
                <SubmitButton busy="Завершаем…">"Завершить другие сеансы"</SubmitButton>
            </ServerForm>
        }
    });
    let rows = sessions.into_iter().map(|session| {
        let own = session.id == *current;
        session_row(session, own, offset_hours)
    });
    view! {
        {crumb(SECURITY, "Безопасность")}
        <h1>"Где выполнен вход"</h1>
        <p class="muted">"Если видите незнакомое устройство, завершите его сеанс и смените пароль."</p>
        <ul class="rows">{rows.collect_view()}</ul>
        {end_others}
    }
}

fn session_row(session: Session, own: bool, offset_hours: i8) -> impl IntoView {
    let device = device(&session.user_agent);
    let label = format!("Завершить сеанс: {device}, {}", session.seen_at.show(offset_hours));
    let end = if own {
        view! { <Badge kind=BadgeKind::SUCCESS text="Это устройство"/> }.into_any()
    } else {
        view! {
            <ServerForm function=EndSession::PATH.to_owned() action=format!("{SESSIONS}/{}", session.id)>
                <ErrorSummary errors=Vec::new()/>
                <input type="hidden" name="session_id" value=session.id.to_string()/>
                <SubmitButton kind=ButtonKind::Secondary busy="Завершаем…"
                    aria_label=label>
                    "Завершить"
                </SubmitButton>
            </ServerForm>
        }
        .into_any()
    };
    view! {
        <li class="row">
            <div class="row-text">
                <p>{device}</p>
                <p class="muted long-text">
                    "Последнее действие " <MomentText at=session.seen_at offset_hours/> ", вход "
                    <MomentText at=session.created_at offset_hours/> {format!(", адрес {}", session.address)}
                </p>
            </div>
            {end}
        </li>
    }
}

/// The browser and the system by their common names, from the `User-Agent`. Order matters: nearly every browser also
/// claims to be Chrome and Safari.
pub fn device(user_agent: &str) -> String {
    const BROWSERS: [(&str, &str); 8] = [
        ("YaBrowser/", "Яндекс Браузер"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Браузер Samsung"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "Chrome OS"),
        ("Linux", "Linux"),
    ];
    let known = |list: &[(&str, &'static str)]| {
        list.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, words)| *words)
    };
    match (known(&BROWSERS), known(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Неизвестное устройство".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_as_its_owner_knows_it() {
        let android = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 \
                       YaBrowser/24.10 Mobile Safari/537.36";
        assert_eq!(device(android), "Яндекс Браузер, Android");
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/18.1 Mobile/15E148 Safari/604.1";
        assert_eq!(device(iphone), "Safari, iPhone");
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                       Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0";
        assert_eq!(device(windows), "Edge, Windows");
        assert_eq!(device("curl/8.5"), "Неизвестное устройство");
    }
}
