//! `/recover`: a forgotten password.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use super::words;
use crate::components::{ErrorSummary, FieldError, LinkButton, PasswordField, SubmitButton, TextField, error_of};
use crate::domain::one_time::LinkToken;
use crate::domain::password::PasswordPolicy;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{Door, Visit, enter};
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
        Err(RecoverError::Login(error)) => words::login(error),
        Err(RecoverError::TooOften(limit)) => words::send_again_in(limit),
        Err(_) => return Err(Failure::NotFound),
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
                    <p>"Мы отправили письмо на указанный адрес. Откройте его и нажмите на ссылку: она действует 10 минут."</p>
                    <p>"Письма нет? Загляните в папку «Спам» или через минуту попробуйте ещё раз."</p>
                    <p><LinkButton href="/recover">"Отправить ещё раз"</LinkButton></p>
                </div>
            }
        })
        .await
}

async fn show_code(visit: Visit) -> Answer {
    if visit.session.as_ref().is_none_or(|session| session.recovery_id.is_none()) {
        return Ok(Redirect::to("/recover").into_response());
    }
    new_password_page(&visit, Proof::Code, Vec::new()).await
}

async fn submit_code(visit: Visit, Form(form): Form<NewPasswordForm>) -> Answer {
    let id = visit.session.as_ref().and_then(|session| session.recovery_id.clone());
    let Some(id) = id else { return Ok(Redirect::to("/recover").into_response()) };
    let done = recovery::finish_by_code(visit.services(), &id, &form.code, &form.password, &visit.visitor).await;
    match done {
        Ok(step) => Ok(enter(&visit.web.site, Door::Portal, &step, "/accounts")),
        Err(error) => new_password_page(&visit, Proof::Code, vec![new_password_words(&visit, error)?]).await,
    }
}

fn new_password_words(visit: &Visit, error: RecoverError) -> Result<FieldError, Failure> {
    let policy = visit.services().settings().password_policy;
    let code = |words: String| FieldError::new("code", words);
    Ok(match error {
        RecoverError::Fault(fault) => return Err(fault.into()),
        RecoverError::Password(error) => FieldError::new("password", words::password(error, policy)),
        RecoverError::TooOften(limit) => FieldError::new("password", words::too_often(limit)),
        RecoverError::Locked => FieldError::new("password", words::locked(&visit.web.site.support_email)),
        RecoverError::Code(error) => code(words::sms_code(error).to_owned()),
        RecoverError::WrongCode { left } => code(words::wrong_code(left)),
        RecoverError::NoTriesLeft => code(words::NO_TRIES_LEFT.to_owned()),
        RecoverError::Expired => code(words::CODE_EXPIRED.to_owned()),
        RecoverError::UsedBefore | RecoverError::UnknownLink | RecoverError::Login(_) => {
            code("Этот код больше не действует. Запросите новый".to_owned())
        }
    })
}

/// What proves that the login is the person's.
enum Proof {
    /// The code of an SMS, typed on the page.
    Code,
    /// The link of a letter, with its token.
    Link(LinkToken),
}

async fn new_password_page(visit: &Visit, proof: Proof, errors: Vec<FieldError>) -> Answer {
    let rule = visit.services().settings().password_policy;
    let shown = errors.clone();
    let page = visit.page("Новый пароль").under("/sign-in").errors(&errors);
    page.show(move || new_password_view(proof, rule, shown)).await
}

fn new_password_view(proof: Proof, rule: PasswordPolicy, errors: Vec<FieldError>) -> impl IntoView {
    let by_code = matches!(proof, Proof::Code);
    let action = match proof {
        Proof::Code => "/recover/code".to_owned(),
        Proof::Link(token) => format!("/recover/{}", token.reveal()),
    };
    let sent = by_code.then(|| view! { <p>"Мы отправили код на ваш телефон. Он действует 10 минут."</p> });
    let code = by_code.then(|| {
        view! {
            <TextField id="code" label="Код из SMS" error=error_of(&errors, "code") autocomplete="one-time-code"
                inputmode="numeric" short=true/>
        }
    });
    let another = by_code.then(|| view! { <p><a href="/recover">"Запросить новый код"</a></p> });
    view! {
        <div class="narrow">
            <h1>"Новый пароль"</h1>
            {sent}
            <ErrorSummary errors=errors.clone()/>
            <form method="post" action=action novalidate>
                {code}
                <PasswordField id="password" label="Новый пароль" rule=rule error=error_of(&errors, "password")
                    autocomplete="new-password"/>
                <SubmitButton busy="Сохраняем…">"Сохранить пароль"</SubmitButton>
            </form>
            {another}
        </div>
    }
}

async fn show_link(visit: Visit, Path(token): Path<String>) -> Answer {
    let token = LinkToken::parse(&token).ok_or(Failure::NotFound)?;
    match recovery::look_at_link(visit.services(), &token, &visit.visitor).await {
        Ok(()) => new_password_page(&visit, Proof::Link(token), Vec::new()).await,
        Err(error) => closed_page(&visit, error).await,
    }
}

async fn submit_link(visit: Visit, Path(token): Path<String>, Form(form): Form<NewPasswordForm>) -> Answer {
    let token = LinkToken::parse(&token).ok_or(Failure::NotFound)?;
    match recovery::finish_by_link(visit.services(), &token, &form.password, &visit.visitor).await {
        Ok(step) => Ok(enter(&visit.web.site, Door::Portal, &step, "/accounts")),
        Err(error @ (RecoverError::Password(_) | RecoverError::Locked)) => {
            let error = new_password_words(&visit, error)?;
            new_password_page(&visit, Proof::Link(token), vec![error]).await
        }
        Err(error) => closed_page(&visit, error).await,
    }
}

/// A link that opens nothing: why, and the next step.
async fn closed_page(visit: &Visit, error: RecoverError) -> Answer {
    let (status, title, text) = match error {
        RecoverError::Fault(fault) => return Err(fault.into()),
        RecoverError::UsedBefore => {
            let text = "Она работает один раз, и новая ссылка отменяет прежние. Откройте последнее письмо или запросите \
                        ссылку снова.";
            (StatusCode::GONE, "Ссылка уже не действует", text.to_owned())
        }
        RecoverError::Expired => {
            (StatusCode::GONE, "Ссылка устарела", "Она действует 10 минут. Запросите новую.".to_owned())
        }
        RecoverError::TooOften(limit) => {
            (StatusCode::TOO_MANY_REQUESTS, "Слишком много попыток", words::too_often(limit))
        }
        _ => {
            let text = "Проверьте, что адрес скопирован из письма целиком, или запросите новую ссылку.";
            (StatusCode::NOT_FOUND, "Ссылка не подошла", text.to_owned())
        }
    };
    visit
        .page(title)
        .under("/sign-in")
        .status(status)
        .show(move || {
            view! {
                <div class="narrow">
                    <h1>{title}</h1>
                    <p>{text}</p>
                    <p><LinkButton href="/recover">"Запросить новую ссылку"</LinkButton></p>
                </div>
            }
        })
        .await
}
