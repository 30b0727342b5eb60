//! `/accounts/{id}/receipt`: choosing the month and getting the document (M7).

use std::collections::BTreeSet;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use serde::Deserialize;

use super::account::account_head;
use super::paperless;
use crate::api::call::call;
use crate::api::receipts::{FormReceipt, ReceiptForm, form_receipt};
use crate::api::words;
use crate::components::{
    ButtonKind, ErrorSummary, FieldError, Hint, LinkButton, Notice, NoticeKind, SelectField, SelectOption, Skeleton,
    SubmitButton, error_of,
};
use crate::domain::account::LinkedAccount;
use crate::domain::calendar::Period;
use crate::domain::hint::Topic;
use crate::http::Web;
use crate::http::account::FullAccount;
use crate::http::answer::{Answer, Failure};
use crate::http::session::SignedIn;
use crate::islands::ServerForm;
use crate::service::access::FullAccess;
use crate::service::receipts::{self, NoCharges, Print};
use crate::service::refused::Refused;

/// A picture opened by its own address is a document: nothing in it may run or be fetched.
const PREVIEW_POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox";

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/accounts/{id}/receipt", get(show).post(submit))
        .route("/accounts/{id}/receipts/{file}", get(file))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    /// The preselected month.
    period: Option<String>,
    /// The receipt of that month is offered to be saved.
    formed: Option<String>,
}

impl Choice {
    fn month(&self) -> Option<Period> {
        Period::parse(self.period.as_deref()?).ok()
    }
}

async fn show(FullAccount { signed_in, access }: FullAccount, Query(choice): Query<Choice>) -> Answer {
    page(&signed_in, &access, Asked { month: choice.month(), formed: choice.formed.is_some() }, Vec::new()).await
}

async fn submit(State(web): State<Web>, parts: Parts, Path(id): Path<String>, Form(form): Form<ReceiptForm>) -> Answer {
    let form = ReceiptForm { account_id: id, ..form };
    let called = call(&web, &parts, form_receipt(form)).await?;
    called
        .or_page(&web, parts, async |FullAccount { signed_in, access }: FullAccount, errors| {
            page(&signed_in, &access, Asked::default(), errors).await
        })
        .await
}

/// The query of the page.
#[derive(Clone, Copy, Default)]
struct Asked {
    /// The chosen month; the current one if absent.
    month: Option<Period>,
    /// Whether its receipt is offered to be saved.
    formed: bool,
}

async fn page(signed_in: &SignedIn, access: &FullAccess, asked: Asked, errors: Vec<FieldError>) -> Answer {
    let screen = Screen::load(signed_in, access, asked).await?;
    let page = signed_in.page("Квитанция").under("/accounts").errors(&errors);
    page.show(move || view(screen, errors)).await
}

/// The data of the page.
struct Screen {
    own: LinkedAccount,
    /// Months that have a receipt, newest first.
    periods: Vec<Period>,
    /// The current month.
    current: Period,
    /// The preselected month of the form.
    chosen: Period,
    asked: Asked,
}

impl Screen {
    async fn load(signed_in: &SignedIn, access: &FullAccess, asked: Asked) -> Result<Self, Failure> {
        let services = signed_in.services();
        let current = services.current_period();
        Ok(Self {
            periods: receipts::periods(services, access).await?,
            own: access.linked().clone(),
            current,
            chosen: asked.month.unwrap_or(current),
            asked,
        })
    }

    fn is_ready(&self) -> bool {
        self.periods.contains(&self.chosen)
    }

    fn action(&self) -> String {
        format!("/accounts/{}/receipt", self.own.id)
    }

    fn file(&self, extension: &str) -> String {
        format!("/accounts/{}/receipts/{}.{extension}", self.own.id, self.chosen.machine())
    }
}

fn view(screen: Screen, errors: Vec<FieldError>) -> impl IntoView {
    let formed = screen.asked.formed && screen.is_ready();
    view! {
        {account_head(&screen.own, "receipt")}
        <h2>"Квитанция " <Hint topic=Topic::Receipt/></h2>
        <div class="receipt">
            <div>
                {formed.then(|| ready_view(&screen))}
                {(!screen.is_ready()).then(|| absent_view(&screen))}
                {form(&screen, errors)}
                {paperless::link(&screen.own.id)}
            </div>
            {formed.then(|| preview(&screen))}
            <Skeleton/>
        </div>
    }
}

/// The choice of the month: the current one is offered even before it has charges.
fn form(screen: &Screen, errors: Vec<FieldError>) -> impl IntoView + use<> {
    let offered = screen.periods.iter().copied().chain([screen.current, screen.chosen]);
    let offered: BTreeSet<Period> = offered.collect();
    let options = offered.iter().rev().map(|period| SelectOption::new(period.machine(), period.to_string())).collect();
    let (account_id, selected) = (screen.own.id.to_string(), screen.chosen.machine());
    view! {
        <ServerForm function=FormReceipt::PATH.to_owned() action=screen.action()>
            <ErrorSummary errors=errors.clone()/>
            <input type="hidden" name="account_id" value=account_id/>
            <SelectField id="period" label="Период" options selected error=error_of(&errors, "period")/>
            <SubmitButton busy="Формируем…">"СФОРМИРОВАТЬ"</SubmitButton>
        </ServerForm>
    }
}

