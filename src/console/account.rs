//! `/console/account`: the operator's own password, sessions and second factor.

use axum::extract::Path;
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use crate::api::words;
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, ErrorSummary, FieldError, MomentText, NoticeKind, PasswordField, SubmitButton,
    TextField, error_of,
};
use crate::domain::id::{Owner, SessionId};
use crate::domain::password::{PasswordError, PasswordPolicy};
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Staff;
use crate::pages::second_factor::{CodeForm, code_error, codes_view};
use crate::pages::settings::device;
use crate::service::operators::{ChangeError, PASSWORD_LEAST, change_password, end_sessions, sessions_of};
use crate::service::second_factor::{State, renew_backup_codes, state};
use crate::service::sessions::Session;

/// Where this screen is.
pub const ADDRESS: &str = "/console/account";
/// The field of the current password.
const CURRENT: &str = "current_password";
/// The field of the new password.
const NEW: &str = "new_password";

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route(ADDRESS, get(show))
        .route("/console/account/password", get(back).post(submit_password))
        .route("/console/account/codes", get(back).post(renew))
        .route("/console/account/sessions", post(end_others))
        .route("/console/account/sessions/{id}", post(end_one))
}

async fn back() -> Redirect {
    Redirect::to(ADDRESS)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PasswordForm {
    current_password: String,
    new_password: String,
}

async fn show(staff: Staff) -> Answer {
    page(&staff, Vec::new()).await
}

async fn submit_password(staff: Staff, Form(form): Form<PasswordForm>) -> Answer {
    if form.current_password.is_empty() {
        return page(&staff, vec![FieldError::new(CURRENT, "Введите текущий пароль")]).await;
    }
    let (services, visitor) = (&staff.web.services, &staff.visitor);
    let (current, new) = (&form.current_password, &form.new_password);
    let error = match change_password(services, &staff.session, &staff.operator, current, new, visitor).await {
        Ok(()) => {
            let text = "Пароль изменён. На других устройствах нужно будет войти заново.";
            return staff.redirect(ADDRESS, NoticeKind::Success, text).await;
        }
        Err(ChangeError::Fault(fault)) => return Err(fault.into()),
        Err(ChangeError::WrongCurrent) => FieldError::new(CURRENT, "Текущий пароль не подошёл"),
        Err(ChangeError::TooOften(limit)) => FieldError::new(CURRENT, words::too_often(limit)),
        Err(ChangeError::New(PasswordError::TooShort)) => {
            FieldError::new(NEW, format!("Пароль слишком короткий: нужно от {PASSWORD_LEAST} знаков"))
        }
        Err(ChangeError::New(error)) => FieldError::new(NEW, words::password(error, PasswordPolicy::Modern)),
    };
    page(&staff, vec![error]).await
}

async fn renew(staff: Staff, Form(form): Form<CodeForm>) -> Answer {
    let owner = Owner::Operator(staff.operator.id.clone());
    match renew_backup_codes(&staff.web.services, &owner, &form.code, &staff.visitor).await {
        Ok(codes) => {
            let page = staff.page("Запасные коды").under(ADDRESS);
            page.show(move || view! { <div class="narrow">{codes_view(codes, ADDRESS.to_owned())}</div> }).await
        }
        Err(error) => page(&staff, vec![code_error(error)?]).await,
    }
}

async fn end_others(staff: Staff) -> Answer {
    end_sessions(&staff.web.services, &staff.session, &staff.operator, None, &staff.visitor).await?;
    staff.redirect(ADDRESS, NoticeKind::Success, "Другие сеансы завершены.").await
}

async fn end_one(staff: Staff, Path(id): Path<String>) -> Answer {
    let id = SessionId::parse(&id).map_err(|_| Failure::NotFound)?;
    end_sessions(&staff.web.services, &staff.session, &staff.operator, Some(&id), &staff.visitor).await?;
    staff.redirect(ADDRESS, NoticeKind::Success, "Сеанс завершён.").await
}

/// What the page shows.
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
        State::On { backup_codes } => backup_codes,
        State::Off => 0,
    };
    let shown = Shown {
        login: staff.operator.login.clone(),
        name: staff.operator.name.clone(),
        sessions: sessions_of(services, &staff.operator.id).await?,
        current: staff.session.id.clone(),
        backup_codes,
        offset: services.settings().utc_offset_hours,
    };
    let told = errors.clone();
    staff.page("Профиль").under(ADDRESS).errors(&errors).show(move || view(shown, told)).await
}

fn view(shown: Shown, errors: Vec<FieldError>) -> impl IntoView {
    let Shown { login, name, sessions, current, backup_codes, offset } = shown;
    let (wrong_current, wrong_new, wrong_code) =
        (error_of(&errors, CURRENT), error_of(&errors, NEW), error_of(&errors, "code"));
    let rows = sessions.into_iter().map(|session| session_row(session, &current, offset)).collect_view();
    view! {
        <h1>"Профиль"</h1>
        <ErrorSummary errors/>
        <dl class="facts">
            <div><dt>"Имя"</dt><dd class="long-text">{name}</dd></div>
            <div><dt>"Логин"</dt><dd class="long-text">{login.clone()}</dd></div>
        </dl>
        <Card title="Пароль">
            <form method="post" action="/console/account/password" novalidate>
                <input type="text" name="username" value=login autocomplete="username" hidden/>
                <PasswordField id=CURRENT label="Текущий пароль" error=wrong_current
                    autocomplete="current-password"/>
                <PasswordField id=NEW label="Новый пароль" error=wrong_new autocomplete="new-password"
                    hint=format!("От {PASSWORD_LEAST} любых знаков. Простые и часто встречающиеся пароли не подойдут.")/>
                <SubmitButton kind=ButtonKind::Secondary busy="Меняем…">"Изменить пароль"</SubmitButton>
            </form>
        </Card>
        <Card title="Запасные коды">
            <p>{format!("Осталось запасных кодов: {backup_codes}. Новые заменят прежние.")}</p>
            <form method="post" action="/console/account/codes" novalidate>
                <TextField id="code" label="Код из приложения" error=wrong_code
                    autocomplete="one-time-code" short=true/>
                <SubmitButton kind=ButtonKind::Secondary busy="Выпускаем…">"Выпустить новые коды"</SubmitButton>
            </form>
        </Card>
        <Card title="Где выполнен вход">
            <ul class="rows">{rows}</ul>
            <form method="post" action="/console/account/sessions">
                <SubmitButton kind=ButtonKind::Secondary busy="Завершаем…">"Завершить другие сеансы"</SubmitButton>
            </form>
        </Card>
    }
}

fn session_row(session: Session, current: &SessionId, offset: i8) -> impl IntoView + use<> {
    let device = device(&session.user_agent);
    let end = if session.id == *current {
        view! { <Badge kind=BadgeKind::SUCCESS text="Это устройство"/> }.into_any()
    } else {
        view! {
            <form method="post" action=format!("/console/account/sessions/{}", session.id)>
                <SubmitButton kind=ButtonKind::Secondary busy="Завершаем…"
                    aria_label=format!("Завершить сеанс: {device}")>"Завершить"</SubmitButton>
            </form>
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
