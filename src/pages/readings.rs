//! `/accounts/{id}/readings`: the form of the readings, meters, and under «История» the consumption by month and every reading with its
//! difference (M9).
//!
//! The chart shows the differences between the meter's readings, not the volumes that billing charged: those belong to
//! a service, and an account may have several meters of one service. The month is less exact: a difference is drawn in
//! the month of its later reading, and the page says so.

mod all;
mod by_number;
pub mod photo;
pub mod send;

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Redirect;
use axum::routing::get;
use axum::{Form, Router};
use jiff::civil::Date;
use leptos::prelude::*;

use self::send::{account_form, sent_view};
use super::account::account_head;
use crate::api::call::call;
use crate::api::readings::{ReadingsForm, TakeBackForm, send_readings, take_back_reading};
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, Column, ConsumptionChart, DataTable, EmptyState, FieldError, Hint, LinkButton,
    Notice, NoticeKind, Sparkline,
};
use crate::domain::account::LinkedAccount;
use crate::domain::calendar::{by_year, show_date};
use crate::domain::consumption::of_readings;
use crate::domain::decimal::Volume;
use crate::domain::hint::Topic;
use crate::domain::id::MeterId;
use crate::domain::meter::{HistoryRow, Meter, ReadingSource};
use crate::http::Web;
use crate::http::account::FullAccount;
use crate::http::answer::{Answer, Failure};
use crate::service::accounts::{self, MeterHistory, Meters};
use crate::service::readings::{self, MeterSheet, Sheet};
use crate::telemetry::{self, SecurityEvent};

/// A chart's unit if the meter's unit is unknown.
const SOME_UNIT: &str = "ед.";
/// The coefficient of a meter whose dial counts whole units.
const ONE: Volume = Volume::from_raw(1000);

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/accounts/{id}/readings", get(show).post(submit))
        .route("/accounts/{id}/readings/take-back", get(back).post(take_back))
        .route("/accounts/{id}/readings/{meter}", get(show_history))
        .merge(all::router())
        .merge(photo::router())
}

async fn show(account: FullAccount) -> Answer {
    page(account, &ReadingsForm::default(), Vec::new()).await
}

async fn submit(
    State(web): State<Web>,
    Path(account_id): Path<String>,
    parts: Parts,
    Form(form): Form<ReadingsForm>,
) -> Answer {
    let form = ReadingsForm { account_id, ..form };
    let called = call(&web, &parts, send_readings(form.clone())).await?;
    called.or_page(&web, parts, async |account: FullAccount, errors| page(account, &form, errors).await).await
}

async fn page(FullAccount { signed_in, access }: FullAccount, form: &ReadingsForm, errors: Vec<FieldError>) -> Answer {
    let sheet = readings::sheet(signed_in.services(), &access).await?;
    let form = form.clone();
    let shown = errors.clone();
    let page = signed_in.page("Показания").under("/readings").errors(&errors);
    page.show(move || view(access.linked(), &sheet, &form, &shown)).await
}

/// A GET of the form's address redirects to the page.
async fn back(Path(account_id): Path<String>) -> Redirect {
    Redirect::to(&format!("/accounts/{account_id}/readings"))
}

async fn take_back(
    State(web): State<Web>,
    Path(account_id): Path<String>,
    parts: Parts,
    Form(form): Form<TakeBackForm>,
) -> Answer {
    let called = call(&web, &parts, take_back_reading(TakeBackForm { account_id, ..form })).await?;
    called
        .or_page(&web, parts, async |account: FullAccount, errors| {
            page(account, &ReadingsForm::default(), errors).await
        })
        .await
}

