//! `/accounts/{id}/statement`: choosing the months and getting the statement, as a document or as a table.

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse as _;
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;

use super::account::account_head;
use crate::api::words;
use crate::components::{
    ButtonKind, EmptyState, ErrorSummary, FieldError, NoticeKind, PeriodRange, SubmitButton, error_of,
};
use crate::domain::calendar::Period;
use crate::http::Web;
use crate::http::account::FullAccount;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::service::access::FullAccess;
use crate::service::receipts::periods;
use crate::service::refused::Refused;
use crate::service::statements::{self, Format, StatementError};

/// Default range: most people ask for a year.
const MONTHS_CHOSEN: usize = 12;

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/accounts/{id}/statement", get(show))
        .route("/accounts/{id}/statement.pdf", get(pdf))
        .route("/accounts/{id}/statement.csv", get(csv))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    from: Option<String>,
    to: Option<String>,
}

/// The chosen months.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Asked {
    from: Period,
    to: Period,
    /// The first month was the later one; here they are in order.
    swapped: bool,
}

impl Asked {
    const fn months(self) -> (Period, Period) {
        (self.from, self.to)
    }

    /// What the form says about months that were swapped.
    fn notice(self) -> Vec<FieldError> {
        let text = "Первый месяц был позже последнего, и мы поменяли их местами. Проверьте месяцы и скачайте выписку";
        self.swapped.then(|| FieldError::no_mistake("from", "Месяцы переставлены", text)).into_iter().collect()
    }
}

fn asked(choice: &Choice) -> Option<Asked> {
    let month = |typed: &Option<String>| Period::parse(typed.as_deref()?).ok();
    let (from, to) = (month(&choice.from)?, month(&choice.to)?);
    Some(Asked { from: from.min(to), to: from.max(to), swapped: to < from })
}

async fn show(FullAccount { signed_in, access }: FullAccount, Query(choice): Query<Choice>) -> Answer {
    let asked = asked(&choice);
    let notice = asked.map(Asked::notice).unwrap_or_default();
    page(&signed_in, access, asked.map(Asked::months), StatusCode::OK, notice).await
}

async fn pdf(account: FullAccount, Query(choice): Query<Choice>) -> Answer {
    file(account, &choice, Format::Pdf).await
}

async fn csv(account: FullAccount, Query(choice): Query<Choice>) -> Answer {
    file(account, &choice, Format::Csv).await
}

async fn file(FullAccount { signed_in, access }: FullAccount, choice: &Choice, format: Format) -> Answer {
    let Some(asked) = asked(choice) else {
        let errors = vec![FieldError::new("from", "Выберите месяцы из списков")];
        return page(&signed_in, access, None, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    };
    let (from, to) = asked.months();
    if asked.swapped {
        let months = Some(asked.months());
        return page(&signed_in, access, months, StatusCode::UNPROCESSABLE_ENTITY, asked.notice()).await;
    }
    match statements::make(signed_in.services(), &access, from, to, format).await {
        Ok(file) => Ok((headers(from, to, format), file).into_response()),
        Err(Refused::TooOften(limit)) => {
            let form = format!("/accounts/{}/statement", access.id());
            signed_in.redirect(&form, NoticeKind::Warning, &words::too_often(limit)).await
        }
        Err(Refused::Fault(fault)) => Err(fault.into()),
        Err(Refused::This(StatementError::NoCharges)) => {
            let words = "За указанный период нет начислений. Выберите другие месяцы";
            let errors = vec![FieldError::no_mistake("from", "Начислений нет", words)];
            page(&signed_in, access, Some((from, to)), StatusCode::NOT_FOUND, errors).await
        }
        Err(Refused::This(StatementError::TooLong)) => {
            let words = "Так много записей не помещается в одну выписку. Выберите меньше месяцев";
            let errors = vec![FieldError::no_mistake("from", "Слишком длинная выписка", words)];
            page(&signed_in, access, Some((from, to)), StatusCode::UNPROCESSABLE_ENTITY, errors).await
        }
    }
}

fn headers(from: Period, to: Period, format: Format) -> [(axum::http::HeaderName, String); 2] {
    let (kind, extension) = match format {
        Format::Pdf => ("application/pdf", "pdf"),
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
    };
    let months = if from == to { from.machine() } else { format!("{}-{}", from.machine(), to.machine()) };
    let name = format!("attachment; filename=\"vypiska-{months}.{extension}\"");
    [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)]
}

async fn page(
    signed_in: &SignedIn,
    access: FullAccess,
    chosen: Option<(Period, Period)>,
    status: StatusCode,
    errors: Vec<FieldError>,
) -> Answer {
    let periods = periods(signed_in.services(), &access).await?;
    let page = signed_in.page("Выписка").under("/accounts").errors(&errors).status(status);
    page.show(move || view(&access, &periods, chosen, errors)).await
}

fn view(
    access: &FullAccess,
    periods: &[Period],
    chosen: Option<(Period, Period)>,
    errors: Vec<FieldError>,
) -> impl IntoView + use<> {
    let address = format!("/accounts/{}/statement", access.id());
    let body = match (periods.last(), periods.first()) {
        (Some(oldest), Some(newest)) => {
            let year = periods.get(MONTHS_CHOSEN - 1).unwrap_or(oldest);
            form(&address, periods, chosen.unwrap_or((*year, *newest)), &errors).into_any()
        }
        _ => view! {
            <EmptyState title="Начислений пока нет">
                <p>"Выписка появится, когда поставщик пришлёт начисления."</p>
            </EmptyState>
        }
        .into_any(),
    };
    view! {
        {account_head(access.linked(), "settlements")}
        <h2>"Выписка"</h2>
        <p>"Все начисления и платежи за выбранные месяцы, с долгом до и после каждого."</p>
        <ErrorSummary errors=errors.clone()/>
        {body}
    }
}

fn form(
    address: &str,
    periods: &[Period],
    (from, to): (Period, Period),
    errors: &[FieldError],
) -> impl IntoView + use<> {
    view! {
        <form method="get" action=format!("{address}.pdf")>
            <PeriodRange periods=periods.to_vec() from to error=error_of(errors, "from")/>
            <p class="muted">"PDF — чтобы напечатать или показать. Таблица (CSV) открывается в Excel и подобных программах."</p>
            <p class="actions">
                <SubmitButton>"Скачать PDF"</SubmitButton>
                <SubmitButton kind=ButtonKind::Secondary formaction=format!("{address}.csv")>
                    "Скачать таблицу"
                </SubmitButton>
            </p>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_in_the_wrong_order_are_put_in_order_and_it_is_known() {
        let choice = |from: &str, to: &str| asked(&Choice { from: Some(from.into()), to: Some(to.into()) });
        let (from, to) = (Period::parse("2026-01").unwrap(), Period::parse("2026-10").unwrap());
        assert_eq!(choice("2026-01", "2026-10"), Some(Asked { from, to, swapped: false }));
        assert_eq!(choice("2026-10", "2026-01"), Some(Asked { from, to, swapped: true }));
        assert_eq!(choice("2026-10", "later"), None);
    }
}
