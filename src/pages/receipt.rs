//! `/accounts/{id}/receipt`: choosing the month and getting the document (M7).

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse as _;
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;

use super::account::account_head;
use crate::api::words;
use crate::components::{
    ButtonKind, ErrorSummary, FieldError, Hint, LinkButton, Notice, NoticeKind, SelectField, SelectOption, Skeleton,
    SubmitButton, error_of,
};
use crate::domain::calendar::Period;
use crate::domain::hint::Topic;
use crate::http::Web;
use crate::http::account::open;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{AtMoney, SignedIn};
use crate::service::links::LinkedAccount;
use crate::service::printing::PrintError;
use crate::service::receipts::{self, Print, ReceiptError};

/// A picture opened by itself is a document: nothing in it may run or be fetched.
const PREVIEW_POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox";
/// The part of the page that `site.js` replaces when another month is asked for.
const RESULT: &str = "receipt";

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/accounts/{id}/receipt", get(show)).route("/accounts/{id}/receipts/{file}", get(file))
}

#[derive(Default, Deserialize)]
struct Choice {
    period: Option<String>,
    download: Option<String>,
}

/// Choosing only reads, so the form is a GET: the address of a ready receipt can be kept.
async fn show(AtMoney(signed_in): AtMoney, Path(id): Path<String>, Query(choice): Query<Choice>) -> Answer {
    let own = open(&signed_in, &id).await?.close();
    let Some(typed) = choice.period else { return page(&signed_in, own, Asked::Nothing).await };
    let Ok(period) = Period::parse(&typed) else { return page(&signed_in, own, Asked::NoMonth).await };
    page(&signed_in, own, Asked::Month(period)).await
}

/// What was chosen on the form.
#[derive(Clone, Copy)]
enum Asked {
    /// Not yet anything.
    Nothing,
    /// What is no month, as only a hand writes it into the address.
    NoMonth,
    Month(Period),
}

async fn page(signed_in: &SignedIn, own: LinkedAccount, asked: Asked) -> Answer {
    let periods = receipts::periods(signed_in.services(), &own.account.id).await?;
    let current = signed_in.services().current_period();
    let (status, ready, error) = match asked {
        Asked::Nothing => (StatusCode::OK, None, None),
        Asked::NoMonth => (StatusCode::UNPROCESSABLE_ENTITY, None, Some("Выберите месяц из списка")),
        Asked::Month(period) if periods.contains(&period) => (StatusCode::OK, Some(period), None),
        Asked::Month(_) => {
            let words = "За указанный период нет начислений. Выберите другой месяц";
            (StatusCode::NOT_FOUND, None, Some(words))
        }
    };
    let chosen = if let Asked::Month(period) = asked { period } else { current };
    let errors: Vec<FieldError> = error.into_iter().map(|words| FieldError::new("period", words)).collect();
    let page = signed_in.page("Квитанция").under("/accounts").errors(&errors).status(status);
    page.show(move || view(&own, periods, current, chosen, ready, errors)).await
}

fn view(
    own: &LinkedAccount,
    periods: Vec<Period>,
    current: Period,
    chosen: Period,
    ready: Option<Period>,
    errors: Vec<FieldError>,
) -> impl IntoView + use<> {
    let head = account_head(own, "receipt");
    let id = own.account.id.to_string();
    let none_yet = periods.is_empty().then(|| {
        view! { <p class="muted">"Квитанций пока нет: они появятся, когда поставщик пришлёт начисления."</p> }
    });
    view! {
        {head}
        <h2>"Квитанция " <Hint topic=Topic::Receipt/></h2>
        <div id=RESULT class="receipt">
            <div>
                <ErrorSummary errors=errors.clone()/>
                {ready.map(|period| ready_view(&id, period))}
                {none_yet}
                {form(&id, periods, current, chosen, errors)}
            </div>
            {ready.map(|period| preview(&id, period))}
            <Skeleton/>
        </div>
    }
}

fn form(
    id: &str,
    mut periods: Vec<Period>,
    current: Period,
    chosen: Period,
    errors: Vec<FieldError>,
) -> impl IntoView + use<> {
    // The current month is offered and chosen first even before its charges came: then the page says so.
    if !periods.contains(&current) {
        periods.insert(0, current);
    }
    let options = periods.iter().map(|period| SelectOption::new(period.machine(), period.to_string())).collect();
    view! {
        <form method="get" action=format!("/accounts/{id}/receipt") data-result=RESULT>
            <SelectField id="period" label="Период" options selected=chosen.machine() error=error_of(&errors, "period")/>
            <SubmitButton busy="Формируем…">"СФОРМИРОВАТЬ"</SubmitButton>
        </form>
    }
}

/// The first page as it will be printed; the picture leads to the document.
fn preview(id: &str, period: Period) -> impl IntoView + use<> {
    let file = |extension: &str| format!("/accounts/{id}/receipts/{}.{extension}", period.machine());
    view! {
        <a class="receipt-preview" href=file("pdf")>
            <img src=file("svg") width="595" height="842" alt=format!("Первая страница квитанции за {period}, открыть PDF")/>
        </a>
    }
}

fn ready_view(id: &str, period: Period) -> impl IntoView + use<> {
    let address = format!("/accounts/{id}/receipts/{}.pdf", period.machine());
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

async fn file(
    AtMoney(signed_in): AtMoney,
    Path((id, file)): Path<(String, String)>,
    Query(choice): Query<Choice>,
) -> Answer {
    let own = open(&signed_in, &id).await?.close();
    let (period, what) = asked_file(&file).ok_or(Failure::NotFound)?;
    let printed = receipts::print(signed_in.services(), signed_in.id(), &own, period, what).await;
    match what {
        Print::Pdf => answer_pdf(&signed_in, own, period, choice.download.is_some(), printed).await,
        Print::Preview => answer_preview(printed),
    }
}

async fn answer_pdf(
    signed_in: &SignedIn,
    own: LinkedAccount,
    period: Period,
    download: bool,
    printed: Result<Vec<u8>, ReceiptError>,
) -> Answer {
    match printed {
        Ok(pdf) => {
            let kind = if download { "attachment" } else { "inline" };
            let name = format!("{kind}; filename=\"kvitantsiya-{}.pdf\"", period.machine());
            Ok(([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, name)], pdf).into_response())
        }
        Err(ReceiptError::NoCharges) => page(signed_in, own, Asked::Month(period)).await,
        Err(ReceiptError::Print(PrintError::TooOften(limit))) => {
            let form = format!("/accounts/{}/receipt", own.account.id);
            signed_in.redirect(&form, NoticeKind::Warning, &words::too_often(limit)).await
        }
        Err(ReceiptError::Print(PrintError::Fault(fault))) => Err(fault.into()),
    }
}

/// Nobody reads a page or a message in the place of a picture: what fails answers with its status alone.
fn answer_preview(printed: Result<Vec<u8>, ReceiptError>) -> Answer {
    match printed {
        Ok(svg) => {
            Ok(([(CONTENT_TYPE, "image/svg+xml; charset=utf-8"), (CONTENT_SECURITY_POLICY, PREVIEW_POLICY)], svg)
                .into_response())
        }
        Err(ReceiptError::NoCharges) => Err(Failure::NotFound),
        Err(ReceiptError::Print(PrintError::TooOften(_))) => Ok(StatusCode::TOO_MANY_REQUESTS.into_response()),
        Err(ReceiptError::Print(PrintError::Fault(fault))) => Err(fault.into()),
    }
}
