//! `/accounts/{id}/settlements`: every month and service, down to the row's arithmetic (M9).

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;

use super::account::{account_head, own_full};
use super::hints;
use crate::components::{BarChart, Column, DataTable, EmptyState, Hint, MoneyText, MonthBar, Notice, NoticeKind};
use crate::domain::money::Money;
use crate::domain::settlement::{Charge, MonthSettlement};
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::service::accounts::settlement_months;
use crate::service::links::LinkedAccount;

/// Months of the chart: a year at a glance.
const CHART_MONTHS: usize = 12;

/// The address of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/accounts/{id}/settlements", get(show))
}

async fn show(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let own = own_full(&signed_in, &id).await?;
    let months = settlement_months(signed_in.services(), &own.account.id).await?;
    signed_in.page("Взаиморасчёты").under("/accounts").show(move || view(&own, months)).await
}

fn view(own: &LinkedAccount, months: Vec<MonthSettlement>) -> impl IntoView + use<> {
    let head = account_head(own, "settlements");
    let body = if months.is_empty() {
        view! {
            <EmptyState title="Начислений пока нет">
                <p>"Они появятся здесь, когда поставщик их пришлёт."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        filled(months).into_any()
    };
    view! {
        {head}
        <h2>"Взаиморасчёты " <Hint topic=hints::SETTLEMENTS/></h2>
        {body}
    }
}

fn filled(months: Vec<MonthSettlement>) -> impl IntoView {
    let mut bars: Vec<MonthBar> = months
        .iter()
        .take(CHART_MONTHS)
        .map(|month| MonthBar { period: month.period, charged: month.charged, paid: month.paid })
        .collect();
    bars.reverse();
    let head = vec![
        Column::Text("Месяц"),
        Column::Number("На начало"),
        Column::Number("Начислено"),
        Column::Number("Оплачено"),
        Column::Number("На конец"),
    ];
    let rows = months.iter().map(month_row).collect_view();
    view! {
        <BarChart title="Начислено и оплачено по месяцам" bars/>
        <DataTable caption="Взаиморасчёты по месяцам" head>
            {rows}
        </DataTable>
        <p class="muted">"Показаны последние три года."</p>
        <h3>"Подробно по услугам"</h3>
        {months.into_iter().enumerate().map(|(index, month)| month_details(month, index == 0)).collect_view()}
    }
}

fn month_row(month: &MonthSettlement) -> impl IntoView + use<> {
    let gap = month.gap_from.map(|_| view! { <span class="muted">" (есть расхождение)"</span> });
    view! {
        <tr>
            <th scope="row">{month.period.to_string()}{gap}</th>
            <td class="number" data-label="На начало">{balance_cell(month.opening)}</td>
            <td class="number" data-label="Начислено"><MoneyText sum=month.charged/></td>
            <td class="number" data-label="Оплачено"><MoneyText sum=month.paid/></td>
            <td class="number" data-label="На конец">{balance_cell(month.closing)}</td>
        </tr>
    }
}

/// An overpayment is told in words, never only by a sign.
fn balance_cell(sum: Money) -> impl IntoView {
    if sum.is_negative() {
        view! { <span class="overpaid">"переплата " <MoneyText sum=sum.magnitude()/></span> }.into_any()
    } else {
        view! { <MoneyText sum/> }.into_any()
    }
}

fn month_details(month: MonthSettlement, open: bool) -> impl IntoView {
    let gap = month.gap_from.map(|previous| {
        view! {
            <Notice kind=NoticeKind::Warning title="Начало месяца не совпадает с концом предыдущего">
                <p>
                    "На конец предыдущего месяца: " {balance_cell(previous)} ", на начало этого: "
                    {balance_cell(month.opening)} ". Так прислал поставщик; если это неожиданно, напишите нам."
                </p>
            </Notice>
        }
    });
    view! {
        <details class="month" open=open>
            <summary>
                <span>{month.period.to_string()}</span>
                <span class="number">"начислено " <MoneyText sum=month.charged/></span>
            </summary>
            {gap}
            {month.charges.into_iter().map(charge_details).collect_view()}
        </details>
    }
}

fn charge_details(charge: Charge) -> impl IntoView {
    let lines: Vec<(&str, Money, &str)> = vec![
        ("Долг на начало", charge.opening, ""),
        ("Начислено", charge.charged, "+"),
        ("Перерасчёт", charge.recalculated, "+"),
        ("Льгота", charge.benefit, "−"),
        ("Корректировка", charge.adjusted, "+"),
        ("Списано", charge.written_off, "−"),
        ("Оплачено", charge.paid, "−"),
    ];
    let always = ["Долг на начало", "Начислено", "Оплачено"];
    let lines = lines.into_iter().filter(|(name, sum, _)| !sum.is_zero() || always.contains(name)).map(
        |(name, sum, sign)| {
            let name = if name == "Долг на начало" && sum.is_negative() { "Переплата на начало" } else { name };
            let sum = if name == "Переплата на начало" { sum.magnitude() } else { sum };
            view! { <div><dt>{name}</dt><dd class="number"><span class="sign" aria-hidden="true">{sign}</span>" "<MoneyText sum/></dd></div> }
        },
    );
    let result =
        if charge.closing.is_negative() { "Переплата на конец" } else { "Долг на конец" };
    let volume = volume_words(&charge);
    let reason = charge.recalculation_reason.clone().map(|reason| {
        view! { <p class="muted">"Перерасчёт: " {reason} " " <Hint topic=hints::RECALCULATION/></p> }
    });
    view! {
        <section class="charge">
            <h4>{charge.service.clone()}</h4>
            {volume.map(|words| view! { <p class="muted">{words}</p> })}
            <dl class="sums">
                {lines.collect_view()}
                <div class="total"><dt>{result}</dt><dd class="number"><MoneyText sum=charge.closing.magnitude()/></dd></div>
            </dl>
            {reason}
        </section>
    }
}

/// `по прибору учёта: 12,5 м³ × 7,328 ₽`.
fn volume_words(charge: &Charge) -> Option<String> {
    let volume = charge.volume?;
    let unit = charge.unit.as_deref().unwrap_or("ед.");
    let method = charge.method.map(|method| format!("{}: ", method.words())).unwrap_or_default();
    let tariff = charge.tariff.map(|tariff| format!(" × {tariff}\u{a0}₽")).unwrap_or_default();
    Some(format!("{method}{volume}\u{a0}{unit}{tariff}"))
}
