//! `/readings` of a person who has not signed in: a reading by account number and serial number.

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Redirect;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::all::ADDRESS;
use crate::api::call::call;
use crate::api::readings::{ByNumberForm, SendReadingByNumber, send_reading_by_number};
use crate::components::{
    Card, ErrorSummary, FieldError, LinkButton, Notice, NoticeKind, SelectField, SelectOption, SubmitButton, TextField,
    error_of,
};
use crate::domain::provider::Provider;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::Visit;
use crate::islands::ServerForm;
use crate::service::readings;

/// The address of the form.
const FORM: &str = "/readings/by-number";
/// The page after a reading was accepted.
const SENT: &str = "/readings/sent";

/// The routes of this screen.
pub(super) fn router() -> Router<Web> {
    Router::new().route(FORM, get(async || Redirect::to(ADDRESS)).post(submit)).route(SENT, get(show_sent))
}

async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<ByNumberForm>) -> Answer {
    let called = call(&web, &parts, send_reading_by_number(form.clone())).await?;
    called.or_page(&web, parts, async |visit: Visit, errors| page(&visit, form, errors).await).await
}

/// The form with its errors.
pub(super) async fn page(visit: &Visit, form: ByNumberForm, errors: Vec<FieldError>) -> Answer {
    let providers = readings::open_providers(visit.services()).await?;
    let shown = errors.clone();
    let page = visit.page("Передать показания").under(ADDRESS).errors(&errors);
    page.show(move || view(form, &providers, &shown)).await
}

fn view(form: ByNumberForm, providers: &[Provider], errors: &[FieldError]) -> impl IntoView + use<> {
    let body = if providers.is_empty() {
        view! {
            <Notice kind=NoticeKind::Info title="Войдите, чтобы передать показания">
                <p>"Без входа показания здесь не принимают."</p>
            </Notice>
        }
        .into_any()
    } else {
        fields(form, providers, errors).into_any()
    };
    view! {
        <div class="narrow">
            <h1>"Передать показания"</h1>
            <p>
                "Если кабинет у вас есть, " <a href="/sign-in?next=%2Freadings">"войдите"</a>
                ": номера вводить не придётся, и вы увидите прошлые показания."
            </p>
            {body}
        </div>
    }
}

fn fields(form: ByNumberForm, providers: &[Provider], errors: &[FieldError]) -> impl IntoView + use<> {
    let option = |provider: &Provider| SelectOption::new(provider.code.clone(), provider.name.clone());
    let options: Vec<SelectOption> = providers.iter().map(option).collect();
    let [provider_error, number_error, serial_error, value_error] =
        ["provider", "number", "serial", "value"].map(|field| error_of(errors, field));
    let errors = errors.to_vec();
    view! {
        <Card title="Без входа в кабинет">
            <ServerForm function=SendReadingByNumber::PATH.to_owned() action=FORM.to_owned()>
                <ErrorSummary errors/>
                <SelectField id="provider" label="Поставщик" options selected=form.provider error=provider_error/>
                <TextField id="number" label="Номер лицевого счёта" value=form.number
                    hint="Только цифры, как на квитанции." error=number_error
                    inputmode="numeric" autocomplete="off"/>
                <TextField id="serial" label="Заводской номер счётчика" value=form.serial
                    hint="Он есть на счётчике и на квитанции." error=serial_error autocomplete="off"/>
                <TextField id="value" label="Показание" value=form.value
                    hint="Цифры счётчика; красные — после запятой." error=value_error
                    inputmode="decimal" autocomplete="off"/>
                <SubmitButton busy="Отправляем…">"Передать показания"</SubmitButton>
            </ServerForm>
        </Card>
    }
}

/// Confirms the form, whatever the numbers were.
async fn show_sent(visit: Visit) -> Answer {
    let page = visit.page("Показания приняты").under(ADDRESS);
    page.show(|| {
        view! {
            <div class="narrow">
                <h1>"Принято"</h1>
                <p>
                    "Если номер лицевого счёта и номер счётчика верны, показание уйдёт поставщику. Проверить, что он его \
                     учёл, можно в кабинете."
                </p>
                <p class="actions">
                    <LinkButton href=ADDRESS>"Передать ещё"</LinkButton>
                    <LinkButton href="/">"На главную"</LinkButton>
                </p>
            </div>
        }
    })
    .await
}
