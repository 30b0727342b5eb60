//! The part of `/settings` about security: the password, the sessions, what happened lately.

use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect};
use leptos::prelude::*;
use serde::Deserialize;

use super::events::{EVENTS, event_table, owner, tries_line};
use super::{ADDRESS, page};
use crate::api::words;
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, EmptyState, FieldError, Hint, MomentText, NoticeKind, PasswordField,
    SubmitButton, error_of,
};
use crate::domain::hint::Topic;
use crate::domain::id::SessionId;
use crate::domain::login::Login;
use crate::domain::paging::AskedPage;
use crate::domain::password::{PasswordError, PasswordPolicy};
use crate::http::answer::{Answer, Failure};
use crate::http::session::{AtMoney, Door, Fresh, SignedIn, drop_cookie};
use crate::service::audit::{EventPage, ListedEvent, Show, Tries, events};
use crate::service::password_change::{ChangeError, change_password};
use crate::service::sessions::{self, Session};

/// Security events on the page of settings; the rest has a page of its own.
const EVENTS_SEEN: usize = 5;
/// The field of the current password.
const CURRENT: &str = "current_password";
/// The field of the new password.
const NEW: &str = "new_password";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PasswordForm {
    current_password: String,
    new_password: String,
}

/// Changes the password.
pub(super) async fn submit_password(AtMoney(signed_in): AtMoney, Form(form): Form<PasswordForm>) -> Answer {
    let services = signed_in.services();
    let policy = services.settings().password_policy;
    let errors = empty_fields(&form, policy);
    if !errors.is_empty() {
        return page(&signed_in, None, errors).await;
    }
    let changed = change_password(
        services,
        &signed_in.session,
        signed_in.id(),
        &form.current_password,
        &form.new_password,
        &signed_in.visit.visitor,
    );
    let error = match changed.await {
        Ok(()) => {
            let text = "Пароль изменён. На других устройствах нужно будет войти заново.";
            return signed_in.redirect(ADDRESS, NoticeKind::Success, text).await;
        }
        Err(ChangeError::Fault(fault)) => return Err(fault.into()),
        Err(ChangeError::WrongCurrent) => {
            FieldError::new(CURRENT, "Текущий пароль не подошёл. Проверьте раскладку клавиатуры")
        }
        Err(ChangeError::New(error)) => FieldError::new(NEW, words::password(error, policy)),
        Err(ChangeError::TooOften(limit)) => FieldError::new(CURRENT, words::too_often(limit)),
    };
    page(&signed_in, None, vec![error]).await
}

/// What was left out: told at once, without counting it as a try.
fn empty_fields(form: &PasswordForm, policy: PasswordPolicy) -> Vec<FieldError> {
    let current = form.current_password.is_empty().then(|| FieldError::new(CURRENT, "Введите текущий пароль"));
    let new = form.new_password.is_empty().then(|| FieldError::new(NEW, words::password(PasswordError::Empty, policy)));
    current.into_iter().chain(new).collect()
}

/// Ends every session but this one.
pub(super) async fn end_others(Fresh(signed_in): Fresh) -> Answer {
    let visitor = &signed_in.visit.visitor;
    sessions::end_others(signed_in.services(), &signed_in.session, signed_in.id(), visitor).await?;
    let text = "Другие сеансы завершены. Вы остались в кабинете только на этом устройстве.";
    signed_in.redirect(ADDRESS, NoticeKind::Success, text).await
}

/// Ends one session; one that ended before is as good as ended now. The own one signs out.
pub(super) async fn end_one(Fresh(signed_in): Fresh, Path(id): Path<String>) -> Answer {
    let id = SessionId::parse(&id).map_err(|_| Failure::NotFound)?;
    sessions::revoke(signed_in.services(), signed_in.id(), &id, &signed_in.visit.visitor).await?;
    if id == signed_in.session.id {
        let mut response = Redirect::to("/sign-in").into_response();
        let (name, value) = drop_cookie(&signed_in.visit.web.site, Door::Portal);
        response.headers_mut().append(name, value);
        return Ok(response);
    }
    signed_in.redirect(ADDRESS, NoticeKind::Success, "Сеанс завершён.").await
}

/// What the part shows.
pub(super) struct Security {
    policy: PasswordPolicy,
    sessions: Vec<Session>,
    current: SessionId,
    events: Vec<ListedEvent>,
    tries: Tries,
    /// Whether there are more than these.
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
    view! {
        <h3>"Пароль"</h3>
        <form method="post" action="/settings/password" novalidate>
            // For a password manager: whose password this is.
            <input type="hidden" name="username" autocomplete="username" value=login.as_str().to_owned()/>
            <PasswordField id=CURRENT label="Текущий пароль" error=error_of(errors, CURRENT)
                autocomplete="current-password"/>
            <PasswordField id=NEW label="Новый пароль" rule=policy error=error_of(errors, NEW)
                autocomplete="new-password">
                <Hint topic=Topic::Password/>
            </PasswordField>
            <SubmitButton kind=ButtonKind::Secondary busy="Меняем…">"Изменить пароль"</SubmitButton>
        </form>
    }
}

fn session_list(sessions: Vec<Session>, current: &SessionId, offset_hours: i8) -> impl IntoView + use<> {
    let others = sessions.iter().any(|session| session.id != *current);
    let end_others = others.then(|| {
        view! {
            <form method="post" action="/settings/sessions">
                <SubmitButton kind=ButtonKind::Secondary busy="Завершаем…">"Завершить другие сеансы"</SubmitButton>
            </form>
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
    let seen = session.seen_at.show(offset_hours);
    let end = if own {
        view! { <Badge kind=BadgeKind::SUCCESS text="Это устройство"/> }.into_any()
    } else {
        view! {
            <form method="post" action=format!("/settings/sessions/{}", session.id)>
                <SubmitButton kind=ButtonKind::Secondary busy="Завершаем…"
                    aria_label=format!("Завершить сеанс: {device}, {seen}")>
                    "Завершить"
                </SubmitButton>
            </form>
        }
        .into_any()
    };
    view! {
        <li class="row">
            <div class="row-text">
                <p>{device.clone()}</p>
                <p class="muted long-text">
                    "Последнее действие " <MomentText at=session.seen_at offset_hours/> ", вход "
                    <MomentText at=session.created_at offset_hours/> {format!(", адрес {}", session.address)}
                </p>
            </div>
            {end}
        </li>
    }
}

/// The browser and the system as their owner knows them, from what the browser says of itself. Order matters: nearly
/// every browser also calls itself Chrome and Safari.
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
