//! `/accounts/{id}/readings`: meters, and under «История» every reading with its difference and a chart (M9).

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;

use super::account::account_head;
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, ChartPoint, Column, DataTable, EmptyState, Hint, LineChart, LinkButton, Notice,
    NoticeKind,
};
use crate::domain::calendar::show_date;
use crate::domain::decimal::Volume;
use crate::domain::hint::Topic;
use crate::domain::id::MeterId;
use crate::domain::meter::{HistoryRow, Meter, ReadingSource};
use crate::http::Web;
use crate::http::account::open;
use crate::http::answer::{Answer, Failure};
use crate::http::session::AtMoney;
use crate::service::accounts::MeterHistory;
use crate::service::links::LinkedAccount;
use crate::telemetry::{self, SecurityEvent};

/// Points of the chart: three years of months.
const CHART_POINTS: usize = 36;
/// The chart's unit if the meter's unit is unknown.
const SOME_UNIT: &str = "ед.";

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/accounts/{id}/readings", get(show))
        .route("/accounts/{id}/readings/{meter}", get(show_history))
}

async fn show(AtMoney(signed_in): AtMoney, Path(id): Path<String>) -> Answer {
    let mut account = open(&signed_in, &id).await?;
    let (meters, unit) = (account.meters().await?, account.meter_unit().await?);
    let own = account.close();
    let today = signed_in.services().today();
    signed_in.page("Показания").under("/accounts").show(move || view(&own, meters, unit.as_deref(), today)).await
}

fn view(
    own: &LinkedAccount,
    meters: Vec<MeterHistory>,
    unit: Option<&str>,
    today: jiff::civil::Date,
) -> impl IntoView + use<> {
    let head = account_head(own, "readings");
    let id = own.account.id.to_string();
    let body = if meters.is_empty() {
        view! {
            <EmptyState title="Прибора учёта нет">
                <p>"Начисления идут по нормативу. Если счётчик установлен, а здесь его нет, напишите нам."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        let cards = meters.into_iter().map(|meter| meter_card(&id, meter, unit, today)).collect_view();
        view! { <div class="card-grid">{cards}</div> }.into_any()
    };
    view! {
        {head}
        <h2>"Показания " <Hint topic=Topic::Readings/></h2>
        {body}
    }
}

fn meter_card(
    account_id: &str,
    history: MeterHistory,
    unit: Option<&str>,
    today: jiff::civil::Date,
) -> impl IntoView + use<> {
    let MeterHistory { meter, rows } = history;
    let last = rows.first().map(|row| {
        let words = format!("{} на {}", with_unit(row.reading.value, unit), show_date(row.reading.date));
        view! { <div><dt>"Последнее показание"</dt><dd>{words}</dd></div> }
    });
    let verified = meter.verified_until.map(|day| view! { <div><dt>"Поверка до"</dt><dd>{show_date(day)}</dd></div> });
    let address = format!("/accounts/{account_id}/readings/{}", meter.id);
    let location = meter.location.clone().map(|place| view! { <div><dt>"Где стоит"</dt><dd>{place}</dd></div> });
    view! {
        <Card title=format!("{} №\u{a0}{}", meter.model, meter.serial)>
            {meter_warnings(&meter, today)}
            <dl class="facts">{last}{verified}{location}</dl>
            <p>
                <LinkButton href=address kind=ButtonKind::Secondary hint=Topic::History>
                    "История"
                </LinkButton>
            </p>
        </Card>
    }
}

/// `1 234,5 м³`; the number alone if the unit is unknown.
fn with_unit(value: Volume, unit: Option<&str>) -> String {
    unit.map_or_else(|| value.to_string(), |unit| format!("{value}\u{a0}{unit}"))
}

fn meter_warnings(meter: &Meter, today: jiff::civil::Date) -> impl IntoView + use<> {
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

async fn show_history(AtMoney(signed_in): AtMoney, Path((id, meter)): Path<(String, String)>) -> Answer {
    let meter_id = MeterId::parse(&meter).map_err(|_| Failure::NotFound)?;
    let mut account = open(&signed_in, &id).await?;
    let (meters, unit) = (account.meters().await?, account.meter_unit().await?);
    let own = account.close();
    let Some(history) = meters.into_iter().find(|history| history.meter.id == meter_id) else {
        telemetry::security(SecurityEvent::ForeignId);
        return Err(Failure::NotFound);
    };
    let page = signed_in.page("История показаний").under("/accounts");
    page.show(move || history_view(&own, history, unit.as_deref())).await
}

fn history_view(own: &LinkedAccount, history: MeterHistory, unit: Option<&str>) -> impl IntoView + use<> {
    let MeterHistory { meter, rows } = history;
    let head = account_head(own, "readings");
    let body = if rows.is_empty() {
        view! { <EmptyState title="Показаний пока нет"/> }.into_any()
    } else {
        let head =
            vec![Column::Text("Дата"), Column::Number("Показание"), Column::Number("Разность"), Column::Text("Откуда")];
        let points = chart_points(&rows);
        let caption = unit.map_or_else(|| "История показаний".to_owned(), |unit| format!("История показаний, {unit}"));
        let decimals = most_decimals(&rows);
        view! {
            <LineChart title="Показания счётчика" unit=unit.unwrap_or(SOME_UNIT) points/>
            <DataTable caption head>{rows.into_iter().map(|history| row(history, decimals)).collect_view()}</DataTable>
        }
        .into_any()
    };
    view! {
        {head}
        <h2>"История: " <span class="whole">{format!("{} №\u{a0}{}", meter.model, meter.serial)}</span></h2>
        {body}
        <p><LinkButton href=format!("/accounts/{}/readings", own.account.id)>"Все приборы"</LinkButton></p>
    }
}

fn chart_points(rows: &[HistoryRow]) -> Vec<ChartPoint> {
    let mut points: Vec<ChartPoint> = rows
        .iter()
        .take(CHART_POINTS)
        .map(|row| ChartPoint {
            label: show_date(row.reading.date),
            value: row.reading.value,
            calculated: row.reading.source == ReadingSource::Calculated,
        })
        .collect();
    points.reverse();
    points
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
