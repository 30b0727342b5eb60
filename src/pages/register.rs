//! `/register`, `/register/code` (M1, M2).

use axum::response::{IntoResponse as _, Redirect};
use axum::routing::{get, post};
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use crate::api::words;
use crate::components::{
    ButtonKind, CheckboxField, CodeField, ErrorSummary, FieldError, Hint, NoticeKind, PasswordField, SubmitButton,
    TextField, error_of,
};
use crate::domain::hint::Topic;
use crate::domain::password::PasswordPolicy;
use crate::http::Web;
use crate::http::answer::{Answer, Failure, write_flash};
use crate::http::session::{Door, Visit, enter_fully};
use crate::service::confirmation::{ConfirmError, confirm_by_code};
use crate::service::registration::{self, Form as Registration, FormErrors, RegisterError, Waiting};
use crate::service::sessions;

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/register", get(show).post(submit))
        .route("/register/code", get(show_waiting).post(submit_code))
        .route("/register/resend", post(resend))
}

/// Where a new user begins: without accounts the list leads on to linking one.
pub(super) const FIRST_PAGE: &str = "/accounts";

#[derive(Default, Deserialize)]
#[serde(default)]
struct RegisterForm {
    login: String,
    password: String,
    consent: String,
}

async fn show(visit: Visit) -> Answer {
    if visit.user.is_some() {
        return Ok(Redirect::to(FIRST_PAGE).into_response());
    }
    form_page(&visit, RegisterForm::default(), Vec::new()).await
}

async fn submit(visit: Visit, Form(form): Form<RegisterForm>) -> Answer {
    let policy = visit.services().settings().password_policy;
    let accepted = accepted_consent(&visit, &form.consent);
    let typed = Registration { login: &form.login, password: &form.password, consent: accepted.as_deref() };
    let errors = match registration::register(visit.services(), typed, &visit.visitor).await {
        Ok(token) => return Ok(visit.enter(&token, "/register/code").into_response()),
        Err(RegisterError::Fault(fault)) => return Err(fault.into()),
        Err(RegisterError::Form(errors)) => form_words(errors, policy),
        Err(RegisterError::TooOften(limit)) => vec![FieldError::new("login", words::too_often(limit))],
    };
    form_page(&visit, form, errors).await
}

/// The version of the consent that a form accepts: the one of the page `/consent`, where the box is ticked.
pub(super) fn accepted_consent(visit: &Visit, typed: &str) -> Option<String> {
    (typed == "on").then(|| visit.web.site.texts.consent.version.to_string())
}

/// Of a form without the consent.
pub(super) const CONSENT_MISSING: &str =
    "Без согласия на обработку персональных данных мы не можем вас зарегистрировать";

