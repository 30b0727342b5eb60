//! `/console/account`: the operator's own password, sessions and second factor.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use serde::Deserialize;

use crate::api::call::{Called, call};
use crate::api::console::account::{
    ChangePassword, EndOtherSessions, EndSession, PasswordForm, change_password, end_other_sessions, end_session,
};
use crate::api::console::second_factor::{RenewBackupCodes, RenewForm, renew_backup_codes};
use crate::api::console::sign_in::console_next;
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, ErrorSummary, FieldError, MomentText, PasswordField, SubmitButton, TextField,
    error_of, errors_of,
};
use crate::domain::id::{Owner, SessionId};
use crate::domain::session::Session;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::cookies::{carried_backup_codes, drop_backup_codes};
use crate::http::session::{Door, Staff};
use crate::islands::ServerForm;
use crate::pages::second_factor::codes_view;
use crate::pages::settings::device;
use crate::service::operators::{PASSWORD_LEAST, sessions_of};
use crate::service::second_factor::{State as FactorState, state, unseal_codes};

/// The address of this screen.
pub const ADDRESS: &str = "/console/account";
/// The address of the password form.
const PASSWORD: &str = "/console/account/password";
/// The page of new backup codes, and the address of the form that makes them.
const CODES: &str = "/console/account/codes";
/// The address of the form of sessions.
const SESSIONS: &str = "/console/account/sessions";
/// The field of the current password.
const CURRENT: &str = "current_password";
/// The field of the new password.
const NEW: &str = "new_password";
/// The field of the code that renews the backup codes.
const CODE: &str = "code";

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route(ADDRESS, get(show))
        .route(PASSWORD, get(back).post(submit_password))
        .route(CODES, get(show_codes).post(renew))
        .route(SESSIONS, get(back).post(end_others))
        .route("/console/account/sessions/{id}", get(back).post(end_one))
}

async fn back() -> Redirect {
    Redirect::to(ADDRESS)
}

async fn show(staff: Staff) -> Answer {
    page(&staff, Vec::new()).await
}

async fn submit_password(State(web): State<Web>, parts: Parts, Form(form): Form<PasswordForm>) -> Answer {
    let called = call(&web, &parts, change_password(form)).await?;
    or_page(called, &web, parts).await
}

async fn end_others(State(web): State<Web>, parts: Parts) -> Answer {
    let called = call(&web, &parts, end_other_sessions()).await?;
    or_page(called, &web, parts).await
}

async fn end_one(State(web): State<Web>, Path(id): Path<String>, parts: Parts) -> Answer {
    let called = call(&web, &parts, end_session(id)).await?;
    or_page(called, &web, parts).await
}

async fn or_page(called: Called, web: &Web, parts: Parts) -> Answer {
    called.or_page(web, parts, async |staff: Staff, errors| page(&staff, errors).await).await
}

