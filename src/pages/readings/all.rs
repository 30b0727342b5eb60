//! `/readings`: the readings of all accounts of a user on one page; for a guest, a reading by account number and serial
//! number. A user of one account is redirected to its section.

use axum::extract::{FromRequestParts as _, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use jiff::civil::Date;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::by_number;
use super::send::{confirmation, fields, window_notice};
use crate::api::call::call;
use crate::api::readings::{ReadingsForm, SendReadings, send_readings};
use crate::components::{ErrorSummary, FieldError, Hint, SubmitButton};
use crate::domain::account::{Access, LinkedAccount};
use crate::domain::hint::Topic;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::{AtMoney, SignedIn, Visit};
use crate::islands::ServerForm;
use crate::pages::glance::account_line;
use crate::service::access::OwnAccess;
use crate::service::readings::{self, Sheet};

/// The address of the page.
pub(super) const ADDRESS: &str = "/readings";

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
    match accounts.as_slice() {
        [] => return Ok(Redirect::to("/accounts").into_response()),
        [only] => return Ok(Redirect::to(&section(only.linked())).into_response()),
        _ => {}
    }
    let mut listed = Vec::new();
    for own in &accounts {
        let sheet = match own.full() {
            Some(access) => Some(readings::sheet(signed_in.services(), &access).await?),
            None => None,
        };
        listed.push(Listed { linked: own.linked().clone(), address: own.address().map(str::to_owned), sheet });
    }
    let today = signed_in.services().today();
    let form = form.clone();
    let page = signed_in.page("Показания").under(ADDRESS).errors(&errors);
    let shown = errors.clone();
    page.show(move || view(&listed, &form, &shown, today)).await
}

/// In lite access the section is closed, and the account's own page says how to open it.
fn section(own: &LinkedAccount) -> String {
    match own.access {
        Access::Full => format!("/accounts/{}/readings", own.id),
        Access::Lite => format!("/accounts/{}", own.id),
    }
}

fn view(listed: &[Listed], form: &ReadingsForm, errors: &[FieldError], today: Date) -> impl IntoView + use<> {
    let has_fields = |listed: &Listed| {
        listed.sheet.as_ref().is_some_and(|sheet| sheet.meters.iter().any(|meter| meter.context.accepts(today).is_ok()))
    };
    let can_send = listed.iter().any(has_fields);
    let errors_above = errors.to_vec();
    let sections: Vec<_> = listed.iter().map(|listed| account_section(listed, form, errors, today)).collect();
    let send = can_send.then(|| {
        let confirmation = confirmation(form);
        view! {
            {confirmation}
            <SubmitButton busy="Отправляем…">"Передать показания"</SubmitButton>
        }
    });
    view! {
        <h1>"Показания " <Hint topic=Topic::Readings/></h1>
        <ServerForm function=SendReadings::PATH.to_owned() action=ADDRESS.to_owned()>
            <ErrorSummary errors=errors_above/>
            {sections}
            {send}
        </ServerForm>
    }
}

fn account_section(listed: &Listed, form: &ReadingsForm, errors: &[FieldError], today: Date) -> impl IntoView + use<> {
    let own = &listed.linked;
    let body = match &listed.sheet {
        None => view! { <p class="muted">"Раздел откроется после ввода ПИН-кода."</p> }.into_any(),
        Some(sheet) if sheet.meters.is_empty() => {
            view! { <p class="muted">"Прибора учёта нет: начисления идут по нормативу."</p> }.into_any()
        }
        Some(sheet) => view! {
            {window_notice(&own.provider, today)}
            {fields(sheet, form, errors, today)}
        }
        .into_any(),
    };
    view! {
        <section class="card">
            {account_line(own, listed.address.as_deref())}
            {body}
            <p><a href=section(own)>"История и переданные показания"</a></p>
        </section>
    }
}
