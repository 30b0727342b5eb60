//! `/readings`: the readings of all accounts of a user on one page; for a guest, a reading by account number and serial
//! number. A user of one account is redirected to its section.

use axum::extract::{FromRequestParts as _, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::by_number;
use super::send::{confirmation, fields, window_notice};
use crate::api::call::call;
use crate::api::readings::{ReadingsForm, SendReadings, send_readings};
use crate::components::{ErrorSummary, FieldError, Hint, SubmitButton};
use crate::domain::account::LinkedAccount;
use crate::domain::hint::Topic;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::{AtMoney, SignedIn, Visit};
use crate::islands::ServerForm;
use crate::pages::glance::account_line;
use crate::pages::sections::{section, without_choice};
use crate::service::access::OwnAccess;
use crate::service::readings::{self, Sheet};

/// The address of the page.
pub(super) const ADDRESS: &str = "/readings";
/// The last part of the address under an account.
const READINGS: &str = "readings";

/// The routes of this screen.
pub(super) fn router() -> Router<Web> {
    Router::new().route(ADDRESS, get(show).post(submit)).merge(by_number::router())
}

async fn show(visit: Visit, State(web): State<Web>, mut parts: Parts) -> Answer {
    if visit.user.is_none() {
        return by_number::page(&visit, crate::api::readings::ByNumberForm::default(), Vec::new()).await;
    }
    let AtMoney(signed_in) = AtMoney::from_request_parts(&mut parts, &web).await?;
    page(&signed_in, &ReadingsForm::default(), Vec::new()).await
}

async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<ReadingsForm>) -> Answer {
    let form = ReadingsForm { account_id: String::new(), ..form };
    let called = call(&web, &parts, send_readings(form.clone())).await?;
    called.or_page(&web, parts, async |AtMoney(signed_in), errors| page(&signed_in, &form, errors).await).await
}

/// An account of the page: the sheet only in full access.
struct Listed {
    linked: LinkedAccount,
    address: Option<String>,
    sheet: Option<Sheet>,
}

async fn page(signed_in: &SignedIn, form: &ReadingsForm, errors: Vec<FieldError>) -> Answer {
    let accounts = OwnAccess::all(signed_in.services(), signed_in.id()).await?;
    if let Some(to) = without_choice(&accounts, READINGS) {
        return Ok(Redirect::to(&to).into_response());
    }
    let mut listed = Vec::new();
    for own in &accounts {
        let sheet = match own.full() {
            Some(access) => Some(readings::sheet(signed_in.services(), &access).await?),
            None => None,
        };
        listed.push(Listed { linked: own.linked().clone(), address: own.address().map(str::to_owned), sheet });
    }
    let form = form.clone();
    let page = signed_in.page("Показания").under(ADDRESS).errors(&errors);
    page.show(move || view(&listed, &form, &errors)).await
}

fn view(listed: &[Listed], form: &ReadingsForm, errors: &[FieldError]) -> impl IntoView + use<> {
    let mut can_send = false;
    let mut sections = Vec::new();
    for listed in listed {
        let fields = listed.sheet.as_ref().and_then(|sheet| fields(sheet, form, errors));
        can_send |= fields.is_some();
        sections.push(account_section(listed, fields));
    }
    let send = can_send.then(|| {
        let confirmation = confirmation(form);
        view! {
            {confirmation}
            <SubmitButton busy="Отправляем…">"Передать показания"</SubmitButton>
        }
    });
    let errors = errors.to_vec();
    view! {
        <h1>"Показания " <Hint topic=Topic::Readings/></h1>
        <ServerForm function=SendReadings::PATH.to_owned() action=ADDRESS.to_owned()>
            <ErrorSummary errors/>
            {sections}
            {send}
        </ServerForm>
    }
}

fn account_section<V: IntoView + 'static>(listed: &Listed, fields: Option<V>) -> impl IntoView + use<V> {
    let own = &listed.linked;
    let body = match &listed.sheet {
        None => view! { <p class="muted">"Раздел откроется после ввода ПИН-кода."</p> }.into_any(),
        Some(sheet) if sheet.installed().next().is_none() => {
            view! { <p class="muted">"Прибора учёта нет: начисления идут по нормативу."</p> }.into_any()
        }
        Some(sheet) => view! {
            {window_notice(&own.provider, sheet.today)}
            {fields}
        }
        .into_any(),
    };
    view! {
        <section class="card">
            {account_line(own, listed.address.as_deref())}
            {body}
            <p><a href=section(own, READINGS)>"История и переданные показания"</a></p>
        </section>
    }
}