async fn renew(State(web): State<Web>, parts: Parts, Form(form): Form<RenewForm>) -> Answer {
    let called = call(&web, &parts, renew_backup_codes(form)).await?;
    or_page(called, &web, parts).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Target {
    next: String,
}

/// Shows new backup codes once: the answer deletes the cookie that carried them here.
async fn show_codes(staff: Staff, headers: HeaderMap, Query(target): Query<Target>) -> Answer {
    let site = &staff.web.site;
    let sealed = carried_backup_codes(site, Door::Console, &headers);
    let codes = sealed.and_then(|sealed| unseal_codes(&staff.web.services, &staff.session, sealed));
    let Some(codes) = codes else { return Ok(Redirect::to(ADDRESS).into_response()) };
    let next = console_next(&target.next).to_owned();
    let page = staff.page("Запасные коды").under(ADDRESS);
    let shown = page.show(move || view! { <div class="narrow">{codes_view(codes, next)}</div> }).await?;
    Ok(([drop_backup_codes(site, Door::Console)], shown).into_response())
}

/// The data of the page.
struct Shown {
    login: String,
    name: String,
    sessions: Vec<Session>,
    current: SessionId,
    backup_codes: usize,
    offset: i8,
}

async fn page(staff: &Staff, errors: Vec<FieldError>) -> Answer {
    let services = &staff.web.services;
    let owner = Owner::Operator(staff.operator.id.clone());
    let backup_codes = match state(services, &owner).await? {
        FactorState::On { backup_codes } => backup_codes,
        FactorState::Off => 0,
    };
    let shown = Shown {
        login: staff.operator.login.clone(),
        name: staff.operator.name.clone(),
        sessions: sessions_of(services, &staff.operator.id).await?,
        current: staff.session.id.clone(),
        backup_codes,
        offset: services.settings().utc_offset_hours,
    };
    staff.page("Профиль").under(ADDRESS).errors(&errors).show(move || view(shown, &errors)).await
}

fn view(shown: Shown, errors: &[FieldError]) -> impl IntoView + use<> {
    let Shown { login, name, sessions, current, backup_codes, offset } = shown;
    let rows = sessions.into_iter().map(|session| session_row(session, &current, offset)).collect_view();
    view! {
        <h1>"Профиль"</h1>
        <dl class="facts">
            <div><dt>"Имя"</dt><dd class="long-text">{name}</dd></div>
            <div><dt>"Логин"</dt><dd class="long-text">{login.clone()}</dd></div>
        </dl>
        {password_card(login, errors)}
        {codes_card(backup_codes, errors)}
        <Card title="Где выполнен вход">
            <ul class="rows">{rows}</ul>
            <ServerForm function=EndOtherSessions::PATH.to_owned() action=SESSIONS.to_owned()>
                <ErrorSummary errors=Vec::new()/>
                <SubmitButton kind=ButtonKind::Secondary busy="Завершаем…">"Завершить другие сеансы"</SubmitButton>
            </ServerForm>
        </Card>
    }
}

fn password_card(login: String, errors: &[FieldError]) -> impl IntoView + use<> {
    let (wrong_current, wrong_new) = (error_of(errors, CURRENT), error_of(errors, NEW));
    let own = errors_of(errors, &[CURRENT, NEW]);
    view! {
        <Card title="Пароль">
            <ServerForm function=ChangePassword::PATH.to_owned() action=PASSWORD.to_owned()>
                <ErrorSummary errors=own/>
                <input type="text" name="username" value=login autocomplete="username" hidden/>
                <PasswordField id=CURRENT label="Текущий пароль" error=wrong_current
                    autocomplete="current-password"/>
                <PasswordField id=NEW label="Новый пароль" error=wrong_new autocomplete="new-password"
                    hint=format!("От {PASSWORD_LEAST} любых знаков. Простые и часто встречающиеся пароли не подойдут.")/>
                <SubmitButton kind=ButtonKind::Secondary busy="Меняем…">"Изменить пароль"</SubmitButton>
            </ServerForm>
        </Card>
    }
}

fn codes_card(backup_codes: usize, errors: &[FieldError]) -> impl IntoView + use<> {
    let (error, own) = (error_of(errors, CODE), errors_of(errors, &[CODE]));
    view! {
        <Card title="Запасные коды">
            <p>{format!("Осталось запасных кодов: {backup_codes}. Новые заменят прежние.")}</p>
            <ServerForm function=RenewBackupCodes::PATH.to_owned() action=CODES.to_owned()>
                <ErrorSummary errors=own/>
                <TextField id=CODE label="Код из приложения" error autocomplete="one-time-code" short=true/>
                <SubmitButton kind=ButtonKind::Secondary busy="Выпускаем…">"Выпустить новые коды"</SubmitButton>
            </ServerForm>
        </Card>
    }
}

fn session_row(session: Session, current: &SessionId, offset: i8) -> impl IntoView + use<> {
    let device = device(&session.user_agent);
    let end = if session.id == *current {
        view! { <Badge kind=BadgeKind::SUCCESS text="Это устройство"/> }.into_any()
    } else {
        let (id, label) = (session.id.to_string(), format!("Завершить сеанс: {device}"));
        view! {
            <ServerForm function=EndSession::PATH.to_owned() action=format!("{SESSIONS}/{id}")>
                <ErrorSummary errors=Vec::new()/>
                <input type="hidden" name="session_id" value=id/>
                <SubmitButton kind=ButtonKind::Secondary busy="Завершаем…" aria_label=label>"Завершить"</SubmitButton>
            </ServerForm>
        }
        .into_any()
    };
    view! {
        <li class="row">
            <div class="row-text">
                <p>{device.clone()}</p>
                <p class="muted long-text">
                    "Последнее действие " <MomentText at=session.seen_at offset_hours=offset/>
                    {format!(", адрес {}", session.address)}
                </p>
            </div>
            {end}
        </li>
    }
}
