//! `/sign-in`, `/sign-out`.

use axum::extract::Query;
use axum::http::HeaderValue;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use crate::api::words;
use crate::components::{ErrorSummary, FieldError, PasswordField, SubmitButton, TextField, error_of};
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{Door, Visit, drop_cookie, enter, safe_next};
use crate::service::sessions;
use crate::service::sign_in::{SignInError, sign_in};

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/sign-in", get(show).post(submit)).route("/sign-out", post(sign_out))
}

#[derive(Default, Deserialize)]
struct Target {
    next: Option<String>,
    /// Asks for the password of somebody who is signed in.
    again: Option<String>,
    /// The second step took too long.
    expired: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SignInForm {
    login: String,
    password: String,
    next: String,
}

async fn show(visit: Visit, Query(target): Query<Target>) -> Answer {
    let next = safe_next(target.next.as_deref()).to_owned();
    if visit.user.is_some() && target.again.is_none() {
        return Ok(Redirect::to(&next).into_response());
    }
    let why = match (target.expired, target.next) {
        (Some(_), _) => Some(words::SECOND_STEP_EXPIRED),
        (None, Some(_)) => Some("Войдите, чтобы открыть эту страницу."),
        (None, None) => None,
    };
    page(&visit, String::new(), next, why, Vec::new()).await
}

async fn submit(visit: Visit, Form(form): Form<SignInForm>) -> Answer {
    let next = safe_next(Some(&form.next)).to_owned();
    let signed_in = sign_in(visit.services(), Door::Portal, &form.login, &form.password, &visit.visitor).await;
    let error = match signed_in {
        Ok(step) => return Ok(enter(&visit.web.site, Door::Portal, &step, &next).into_response()),
        Err(SignInError::Fault(fault)) => return Err(fault.into()),
        Err(SignInError::EmptyLogin) => FieldError::new("login", "Введите электронную почту или телефон"),
        Err(SignInError::EmptyPassword) => FieldError::new("password", "Введите пароль"),
        Err(SignInError::Wrong) => FieldError::new(
            "password",
            "Логин или пароль не подошли. Проверьте раскладку клавиатуры или восстановите пароль",
        ),
        Err(SignInError::Locked) => FieldError::new("login", words::locked(&visit.web.site.support_email)),
        Err(SignInError::TooOften(limit)) => FieldError::new("password", words::too_often(limit)),
    };
    page(&visit, form.login, next, None, vec![error]).await
}

async fn page(
    visit: &Visit,
    login: String,
    next: String,
    why: Option<&'static str>,
    errors: Vec<FieldError>,
) -> Answer {
    let shown = errors.clone();
    visit.page("Вход").under("/sign-in").errors(&errors).show(move || view(login, next, why, shown)).await
}

fn view(login: String, next: String, why: Option<&'static str>, errors: Vec<FieldError>) -> impl IntoView {
    view! {
        <div class="narrow">
            <h1>"Вход"</h1>
            {why.map(|why| view! { <p>{why}</p> })}
            <ErrorSummary errors=errors.clone()/>
            <form method="post" action="/sign-in" novalidate>
                <input type="hidden" name="next" value=next/>
                <TextField id="login" label="Электронная почта или телефон" value=login
                    error=error_of(&errors, "login") autocomplete="username"/>
                <PasswordField id="password" label="Пароль" error=error_of(&errors, "password")
                    autocomplete="current-password"/>
                <SubmitButton busy="Входим…">"Войти"</SubmitButton>
            </form>
            <p><a href="/recover">"Забыли пароль?"</a></p>
            <p>"Впервые здесь? " <a href="/register">"Зарегистрируйтесь"</a></p>
        </div>
    }
}

async fn sign_out(visit: Visit) -> Result<Response, Failure> {
    if let Some(session) = &visit.session {
        sessions::sign_out(visit.services(), session, &visit.visitor).await?;
    }
    let mut response = Redirect::to("/").into_response();
    let (name, value) = drop_cookie(&visit.web.site, Door::Portal);
    response.headers_mut().append(name, value);
    response.headers_mut().append("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(response)
}
