//! `/console/sign-in`, `/console/sign-out`: the operators' door, apart from the subscribers'.

use axum::extract::Query;
use axum::http::HeaderValue;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use super::HOME;
use crate::api::words;
use crate::components::{ErrorSummary, FieldError, PasswordField, SubmitButton, TextField, error_of};
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{AtConsole, Door, Staff, Visit, drop_cookie, enter, safe_next};
use crate::service::sessions;
use crate::service::sign_in::{SignInError, sign_in};

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/console/sign-in", get(show).post(submit)).route("/console/sign-out", post(sign_out))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Target {
    next: String,
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

/// A page of the console that a sign-in may lead back to; anything else leads to the queue.
pub(super) fn console_next(next: &str) -> &str {
    let next = safe_next(Some(next));
    let fits = next.starts_with("/console/") && !next.starts_with("/console/sign-") && !next.contains("..");
    if fits { next } else { HOME }
}

async fn show(staff: Result<Staff, Failure>, visit: Visit, Query(target): Query<Target>) -> Answer {
    let next = console_next(&target.next);
    if staff.is_ok() {
        return Ok(Redirect::to(next).into_response());
    }
    let why = target.expired.as_ref().map(|_| words::SECOND_STEP_EXPIRED);
    page(visit, String::new(), next.to_owned(), why, Vec::new()).await
}

async fn submit(visit: Visit, at: AtConsole, Form(form): Form<SignInForm>) -> Answer {
    let next = console_next(&form.next).to_owned();
    let signed_in = sign_in(visit.services(), Door::Console, &form.login, &form.password, &at.visitor).await;
    let error = match signed_in {
        Ok(step) => return Ok(enter(&visit.web.site, Door::Console, &step, &next).into_response()),
        Err(SignInError::Fault(fault)) => return Err(fault.into()),
        Err(SignInError::EmptyLogin) => FieldError::new("login", "Введите логин"),
        Err(SignInError::EmptyPassword) => FieldError::new("password", "Введите пароль"),
        Err(SignInError::Wrong) => {
            FieldError::new("password", "Логин или пароль не подошли. Проверьте раскладку клавиатуры")
        }
        Err(SignInError::Locked) => FieldError::new("login", "Доступ закрыт. Обратитесь к администратору портала"),
        Err(SignInError::TooOften(limit)) => FieldError::new("password", words::too_often(limit)),
    };
    page(visit, form.login, next, None, vec![error]).await
}

async fn page(visit: Visit, login: String, next: String, why: Option<&'static str>, errors: Vec<FieldError>) -> Answer {
    let shown = errors.clone();
    let portal = format!("{}/sign-in", visit.services().settings().public_url);
    let page = visit.console_door("Вход для сотрудников").errors(&errors);
    page.show(move || view(login, next, portal, why, shown)).await
}

fn view(
    login: String,
    next: String,
    portal: String,
    why: Option<&'static str>,
    errors: Vec<FieldError>,
) -> impl IntoView {
    view! {
        <div class="narrow">
            <h1>"Вход для сотрудников"</h1>
            {why.map(|why| view! { <p>{why}</p> })}
            <ErrorSummary errors=errors.clone()/>
            <form method="post" action="/console/sign-in" novalidate>
                <input type="hidden" name="next" value=next/>
                <TextField id="login" label="Логин" value=login error=error_of(&errors, "login")
                    autocomplete="username"/>
                <PasswordField id="password" label="Пароль" error=error_of(&errors, "password")
                    autocomplete="current-password"/>
                <SubmitButton busy="Входим…">"Войти"</SubmitButton>
            </form>
            <p class="muted">"Вы абонент? " <a href=portal>"Войдите в личный кабинет"</a></p>
        </div>
    }
}

async fn sign_out(at: AtConsole, visit: Visit) -> Result<Response, Failure> {
    if let Some(session) = &at.session {
        sessions::sign_out(visit.services(), session, &at.visitor).await?;
    }
    let mut response = Redirect::to("/console/sign-in").into_response();
    let (name, value) = drop_cookie(&visit.web.site, Door::Console);
    response.headers_mut().append(name, value);
    response.headers_mut().append("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_back_to_the_console_only() {
        assert_eq!(console_next("/console/feedback"), "/console/feedback");
        for next in
            ["", "/accounts", "//evil.example", "/console/sign-out", "/console/../accounts", "/consoleevil", "/console"]
        {
            assert_eq!(console_next(next), HOME, "{next}");
        }
    }
}
