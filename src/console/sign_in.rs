//! `/console/sign-in`, `/console/sign-out`: the operators' sign-in, separate from the subscribers'.

use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use serde::Deserialize;

use crate::api::call::call;
use crate::api::console::sign_in::{SignIn, SignInForm, console_next, sign_in, sign_out};
use crate::api::words;
use crate::components::{ErrorSummary, FieldError, PasswordField, SubmitButton, TextField, error_of};
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{AtConsole, Staff};
use crate::islands::ServerForm;

/// The address of this screen.
const ADDRESS: &str = "/console/sign-in";

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new().route(ADDRESS, get(show).post(submit)).route("/console/sign-out", get(back).post(leave))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Target {
    next: String,
    /// The second step took too long.
    expired: Option<String>,
}

/// The sign-in page redirects an operator with a session to the queue.
async fn back() -> Redirect {
    Redirect::to(ADDRESS)
}

async fn show(staff: Result<Staff, Failure>, at: AtConsole, Query(target): Query<Target>) -> Answer {
    if staff.is_ok() {
        return Ok(Redirect::to(console_next(&target.next)).into_response());
    }
    let why = target.expired.as_ref().map(|_| words::SECOND_STEP_EXPIRED);
    page(&at, SignInForm { next: target.next, ..SignInForm::default() }, why, Vec::new()).await
}

async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<SignInForm>) -> Answer {
    let called = call(&web, &parts, sign_in(form.clone())).await?;
    called.or_page(&web, parts, async |at: AtConsole, errors| page(&at, form, None, errors).await).await
}

async fn leave(State(web): State<Web>, parts: Parts) -> Answer {
    let called = call(&web, &parts, sign_out()).await?;
    let form = SignInForm::default();
    called.or_page(&web, parts, async |at: AtConsole, errors| page(&at, form, None, errors).await).await
}

async fn page(at: &AtConsole, form: SignInForm, why: Option<&'static str>, errors: Vec<FieldError>) -> Answer {
    let shown = errors.clone();
    let portal = format!("{}/sign-in", at.web.services.settings().public_url);
    let page = at.page("Вход для сотрудников").errors(&errors);
    page.show(move || view(form, portal, why, shown)).await
}

fn view(form: SignInForm, portal: String, why: Option<&'static str>, errors: Vec<FieldError>) -> impl IntoView {
    let next = console_next(&form.next).to_owned();
    view! {
        <div class="narrow">
            <h1>"Вход для сотрудников"</h1>
            {why.map(|why| view! { <p>{why}</p> })}
            <ServerForm function=SignIn::PATH.to_owned() action=ADDRESS.to_owned()>
                <ErrorSummary errors=errors.clone()/>
                <input type="hidden" name="next" value=next/>
                <TextField id="login" label="Логин" value=form.login error=error_of(&errors, "login")
                    autocomplete="username"/>
                <PasswordField id="password" label="Пароль" error=error_of(&errors, "password")
                    autocomplete="current-password"/>
                <SubmitButton busy="Входим…">"Войти"</SubmitButton>
            </ServerForm>
            <p class="muted">"Вы абонент? " <a href=portal>"Войдите в личный кабинет"</a></p>
        </div>
    }
}
