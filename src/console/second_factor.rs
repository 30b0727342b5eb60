//! `/console/sign-in/code`, `/console/sign-in/set-up`: the second step of an operator's sign-in, required for every
//! page of the console.

use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::api::call::call;
use crate::api::console::second_factor::{FirstCodeForm, SwitchSecondFactorOn, switch_second_factor_on};
use crate::api::console::sign_in::{CodeForm, EnterCode, console_next, enter_code, expired};
use crate::components::FieldError;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::AtConsole;
use crate::pages::second_factor::{Keyboard, SecondStep, backup_form, code_form, enrolment_view};
use crate::service::second_factor::{Enrolment, State as FactorState, enrol, pending, state};

/// The address of the code.
const ADDRESS: &str = "/console/sign-in/code";
/// The address of the first code.
const SET_UP: &str = "/console/sign-in/set-up";
/// The forms of the code.
const DOOR: SecondStep = (EnterCode::PATH, ADDRESS);
/// The form of the first code.
const FIRST: SecondStep = (SwitchSecondFactorOn::PATH, SET_UP);

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new().route(ADDRESS, get(show).post(submit)).route(SET_UP, get(back).post(set_up))
}

async fn back() -> Redirect {
    Redirect::to(ADDRESS)
}

async fn show(at: AtConsole, Query(form): Query<CodeForm>) -> Answer {
    page(&at, &form.next, Vec::new()).await
}

async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<CodeForm>) -> Answer {
    let called = call(&web, &parts, enter_code(form.clone())).await?;
    called.or_page(&web, parts, async |at: AtConsole, errors| page(&at, &form.next, errors).await).await
}

/// The first code of an operator: enables the factor and opens the full session.
async fn set_up(State(web): State<Web>, parts: Parts, Form(form): Form<FirstCodeForm>) -> Answer {
    let called = call(&web, &parts, switch_second_factor_on(form.clone())).await?;
    called.or_page(&web, parts, async |at: AtConsole, errors| page(&at, &form.next, errors).await).await
}

async fn page(at: &AtConsole, next: &str, errors: Vec<FieldError>) -> Answer {
    let next = console_next(next).to_owned();
    let waiting = at.session.as_ref().and_then(|session| Some((session, pending(session)?)));
    let Some((session, owner)) = waiting else { return Ok(Redirect::to(&expired(&next)).into_response()) };
    let services = &at.web.services;
    let enrolment = match state(services, &owner).await? {
        FactorState::On { .. } => None,
        FactorState::Off => enrol(services, &owner, session).await?,
    };
    let (demo, shown) = (services.settings().demo, errors.clone());
    let page = at.page("Код для входа").errors(&errors);
    page.show(move || view(enrolment, next, demo, shown)).await
}

fn view(enrolment: Option<Enrolment>, next: String, demo: bool, errors: Vec<FieldError>) -> impl IntoView {
    let in_demo = demo.then(|| {
        view! { <p>"Это демонстрация: код лежит в " <a href="/demo/mailbox">"почтовом ящике"</a> "."</p> }
    });
    // The demo's code comes by letter and contains letters.
    let keyboard = if demo { Keyboard::Whole } else { Keyboard::Digits };
    let body = match enrolment {
        Some(enrolment) => view! {
            <p>"Консоль показывает данные абонентов, поэтому для входа кроме пароля нужен код из приложения."</p>
            {enrolment_view(enrolment, FIRST, next, &errors)}
        }
        .into_any(),
        None => view! {
            <p>"Откройте приложение с кодами на телефоне и введите шесть цифр."</p>
            {in_demo}
            {code_form(DOOR, next.clone(), keyboard, &errors)}
            {backup_form(DOOR, next, &errors)}
            <p class="muted">"Нет ни телефона, ни запасных кодов? Обратитесь к администратору портала."</p>
        }
        .into_any(),
    };
    view! {
        <div class="narrow">
            <h1>"Код для входа"</h1>
            {body}
        </div>
    }
}