fn view(own: &LinkedAccount, sheet: &Sheet, form: &ReadingsForm, errors: &[FieldError]) -> impl IntoView + use<> {
    let body = if sheet.meters.is_empty() {
        view! {
            <EmptyState title="Прибора учёта нет">
                <p>"Начисления идут по нормативу. Если счётчик установлен, а здесь его нет, напишите нам."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        let cards = sheet.meters.iter().map(|meter| meter_card(own, meter, sheet)).collect_view();
        view! {
            {account_form(own, sheet, form, errors)}
            {sent_view(own, sheet)}
            <h2>"Приборы учёта"</h2>
            <div class="card-grid">{cards}</div>
        }
        .into_any()
    };
    view! {
        {account_head(own, "readings")}
        <h2>"Показания " <Hint topic=Topic::Readings/></h2>
        {body}
    }
}

fn meter_card(own: &LinkedAccount, sheet: &MeterSheet, of: &Sheet) -> impl IntoView + use<> {
    let (meter, rows, unit) = (&sheet.context.meter, &sheet.rows, of.unit.as_deref());
    let last = rows.first().map(|row| {
        let words = format!("{} на {}", with_unit(row.reading.value, unit), show_date(row.reading.date));
        view! { <div><dt>"Последнее показание"</dt><dd>{words}</dd></div> }
    });
    let verified = meter.verified_until.map(|day| view! { <div><dt>"Поверка до"</dt><dd>{show_date(day)}</dd></div> });
    let address = format!("/accounts/{}/readings/{}", own.id, meter.id);
    let volumes: Vec<_> = of_readings(meter, rows).iter().map(|month| (month.period, month.volume)).collect();
    let unit = unit.unwrap_or(SOME_UNIT).to_owned();
    let sparkline = (!volumes.is_empty()).then(|| view! { <p><Sparkline unit months=volumes/></p> });
    let location = meter.location.clone().map(|place| view! { <div><dt>"Где стоит"</dt><dd>{place}</dd></div> });
    let warnings = meter_warnings(meter, of.today);
    view! {
        <Card title=meter.name()>
            {warnings}
            <dl class="facts">{last}{verified}{location}</dl>
            {sparkline}
            <p>
                <LinkButton href=address kind=ButtonKind::Secondary hint=Topic::History>
                    "История"
                </LinkButton>
            </p>
        </Card>
    }
}

/// `1 234,5 м³`; the number alone if the unit is unknown.
pub(super) fn with_unit(value: Volume, unit: Option<&str>) -> String {
    unit.map_or_else(|| value.to_string(), |unit| format!("{value}\u{a0}{unit}"))
}

fn meter_warnings(meter: &Meter, today: Date) -> impl IntoView + use<> {
    let removed = meter
        .removed_on
        .map(|day| view! { <p><Badge kind=BadgeKind::INFO text=format!("Снят {}", show_date(day))/></p> });
    let expired = (meter.verification_expired(today) && meter.removed_on.is_none()).then(|| {
        view! {
            <Notice kind=NoticeKind::Warning title="Срок поверки истёк">
                <p>"Пока счётчик не поверен, начисления могут идти по нормативу. " <Hint topic=Topic::Verification/></p>
            </Notice>
        }
    });
    view! { {removed} {expired} }
}

async fn show_history(
    FullAccount { signed_in, access }: FullAccount,
    Path((_, meter)): Path<(String, String)>,
) -> Answer {
    let meter_id = MeterId::parse(&meter).map_err(|_| Failure::NotFound)?;
    let Meters { histories, unit } = accounts::meters(signed_in.services(), &access).await?;
    let Some(history) = histories.into_iter().find(|history| history.meter.id == meter_id) else {
        telemetry::security(SecurityEvent::ForeignId);
        return Err(Failure::NotFound);
    };
    let page = signed_in.page("История показаний").under("/readings");
    page.show(move || history_view(access.linked(), history, unit.as_deref())).await
}

fn history_view(own: &LinkedAccount, history: MeterHistory, unit: Option<&str>) -> impl IntoView + use<> {
    let MeterHistory { meter, rows } = history;
    let head = account_head(own, "readings");
    let body = if rows.is_empty() {
        view! { <EmptyState title="Показаний пока нет"/> }.into_any()
    } else {
        let months = of_readings(&meter, &rows);
        let note = (!months.is_empty()).then(|| view! { <p class="muted">{chart_note(&meter)}</p> });
        view! {
            <ConsumptionChart title="Расход по месяцам" unit=unit.unwrap_or(SOME_UNIT).to_owned() months/>
            {note}
            {tables(rows, unit)}
        }
        .into_any()
    };
    view! {
        {head}
        <h2>"История: " <span class="whole">{meter.name()}</span></h2>
        {body}
        <p><LinkButton href=format!("/accounts/{}/readings", own.id)>"Все приборы"</LinkButton></p>
    }
}

/// How the chart counts the consumption of a month.
fn chart_note(meter: &Meter) -> String {
    let coefficient = meter
        .coefficient
        .filter(|coefficient| *coefficient != ONE)
        .map(|coefficient| format!(" Разность умножена на коэффициент прибора — {coefficient}."));
    format!(
        "Расход — разность соседних показаний. Он показан в том месяце, когда снято более позднее из них, поэтому после \
         перерыва один столбец может вместить несколько месяцев.{}",
        coefficient.unwrap_or_default()
    )
}

/// The readings by year: the newest year in sight, each earlier one behind its own summary.
fn tables(rows: Vec<HistoryRow>, unit: Option<&str>) -> impl IntoView + use<> {
    let unit = unit.map(|unit| format!(", {unit}")).unwrap_or_default();
    let decimals = most_decimals(&rows);
    let years = by_year(rows.into_iter().map(|row| (row.reading.date.year(), row)));
    let years = years.into_iter().enumerate().map(|(place, (year, rows))| {
        let summary = format!("{year} год, показаний: {}", rows.len());
        let caption = format!("История показаний{unit}, {year} год");
        let head =
            vec![Column::Text("Дата"), Column::Number("Показание"), Column::Number("Разность"), Column::Text("Откуда")];
        let rows = rows.into_iter().map(|history| row(history, decimals)).collect_view();
        match place {
            0 => view! { <DataTable caption head>{rows}</DataTable> }.into_any(),
            _ => view! {
                <details>
                    <summary>{summary}</summary>
                    <DataTable caption told_above=true head>
                        {rows}
                    </DataTable>
                </details>
            }
            .into_any(),
        }
    });
    years.collect_view()
}

/// The most decimals of the column, so that numbers align at their commas.
fn most_decimals(rows: &[HistoryRow]) -> u32 {
    rows.iter()
        .flat_map(|row| [Some(row.reading.value), row.difference])
        .flatten()
        .map(Volume::decimals)
        .max()
        .unwrap_or(0)
}

fn row(row: HistoryRow, decimals: u32) -> impl IntoView {
    let kind = if row.reading.source == ReadingSource::Calculated { BadgeKind::WARNING } else { BadgeKind::INFO };
    view! {
        <tr>
            <th scope="row">{show_date(row.reading.date)}</th>
            <td class="number" data-label="Показание">{row.reading.value.with_decimals(decimals)}</td>
            <td class="number" data-label="Разность">
                {row.difference.map_or_else(|| "—".to_owned(), |difference| difference.with_decimals(decimals))}
            </td>
            <td data-label="Откуда"><Badge kind text=row.reading.source.words()/></td>
        </tr>
    }
}