/// The chosen month has no charges: says so, and offers the newest month with charges.
fn absent_view(screen: &Screen) -> impl IntoView + use<> {
    let chosen = screen.chosen;
    let (title, text) = match screen.asked.month {
        Some(_) => (
            "За указанный период нет начислений".to_owned(),
            format!("Поставщик не прислал начислений за {chosen}. Выберите другой месяц."),
        ),
        None => (
            format!("Начислений за {chosen} пока нет"),
            "Квитанция появится, когда поставщик их пришлёт. Пока можно взять её за другой месяц.".to_owned(),
        ),
    };
    let newest = screen.periods.first().map(|period| newest_form(screen, *period));
    let none_yet = screen.periods.is_empty().then(|| {
        view! { <p>"Квитанций пока нет: они появятся, когда поставщик пришлёт начисления."</p> }
    });
    let text = none_yet.is_none().then_some(text);
    view! {
        <Notice kind=NoticeKind::Info title announce=screen.asked.month.is_some()>
            {text.map(|text| view! { <p>{text}</p> })}
            {none_yet}
            {newest}
        </Notice>
    }
}

fn newest_form(screen: &Screen, period: Period) -> impl IntoView + use<> {
    let account_id = screen.own.id.to_string();
    view! {
        <ServerForm function=FormReceipt::PATH.to_owned() action=screen.action()>
            <ErrorSummary errors=Vec::new()/>
            <input type="hidden" name="account_id" value=account_id/>
            <input type="hidden" name="period" value=period.machine()/>
            <SubmitButton kind=ButtonKind::Secondary busy="Формируем…">{format!("Квитанция за {period}")}</SubmitButton>
        </ServerForm>
    }
}

/// The first page as it will be printed; the picture links to the document.
fn preview(screen: &Screen) -> impl IntoView + use<> {
    let period = screen.chosen;
    view! {
        <a class="receipt-preview" href=screen.file("pdf")>
            <img src=screen.file("svg") width="595" height="842" alt=format!("Первая страница квитанции за {period}, открыть PDF")/>
        </a>
    }
}

fn ready_view(screen: &Screen) -> impl IntoView + use<> {
    let (period, address) = (screen.chosen, screen.file("pdf"));
    let name = format!("kvitantsiya-{}.pdf", period.machine());
    view! {
        <Notice kind=NoticeKind::Success title="Квитанция успешно сформирована" announce=true>
            <p>{format!("Квитанция за {period} готова. Её можно сохранить или напечатать.")}</p>
            <p class="actions">
                <LinkButton href=format!("{address}?download=1") kind=ButtonKind::Primary download=name>"Сохранить PDF"</LinkButton>
                <LinkButton href=address kind=ButtonKind::Secondary>"Открыть и напечатать"</LinkButton>
            </p>
        </Notice>
    }
}

/// `2026-11.pdf` or `2026-11.svg`.
fn asked_file(name: &str) -> Option<(Period, Print)> {
    let (month, what) = match name.rsplit_once('.')? {
        (month, "pdf") => (month, Print::Pdf),
        (month, "svg") => (month, Print::Preview),
        _ => return None,
    };
    Some((Period::parse(month).ok()?, what))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Saving {
    download: Option<String>,
}

async fn file(
    FullAccount { signed_in, access }: FullAccount,
    Path((_, file)): Path<(String, String)>,
    Query(saving): Query<Saving>,
) -> Answer {
    let (period, what) = asked_file(&file).ok_or(Failure::NotFound)?;
    let printed = receipts::print(signed_in.services(), &access, period, what).await;
    match what {
        Print::Pdf => answer_pdf(&signed_in, &access, period, saving.download.is_some(), printed).await,
        Print::Preview => answer_preview(printed),
    }
}

async fn answer_pdf(
    signed_in: &SignedIn,
    access: &FullAccess,
    period: Period,
    download: bool,
    printed: Result<Vec<u8>, Refused<NoCharges>>,
) -> Answer {
    match printed {
        Ok(pdf) => {
            let kind = if download { "attachment" } else { "inline" };
            let name = format!("{kind}; filename=\"kvitantsiya-{}.pdf\"", period.machine());
            Ok(([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, name)], pdf).into_response())
        }
        Err(Refused::This(NoCharges)) => {
            let asked = Asked { month: Some(period), formed: false };
            let page = page(signed_in, access, asked, Vec::new()).await?;
            Ok((StatusCode::NOT_FOUND, page).into_response())
        }
        Err(Refused::TooOften(limit)) => {
            let form = format!("/accounts/{}/receipt", access.id());
            signed_in.redirect(&form, NoticeKind::Warning, &words::too_often(limit)).await
        }
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

/// An error page is not visible in an `<img>`: a failure answers with its status alone.
fn answer_preview(printed: Result<Vec<u8>, Refused<NoCharges>>) -> Answer {
    match printed {
        Ok(svg) => {
            Ok(([(CONTENT_TYPE, "image/svg+xml; charset=utf-8"), (CONTENT_SECURITY_POLICY, PREVIEW_POLICY)], svg)
                .into_response())
        }
        Err(Refused::This(NoCharges)) => Err(Failure::NotFound),
        Err(Refused::TooOften(_)) => Ok(StatusCode::TOO_MANY_REQUESTS.into_response()),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}
