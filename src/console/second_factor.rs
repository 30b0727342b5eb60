//! `/console/sign-in/code`, `/console/sign-in/set-up`: the second step of an operator's sign-in, without which no page of
//! the console opens.

use axum::extract::Query;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;

use super::sign_in::console_next;
use crate::components::FieldError;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::{AtConsole, Door, Visit, enter_fully, with_next};
use crate::pages::second_factor::{CodeForm, Keyboard, backup_form, code_form, codes_view, enrolment_view};
use crate::service::second_factor::{CodeRefused, Enrolment, State, confirm_and_finish, enrol, finish, pending, state};
use crate::service::sessions::Session;

/// The address of the code.
const CODE: &str = "/console/sign-in/code";
/// Where a sign-in whose second step took too long begins once more.
const EXPIRED: &str = "/console/sign-in?expired=1";
/// The address of the first code.
const SET_UP: &str = "/console/sign-in/set-up";

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new().route(CODE, get(show).post(submit)).route(SET_UP, get(back).post(set_up))
}

async fn back() -> Redirect {
    Redirect::to(CODE)
}

fn expired(next: &str) -> Answer {
    Ok(Redirect::to(&with_next(EXPIRED, next)).into_response())
}

async fn show(visit: Visit, at: AtConsole, Query(form): Query<CodeForm>) -> Answer {
    page(&visit, at.session.as_ref(), console_next(&form.next), Vec::new()).await
}

async fn submit(visit: Visit, at: AtConsole, Form(form): Form<CodeForm>) -> Answer {
    let next = console_next(&form.next);
    let Some(session) = &at.session else { return expired(next) };
    match finish(visit.services(), session, form.typed(), &at.visitor).await {
        Ok(signed_in) => Ok(enter_fully(&visit.web.site, Door::Console, &signed_in, next).into_response()),
        Err(CodeRefused::Gone) => expired(next),
        Err(error) => page(&visit, Some(session), next, vec![form.error(error)?]).await,
    }
}

/// The first code of an operator: switches the factor on and shows the backup codes, with the full session opened.
async fn set_up(visit: Visit, at: AtConsole, Form(form): Form<CodeForm>) -> Answer {
    let next = console_next(&form.next).to_owned();
    let Some(session) = &at.session else { return expired(&next) };
    match confirm_and_finish(visit.services(), session, &form.code, &at.visitor).await {
        Ok((signed_in, codes)) => {
            let page = visit.console_door("Запасные коды");
            let shown = page.show(move || view! { <div class="narrow">{codes_view(codes, next)}</div> }).await?;
            Ok(enter_fully(&visit.web.site, Door::Console, &signed_in, "").on(shown))
        }
        Err(CodeRefused::Gone) => expired(&next),
        Err(error) => page(&visit, Some(session), &next, vec![form.error(error)?]).await,
    }
}

async fn page(visit: &Visit, session: Option<&Session>, next: &str, errors: Vec<FieldError>) -> Answer {
    let waiting = session.and_then(|session| Some((session, pending(session)?)));
    let Some((session, owner)) = waiting else { return expired(next) };
    let services = visit.services();
    let enrolment = match state(services, &owner).await? {
        State::On { .. } => None,
        State::Off => enrol(services, &owner, session).await?,
    };
    let (next, demo, shown) = (next.to_owned(), services.settings().demo, errors.clone());
    let page = visit.console_door("Код для входа").errors(&errors);
    page.show(move || view(enrolment, next, demo, shown)).await
}

fn view(enrolment: Option<Enrolment>, next: String, demo: bool, errors: Vec<FieldError>) -> impl IntoView {
    let in_demo = demo.then(|| {
        view! { <p>"Это демонстрация: код лежит в " <a href="/demo/mailbox">"почтовом ящике"</a> "."</p> }
    });
    // The code of the demo comes by letter and has letters in it.
    let keyboard = if demo { Keyboard::Whole } else { Keyboard::Digits };
    let body = match enrolment {
        Some(enrolment) => view! {
            <p>"Консоль показывает данные абонентов, поэтому для входа кроме пароля нужен код из приложения."</p>
            {enrolment_view(enrolment, SET_UP, next, errors)}
        }
        .into_any(),
        None => view! {
            <p>"Откройте приложение с кодами на телефоне и введите шесть цифр."</p>
            {in_demo}
            {code_form(CODE, next.clone(), "Войти", keyboard, errors.clone())}
            {backup_form(CODE, next, &errors)}
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
