//! `/register`, `/register/code` (M1, M2).

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::api::call::call;
use crate::api::registration::{
    CodeForm, ConfirmCode, FIRST_PAGE, Register, RegisterForm, ResendCode, WAITING_PAGE, confirm_code, register,
    resend_code,
};
use crate::api::words;
use crate::components::{
    ButtonKind, CheckboxField, CodeField, ErrorSummary, FieldError, Hint, PasswordField, SubmitButton, TextField,
    error_of,
};
use crate::domain::hint::Topic;
use crate::domain::login::Login;
use crate::domain::password::PasswordPolicy;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::Visit;
use crate::islands::ServerForm;
use crate::service::registration::{self, Waiting};

/// The address of the form.
const ADDRESS: &str = "/register";
/// The address of the form that sends the letter or the SMS again.
const RESEND: &str = "/register/resend";

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route(ADDRESS, get(show).post(submit))
        .route(WAITING_PAGE, get(show_waiting).post(submit_code))
        .route(RESEND, get(async || Redirect::to(WAITING_PAGE)).post(resend))
}

async fn show(visit: Visit) -> Answer {
    if visit.user.is_some() {
        return Ok(Redirect::to(FIRST_PAGE).into_response());
    }
    form_page(&visit, RegisterForm::default(), Vec::new()).await
}

async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<RegisterForm>) -> Answer {
    let called = call(&web, &parts, register(form.clone())).await?;
    called.or_page(&web, parts, async |visit: Visit, errors| form_page(&visit, form, errors).await).await
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
            <ServerForm function=Register::PATH.to_owned() action=ADDRESS.to_owned()>
                <ErrorSummary errors=errors.clone()/>
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
            </ServerForm>
            <p>"Уже есть кабинет? " <a href="/sign-in">"Войдите"</a></p>
        </div>
    }
}

/// The login beside a new password, for the browser's password manager. It is hidden and not posted.
pub(super) fn username(login: &Login) -> impl IntoView + use<> {
    let login = login.as_str().to_owned();
    view! {
        <input type="text" class="visually-hidden" autocomplete="username" value=login readonly tabindex="-1"
            aria-hidden="true"/>
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

async fn show_waiting(visit: Visit) -> Answer {
    waiting_page(&visit, Vec::new()).await
}

async fn waiting_page(visit: &Visit, errors: Vec<FieldError>) -> Answer {
    if visit.user.is_some() {
        return Ok(Redirect::to(FIRST_PAGE).into_response());
    }
    let Some(id) = visit.registration() else { return Ok(Redirect::to(ADDRESS).into_response()) };
    let Some(waiting) = registration::waiting(visit.services(), id).await? else {
        return Ok(Redirect::to(ADDRESS).into_response());
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
    let body = if by_code { code_view(masked, errors).into_any() } else { letter_view(masked).into_any() };
    view! {
        <div class="narrow">
            <h1>{heading}</h1>
            {body}
            {wait}
            <ServerForm function=ResendCode::PATH.to_owned() action=RESEND.to_owned()>
                <ErrorSummary errors=Vec::new()/>
                <SubmitButton kind=ButtonKind::Secondary busy="Отправляем…">"Отправить ещё раз"</SubmitButton>
            </ServerForm>
            <p><a href=ADDRESS>"Указать другую почту или телефон"</a></p>
        </div>
    }
}

fn code_view(masked: String, errors: Vec<FieldError>) -> impl IntoView {
    view! {
        <p>"Мы отправили код на " <strong>{masked}</strong> ". Он действует 10 минут."</p>
        <ServerForm function=ConfirmCode::PATH.to_owned() action=WAITING_PAGE.to_owned()>
            <ErrorSummary errors=errors.clone()/>
            <CodeField error=error_of(&errors, "code")>
                <Hint topic=Topic::SmsCode/>
            </CodeField>
            <SubmitButton busy="Проверяем…">"Подтвердить"</SubmitButton>
        </ServerForm>
    }
}

fn letter_view(masked: String) -> impl IntoView {
    view! {
        <p>
            "Мы отправили письмо на " <strong>{masked}</strong>
            ". Откройте его и нажмите на ссылку: так мы убедимся, что адрес ваш. Ссылка действует 24 часа."
        </p>
        <p>"Письма нет? Загляните в папку «Спам»."</p>
    }
}

async fn submit_code(State(web): State<Web>, parts: Parts, Form(form): Form<CodeForm>) -> Answer {
    let called = call(&web, &parts, confirm_code(form)).await?;
    called.or_page(&web, parts, async |visit: Visit, errors| waiting_page(&visit, errors).await).await
}

async fn resend(State(web): State<Web>, parts: Parts) -> Answer {
    let called = call(&web, &parts, resend_code()).await?;
    called.or_page(&web, parts, async |visit: Visit, errors| waiting_page(&visit, errors).await).await
}
