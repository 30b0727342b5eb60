//! `/recover`: a forgotten password.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use super::words;
use crate::components::{ErrorSummary, FieldError, LinkButton, PasswordField, SubmitButton, TextField, error_of};
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Visit;
use crate::service::recovery::{self, RecoverError};

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/recover", get(show).post(submit))
        .route("/recover/sent", get(show_sent))
        .route("/recover/code", get(show_code).post(submit_code))
        .route("/recover/{token}", get(show_link).post(submit_link))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RecoverForm {
    login: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewPasswordForm {
    code: String,
    password: String,
}

async fn show(visit: Visit) -> Answer {
    login_page(&visit, String::new(), Vec::new()).await
}

async fn submit(visit: Visit, Form(form): Form<RecoverForm>) -> Answer {
    let message = match recovery::begin(visit.services(), &form.login, &visit.visitor).await {
        Ok(begun) => {
            let to = if begun.by_code { "/recover/code" } else { "/recover/sent" };
            return Ok(visit.enter(&begun.token, to));
        }
        Err(RecoverError::Fault(fault)) => return Err(fault.into()),
        Err(RecoverError::Login(error)) => words::login(error).to_owned(),
        Err(RecoverError::TooOften(limit)) => words::too_often(limit),
        Err(RecoverError::Password(_) | RecoverError::WrongSecret) => return Err(Failure::NotFound),
    };
    login_page(&visit, form.login, vec![FieldError::new("login", message)]).await
}

async fn login_page(visit: &Visit, login: String, errors: Vec<FieldError>) -> Answer {
    let shown = errors.clone();
    visit
        .page("Восстановление пароля")
        .under("/sign-in")
        .errors(&errors)
        .show(move || {
            view! {
                <div class="narrow">
                    <h1>"Восстановление пароля"</h1>
                    <ErrorSummary errors=shown.clone()/>
                    <form method="post" action="/recover" novalidate>
                        <TextField id="login" label="Электронная почта или телефон" value=login
                            hint="Пришлём ссылку письмом или код по SMS." error=error_of(&shown, "login")
                            autocomplete="username"/>
                        <SubmitButton busy="Отправляем…">"Продолжить"</SubmitButton>
                    </form>
                    <p><a href="/sign-in">"Вернуться ко входу"</a></p>
                </div>
            }
        })
        .await
}

async fn show_sent(visit: Visit) -> Answer {
    visit
        .page("Проверьте почту")
        .under("/sign-in")
        .show(|| {
            view! {
                <div class="narrow">
                    <h1>"Проверьте почту"</h1>
                    <p>"Мы отправили письмо на указанный адрес. Откройте его и нажмите на ссылку: она действует 1 час."</p>
                    <p>"Письма нет? Загляните в папку «Спам» или через минуту попробуйте ещё раз."</p>
                    <p><LinkButton href="/recover">"Отправить ещё раз"</LinkButton></p>
                </div>
            }
        })
        .await
}

async fn show_code(visit: Visit) -> Answer {
    code_page(&visit, Vec::new()).await
}

async fn submit_code(visit: Visit, Form(form): Form<NewPasswordForm>) -> Answer {
    let id = visit.session.as_ref().and_then(|session| session.recovery_id.clone());
    let Some(id) = id else { return Ok(Redirect::to("/recover").into_response()) };
    let done = recovery::finish_by_code(visit.services(), &id, &form.code, &form.password, &visit.visitor).await;
    match done {
        Ok(token) => Ok(visit.enter(&token, "/accounts")),
        Err(error) => code_page(&visit, vec![new_password_words(&visit, error)?]).await,
    }
}

fn new_password_words(visit: &Visit, error: RecoverError) -> Result<FieldError, Failure> {
    let policy = visit.services().settings().password_policy;
    Ok(match error {
        RecoverError::Fault(fault) => return Err(fault.into()),
        RecoverError::Password(error) => FieldError::new("password", words::password(error, policy)),
        RecoverError::TooOften(limit) => FieldError::new("password", words::too_often(limit)),
        RecoverError::Login(_) | RecoverError::WrongSecret => {
            FieldError::new("code", "Код не подошёл или устарел. Проверьте его или запросите новый")
        }
    })
}

async fn code_page(visit: &Visit, errors: Vec<FieldError>) -> Answer {
    let rule = visit.services().settings().password_policy.rule();
    let shown = errors.clone();
    visit
        .page("Новый пароль")
        .under("/sign-in")
        .errors(&errors)
        .show(move || {
            view! {
                <div class="narrow">
                    <h1>"Новый пароль"</h1>
                    <p>"Мы отправили код на ваш телефон. Он действует 10 минут."</p>
                    <ErrorSummary errors=shown.clone()/>
                    <form method="post" action="/recover/code" novalidate>
                        <TextField id="code" label="Код из SMS" error=error_of(&shown, "code")
                            autocomplete="one-time-code" inputmode="numeric" short=true/>
                        <PasswordField id="password" label="Новый пароль" rule=rule
                            error=error_of(&shown, "password") autocomplete="new-password"/>
                        <SubmitButton busy="Сохраняем…">"Сохранить пароль"</SubmitButton>
                    </form>
                    <p><a href="/recover">"Запросить новый код"</a></p>
                </div>
            }
        })
        .await
}

async fn show_link(visit: Visit, Path(token): Path<String>) -> Answer {
    if recovery::link_is_good(visit.services(), &token).await? {
        return link_page(&visit, token, Vec::new()).await;
    }
    stale_page(&visit).await
}

async fn submit_link(visit: Visit, Path(token): Path<String>, Form(form): Form<NewPasswordForm>) -> Answer {
    match recovery::finish_by_link(visit.services(), &token, &form.password, &visit.visitor).await {
        Ok(session) => Ok(visit.enter(&session, "/accounts")),
        Err(RecoverError::WrongSecret) => stale_page(&visit).await,
        Err(error) => {
            let error = new_password_words(&visit, error)?;
            link_page(&visit, token, vec![error]).await
        }
    }
}

async fn stale_page(visit: &Visit) -> Answer {
    visit
        .page("Ссылка не подошла")
        .under("/sign-in")
        .show(|| {
            view! {
                <div class="narrow">
                    <h1>"Ссылка не подошла"</h1>
                    <p>"Она действует 1 час и работает один раз. Запросите новую."</p>
                    <p><LinkButton href="/recover">"Запросить новую ссылку"</LinkButton></p>
                </div>
            }
        })
        .await
}

async fn link_page(visit: &Visit, token: String, errors: Vec<FieldError>) -> Answer {
    let rule = visit.services().settings().password_policy.rule();
    let shown = errors.clone();
    visit
        .page("Новый пароль")
        .under("/sign-in")
        .errors(&errors)
        .show(move || {
            view! {
                <div class="narrow">
                    <h1>"Новый пароль"</h1>
                    <ErrorSummary errors=shown.clone()/>
                    <form method="post" action=format!("/recover/{token}") novalidate>
                        <PasswordField id="password" label="Новый пароль" rule=rule
                            error=error_of(&shown, "password") autocomplete="new-password"/>
                        <SubmitButton busy="Сохраняем…">"Сохранить пароль"</SubmitButton>
                    </form>
                </div>
            }
        })
        .await
}