fn form_words(errors: FormErrors, policy: PasswordPolicy) -> Vec<FieldError> {
    [
        errors.login.map(|error| FieldError::new("login", words::login(error))),
        errors.password.map(|error| FieldError::new("password", words::password(error, policy))),
        errors.consent_missing.then(|| FieldError::new("consent", CONSENT_MISSING)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

async fn form_page(visit: &Visit, form: RegisterForm, errors: Vec<FieldError>) -> Answer {
    let rule = visit.services().settings().password_policy;
    let shown = errors.clone();
    visit.page("Регистрация").under("/register").errors(&errors).show(move || form_view(form, rule, shown)).await
}

fn form_view(form: RegisterForm, rule: PasswordPolicy, errors: Vec<FieldError>) -> impl IntoView {
    view! {
        <div class="narrow">
            <h1>"Регистрация"</h1>
            <ErrorSummary errors=errors.clone()/>
            <form method="post" action="/register" novalidate>
                <TextField id="login" label="Электронная почта или телефон" value=form.login
                    hint="Станет вашим именем для входа. Сюда придёт подтверждение."
                    error=error_of(&errors, "login") autocomplete="username">
                    <Hint topic=Topic::Login/>
                </TextField>
                <PasswordField id="password" label="Пароль" rule=rule error=error_of(&errors, "password")
                    autocomplete="new-password">
                    <Hint topic=Topic::Password/>
                </PasswordField>
                {consent_field(form.consent == "on", error_of(&errors, "consent"))}
                <SubmitButton busy="Отправляем…">"Зарегистрироваться"</SubmitButton>
            </form>
            <p>"Уже есть кабинет? " <a href="/sign-in">"Войдите"</a></p>
        </div>
    }
}

/// The consent to the processing of personal data (152-ФЗ).
pub(super) fn consent_field(checked: bool, error: Option<String>) -> impl IntoView {
    view! {
        <CheckboxField id="consent" checked error>
            "Согласен на "
            <a href="/consent" target="_blank">"обработку персональных данных"</a>
        </CheckboxField>
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CodeForm {
    code: String,
}

async fn show_waiting(visit: Visit) -> Answer {
    waiting_page(&visit, Vec::new()).await
}

async fn waiting_page(visit: &Visit, errors: Vec<FieldError>) -> Answer {
    if visit.user.is_some() {
        return Ok(Redirect::to(FIRST_PAGE).into_response());
    }
    let id = visit.session.as_ref().and_then(|session| session.registration_id.as_ref());
    let Some(id) = id else { return Ok(Redirect::to("/register").into_response()) };
    let Some(waiting) = registration::waiting(visit.services(), id).await? else {
        return Ok(Redirect::to("/register").into_response());
    };
    if waiting.confirmed && !waiting.by_code {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let shown = errors.clone();
    let title = if waiting.by_code { "Код из SMS" } else { "Проверьте почту" };
    visit.page(title).under("/register").errors(&errors).show(move || waiting_view(waiting, shown)).await
}

fn waiting_view(waiting: Waiting, errors: Vec<FieldError>) -> impl IntoView {
    let Waiting { masked, by_code, resend_in, .. } = waiting;
    let heading = if by_code { "Введите код из SMS" } else { "Проверьте почту" };
    let wait = (resend_in > 0)
        .then(|| view! { <p>{format!("Отправить ещё раз можно через {}.", words::wait(resend_in))}</p> });
    let body = if by_code {
        view! {
            <p>"Мы отправили код на " <strong>{masked}</strong> ". Он действует 10 минут."</p>
            <ErrorSummary errors=errors.clone()/>
            <form method="post" action="/register/code" novalidate>
                <CodeField error=error_of(&errors, "code")>
                    <Hint topic=Topic::SmsCode/>
                </CodeField>
                <SubmitButton busy="Проверяем…">"Подтвердить"</SubmitButton>
            </form>
        }
        .into_any()
    } else {
        view! {
            <p>
                "Мы отправили письмо на " <strong>{masked}</strong>
                ". Откройте его и нажмите на ссылку: так мы убедимся, что адрес ваш. Ссылка действует 24 часа."
            </p>
            <ErrorSummary errors=errors/>
            <p>"Письма нет? Загляните в папку «Спам»."</p>
        }
        .into_any()
    };
    view! {
        <div class="narrow">
            <h1>{heading}</h1>
            {body}
            {wait}
            <form method="post" action="/register/resend">
                <SubmitButton kind=ButtonKind::Secondary busy="Отправляем…">"Отправить ещё раз"</SubmitButton>
            </form>
            <p><a href="/register">"Указать другую почту или телефон"</a></p>
        </div>
    }
}

async fn submit_code(visit: Visit, Form(form): Form<CodeForm>) -> Answer {
    let id = visit.session.as_ref().and_then(|session| session.registration_id.clone());
    // A second tap after the right code: the first one opened the session, and its cookie leads on from there.
    let Some(id) = id else { return Ok(Redirect::to("/sign-in").into_response()) };
    let message = match confirm_by_code(visit.services(), &id, &form.code, &visit.visitor).await {
        Ok(signed_in) => return Ok(enter_fully(&visit.web.site, Door::Portal, &signed_in, FIRST_PAGE).into_response()),
        Err(ConfirmError::Fault(fault)) => return Err(fault.into()),
        Err(ConfirmError::UsedBefore) => return Ok(Redirect::to("/sign-in").into_response()),
        Err(ConfirmError::Code(error)) => words::sms_code(error).to_owned(),
        Err(ConfirmError::Wrong { left }) => words::wrong_code(left),
        Err(ConfirmError::NoTriesLeft) => words::NO_TRIES_LEFT.to_owned(),
        Err(ConfirmError::Expired) => words::CODE_EXPIRED.to_owned(),
        Err(ConfirmError::TooOften(limit)) => words::too_often(limit),
        Err(
            ConfirmError::Unknown
            | ConfirmError::PasswordNeeded
            | ConfirmError::Password(_)
            | ConfirmError::ConsentMissing,
        ) => {
            return Ok(Redirect::to("/register").into_response());
        }
    };
    waiting_page(&visit, vec![FieldError::new("code", message)]).await
}

async fn resend(visit: Visit) -> Answer {
    let Some(session) = &visit.session else { return Ok(Redirect::to("/register").into_response()) };
    let Some(id) = &session.registration_id else { return Ok(Redirect::to("/register").into_response()) };
    let (kind, text) = match registration::resend(visit.services(), id, &visit.visitor).await {
        Ok(()) => (NoticeKind::Success, "Отправили ещё раз. Прежние ссылка и код больше не действуют.".to_owned()),
        Err(RegisterError::TooOften(limit)) => (NoticeKind::Warning, words::send_again_in(limit)),
        Err(RegisterError::Fault(fault)) => return Err(fault.into()),
        Err(RegisterError::Form(_)) => return Err(Failure::NotFound),
    };
    sessions::leave_flash(visit.services(), session, &write_flash(kind, &text)).await?;
    Ok(Redirect::to("/register/code").into_response())
}
