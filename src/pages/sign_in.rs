//! `/sign-in`, `/sign-out`.

use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use serde::Deserialize;

use crate::api::call::{Called, call};
use crate::api::sign_in::{SignIn, SignInForm, sign_in, sign_out};
use crate::api::words;
use crate::components::{ButtonKind, Card, ErrorSummary, FieldError, PasswordField, SubmitButton, TextField, error_of};
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{Visit, safe_next};
use crate::islands::ServerForm;
use crate::service::demo::{self, DemoPerson, USER_PASSWORD};
use crate::service::sessions::MONEY_IDLE;

/// The address of the form.
const ADDRESS: &str = "/sign-in";

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new().route(ADDRESS, get(show).post(submit)).route("/sign-out", get(async || Redirect::to("/")).post(leave))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Target {
    next: Option<String>,
    /// Asks a signed-in user for the password.
    again: Option<String>,
    /// The session ended while a form was open.
    ended: Option<String>,
    /// The second step took too long.
    expired: Option<String>,
}

impl Target {
    /// The reason that the page gives.
    fn reason(&self) -> Option<&'static str> {
        if self.expired.is_some() {
            return Some(words::SECOND_STEP_EXPIRED);
        }
        if self.ended.is_some() {
            return Some("Вы давно ничего не делали, и вход закрылся. Войдите ещё раз: вернём на ту же страницу.");
        }
        if self.again.is_some() {
            return Some("Чтобы продолжить, введите пароль ещё раз.");
        }
        self.next.is_some().then_some("Войдите, чтобы открыть эту страницу.")
    }
}

async fn show(visit: Visit, Query(target): Query<Target>) -> Answer {
    let next = safe_next(target.next.as_deref()).to_owned();
    if visit.user.is_some() && target.again.is_none() {
        return Ok(Redirect::to(&next).into_response());
    }
    page(&visit, SignInForm { login: own_login(&visit), next, ..SignInForm::default() }, target.reason(), Vec::new())
        .await
}

/// The login for entering the password again; absent in an idle session, which a passer-by may have found open.
fn own_login(visit: &Visit) -> String {
    let now = visit.services().now();
    let in_use = visit.session.as_ref().is_some_and(|session| now.since(session.seen_at) <= MONEY_IDLE);
    let user = visit.user.as_ref().filter(|_| in_use);
    user.map(|user| user.login.as_str().to_owned()).unwrap_or_default()
}

async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<SignInForm>) -> Answer {
    let called = call(&web, &parts, sign_in(form.clone())).await?;
    called.or_page(&web, parts, async |visit: Visit, errors| page(&visit, form, None, errors).await).await
}

async fn page(visit: &Visit, form: SignInForm, why: Option<&'static str>, errors: Vec<FieldError>) -> Answer {
    let shown = errors.clone();
    let people = demo::people(visit.services());
    visit.page("Вход").under(ADDRESS).errors(&errors).show(move || view(form, why, shown, people)).await
}

fn view(
    form: SignInForm,
    why: Option<&'static str>,
    errors: Vec<FieldError>,
    people: &'static [DemoPerson],
) -> impl IntoView {
    let next = safe_next(Some(&form.next)).to_owned();
    view! {
        <div class="narrow">
            <h1>"Вход"</h1>
            {why.map(|why| view! { <p>{why}</p> })}
            <ServerForm function=SignIn::PATH.to_owned() action=ADDRESS.to_owned()>
                <ErrorSummary errors=errors.clone()/>
                <input type="hidden" name="next" value=next/>
                <TextField id="login" label="Электронная почта или телефон" value=form.login
                    error=error_of(&errors, "login") autocomplete="username"/>
                <PasswordField id="password" label="Пароль" error=error_of(&errors, "password")
                    autocomplete="current-password"/>
                <SubmitButton busy="Входим…">"Войти"</SubmitButton>
            </ServerForm>
            <p><a href="/recover">"Забыли пароль?"</a></p>
            <p>"Впервые здесь? " <a href="/register">"Зарегистрируйтесь"</a></p>
        </div>
        {(!people.is_empty()).then(|| demo_people(people))}
    }
}

/// The users of the demo, each with a button that signs in at once: their password is public.
fn demo_people(people: &'static [DemoPerson]) -> impl IntoView {
    let person = |person: &'static DemoPerson| {
        view! {
            <li class="row">
                <div class="row-text">
                    <p><strong>{person.login}</strong></p>
                    <p class="muted">{person.story}</p>
                </div>
                <form method="post" action=ADDRESS>
                    <input type="hidden" name="login" value=person.login/>
                    <input type="hidden" name="password" value=USER_PASSWORD/>
                    <SubmitButton kind=ButtonKind::Secondary busy="Входим…" aria_label=format!("Войти как {}", person.login)>
                        "Войти"
                    </SubmitButton>
                </form>
            </li>
        }
    };
    view! {
        <Card title="Люди демонстрации">
            <p>"У каждого своя история. Пароль у всех один: " <code>{USER_PASSWORD}</code></p>
            <ul class="rows">{people.iter().map(person).collect_view()}</ul>
        </Card>
    }
}

async fn leave(State(web): State<Web>, parts: Parts) -> Answer {
    match call(&web, &parts, sign_out()).await? {
        Called::Done(response) => Ok(response),
        // A sign-out has no fields.
        Called::Invalid(_) => Err(Failure::BadRequest),
    }
}
