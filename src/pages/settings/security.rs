//! The part of `/settings` about security: the password, the sessions, recent events.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::events::{EVENTS, event_table, owner, tries_line};
use super::page;
use crate::api::call::call;
use crate::api::settings::{
    ChangePassword, EndOtherSessions, EndSession, PasswordForm, SessionForm, change_password, end_other_sessions,
    end_session,
};
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, EmptyState, ErrorSummary, FieldError, Hint, MomentText, PasswordField,
    SubmitButton, error_of, errors_of,
};
use crate::domain::hint::Topic;
use crate::domain::id::SessionId;
use crate::domain::login::Login;
use crate::domain::paging::AskedPage;
use crate::domain::password::PasswordPolicy;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{AtMoney, SignedIn};
use crate::islands::ServerForm;
use crate::service::audit::{EventPage, ListedEvent, Show, Tries, events};
use crate::service::sessions::{self, Session};

/// The address of the form of the password.
pub(super) const PASSWORD_FORM: &str = "/settings/password";
/// The address of the form that ends other sessions; each session's own form is below it.
pub(super) const SESSIONS_FORM: &str = "/settings/sessions";
/// Security events on the page of settings; `/settings/events` lists all.
const EVENTS_SEEN: usize = 5;
/// The field of the current password.
const CURRENT: &str = "current_password";
/// The field of the new password.
const NEW: &str = "new_password";

/// Changes the password.
pub(super) async fn submit_password(State(web): State<Web>, parts: Parts, Form(form): Form<PasswordForm>) -> Answer {
    let called = call(&web, &parts, change_password(form)).await?;
    called.or_page(&web, parts, again).await
}

/// Ends every session but this one.
pub(super) async fn end_others(State(web): State<Web>, parts: Parts) -> Answer {
    let called = call(&web, &parts, end_other_sessions()).await?;
    called.or_page(&web, parts, again).await
}

/// Ends one session.
pub(super) async fn end_one(State(web): State<Web>, Path(id): Path<String>, parts: Parts) -> Answer {
    let called = call(&web, &parts, end_session(SessionForm { session_id: id })).await?;
    called.or_page(&web, parts, again).await
}

/// The page with the errors of a form whose fields are secrets, so the typed values are not written back.
async fn again(AtMoney(signed_in): AtMoney, errors: Vec<FieldError>) -> Answer {
    page(&signed_in, None, errors).await
}

/// The data of this part.
pub(super) struct Security {
    policy: PasswordPolicy,
    sessions: Vec<Session>,
    current: SessionId,
    events: Vec<ListedEvent>,
    tries: Tries,
    /// Whether there are more events than these.
    more_events: bool,
    offset_hours: i8,
}

impl Security {
    /// Loads the sessions and the events of the user.
    pub(super) async fn load(signed_in: &SignedIn) -> Result<Self, Failure> {
        let services = signed_in.services();
        let shown = events(services, &owner(signed_in), Show::Important, AskedPage::FIRST).await?;
        let EventPage { mut events, place, tries } = shown;
        let more_events = place.pages > 1 || events.len() > EVENTS_SEEN || tries.times > 0;
        events.truncate(EVENTS_SEEN);
        Ok(Self {
            policy: services.settings().password_policy,
            sessions: sessions::list(services, signed_in.id()).await?,
            current: signed_in.session.id.clone(),
            events,
            tries,
            more_events,
            offset_hours: services.settings().utc_offset_hours,
        })
    }

    /// The card on the page of settings.
    pub(super) fn view(self, login: &Login, errors: &[FieldError]) -> impl IntoView + use<> {
        let Self { policy, sessions, current, events, tries, more_events, offset_hours } = self;
        let password = password_form(policy, login, errors);
        let sessions = session_list(sessions, &current, offset_hours);
        view! {
            <Card title="Безопасность">
                {password}
                {sessions}
                {event_list(events, tries, more_events, offset_hours)}
            </Card>
        }
    }
}

fn password_form(policy: PasswordPolicy, login: &Login, errors: &[FieldError]) -> impl IntoView + use<> {
    let (login, errors) = (login.as_str().to_owned(), errors_of(errors, &[CURRENT, NEW]));
    view! {
        <h3>"Пароль"</h3>
        <ServerForm function=ChangePassword::PATH.to_owned() action=PASSWORD_FORM.to_owned()>
            <ErrorSummary errors=errors.clone()/>
            // For a password manager: the login of this password.
            <input type="hidden" name="username" autocomplete="username" value=login/>
            <PasswordField id=CURRENT label="Текущий пароль" error=error_of(&errors, CURRENT)
                autocomplete="current-password"/>
            <PasswordField id=NEW label="Новый пароль" rule=policy error=error_of(&errors, NEW)
                autocomplete="new-password">
                <Hint topic=Topic::Password/>
            </PasswordField>
            <SubmitButton kind=ButtonKind::Secondary busy="Меняем…">"Изменить пароль"</SubmitButton>
        </ServerForm>
    }
}

fn session_list(sessions: Vec<Session>, current: &SessionId, offset_hours: i8) -> impl IntoView + use<> {
    let others = sessions.iter().any(|session| session.id != *current);
    let end_others = others.then(|| {
        view! {
            <ServerForm function=EndOtherSessions::PATH.to_owned() action=SESSIONS_FORM.to_owned()>
                <ErrorSummary errors=Vec::new()/>
                <SubmitButton kind=ButtonKind::Secondary busy="Завершаем…">"Завершить другие сеансы"</SubmitButton>
            </ServerForm>
        }
    });
    let rows = sessions.into_iter().map(|session| {
        let own = session.id == *current;
        session_row(session, own, offset_hours)
    });
    view! {
        <h3>"Где выполнен вход"</h3>
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
            <ServerForm function=EndSession::PATH.to_owned() action=format!("{SESSIONS_FORM}/{}", session.id)>
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

fn event_list(events: Vec<ListedEvent>, tries: Tries, more: bool, offset_hours: i8) -> impl IntoView {
    let table = if events.is_empty() {
        view! { <EmptyState title="Событий пока нет"/> }.into_any()
    } else {
        event_table("Последние события", events, offset_hours).into_any()
    };
    view! {
        <h3>"События безопасности"</h3>
        {table}
        {tries_line(tries, offset_hours)}
        {more.then(|| view! { <p><a href=EVENTS>"Все события"</a></p> })}
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
