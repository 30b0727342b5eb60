//! `/accounts/{id}/settlements`: a year of months, and one of them by service, down to the row's arithmetic (M9). The
//! month is chosen by a link, so that the page stays small for accounts with ten years of months.

mod explanation;

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use jiff::civil::Date;
use leptos::prelude::*;
use serde::Deserialize;

use self::explanation::explanation_view;
use super::account::account_head;
use crate::components::{
    BarChart, ButtonKind, Column, EmptyState, Hint, LinkButton, MonthBar, Notice, NoticeKind, PrintButton, YearTable,
};
use crate::domain::calendar::{Period, show_date};
use crate::domain::explanation::Explanation;
use crate::domain::hint::Topic;
use crate::domain::money::Money;
use crate::domain::settlement::{Charge, Closed, Method, MonthSettlement, ServiceSettlement};
use crate::http::Web;
use crate::http::account::FullAccount;
use crate::http::answer::Answer;
use crate::service::access::FullAccess;
use crate::service::accounts::{self, Settlements};

/// The anchor of the month by service: a link to a month leads there.
const DETAILS: &str = "month";

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/accounts/{id}/settlements", get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    month: Option<String>,
}

async fn show(FullAccount { signed_in, access }: FullAccount, Query(choice): Query<Choice>) -> Answer {
    let asked = choice.month.and_then(|typed| Period::parse(&typed).ok());
    let settlements = accounts::settlements(signed_in.services(), &access, asked).await?;
    let today = signed_in.services().today();
    signed_in.page("Взаиморасчёты").under("/accounts").show(move || view(&access, settlements, asked, today)).await
}

fn view(
    access: &FullAccess,
    settlements: Option<Settlements>,
    asked: Option<Period>,
    today: Date,
) -> impl IntoView + use<> {
    let head = account_head(access.linked(), "settlements");
    let statement = format!("/accounts/{}/statement", access.id());
    let body = match settlements {
        Some(settlements) => view! {
            {filled(settlements, asked, statement)}
            <p class="print-only">{format!("Сформировано в личном кабинете {}.", show_date(today))}</p>
        }
        .into_any(),
        None => view! {
            <EmptyState title="Начислений пока нет">
                <p>"Они появятся здесь, когда поставщик их пришлёт."</p>
            </EmptyState>
        }
        .into_any(),
    };
    view! {
        {head}
        <h2>"Взаиморасчёты " <Hint topic=Topic::Settlements/></h2>
        <p class="print-only">{access.account().address.clone()}</p>
        {body}
    }
}

fn filled(settlements: Settlements, asked: Option<Period>, statement: String) -> impl IntoView {
    let Settlements { months, shown, services, explanation, newer, older } = settlements;
    let absent = asked.filter(|asked| *asked != shown.period).map(|asked| {
        view! {
            <Notice kind=NoticeKind::Info title=format!("За {asked} начислений нет")>
                <p>"Ниже — последние месяцы, за которые они есть."</p>
            </Notice>
        }
    });
    let bar = |month: &MonthSettlement| MonthBar { period: month.period, charged: month.charged, paid: month.paid };
    let bars: Vec<MonthBar> = months.iter().rev().map(bar).collect();
    let head = vec![
        Column::Text("Месяц"),
        Column::Number("На начало"),
        Column::Number("Начислено"),
        Column::Number("Оплачено"),
        Column::Number("На конец"),
    ];
    let row = |month: &MonthSettlement| month_row(month, month.period == shown.period).into_any();
    let rows = months.iter().map(|month| (month.period.year(), row(month))).collect();
    view! {
        {absent}
        <BarChart title="Начислено и оплачено по месяцам" bars selected=shown.period/>
        <YearTable caption="Взаиморасчёты по месяцам" head rows/>
        {leafing(newer, older)}
        <p class="actions">
            <LinkButton href=statement kind=ButtonKind::Secondary>"Выписка за период"</LinkButton>
            <PrintButton>"Напечатать"</PrintButton>
        </p>
        {month_details(&shown, services, explanation)}
    }
}

/// Pagination: links to newer and older months; empty if there are none.
fn leafing(newer: Option<Period>, older: Option<Period>) -> impl IntoView {
    let link = |to: Period, rel: &'static str, text: &'static str| {
        let href = format!("?month={}", to.machine());
        view! { <LinkButton rel href kind=ButtonKind::Quiet>{text}</LinkButton> }
    };
    (newer.is_some() || older.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label="Другие месяцы">
                {older.map(|to| link(to, "next", "Более ранние месяцы"))}
                {newer.map(|to| link(to, "prev", "Более поздние месяцы"))}
            </nav>
        }
    })
}

fn month_row(month: &MonthSettlement, shown: bool) -> impl IntoView + use<> {
    let gap = month.gap_from.map(|_| view! { <span class="muted">" (есть расхождение)"</span> });
    let details = format!("?month={}#{DETAILS}", month.period.machine());
    view! {
        <tr>
            <th scope="row">
                <a href=details aria-current=shown.then_some("true")>{month.period.to_string()}</a>
                {gap}
            </th>
            <td class="number" data-label="На начало">{balance_cell(month.opening)}</td>
            <td class="number" data-label="Начислено">{month.charged.to_string()}</td>
            <td class="number" data-label="Оплачено">{month.paid.to_string()}</td>
            <td class="number" data-label="На конец">{balance_cell(month.closing)}</td>
        </tr>
    }
}

/// An overpayment is shown in words, never only by a sign.
fn balance_cell(sum: Money) -> impl IntoView {
    let overpaid = sum.is_negative().then(|| view! { <span class="overpaid">"переплата "</span> });
    (overpaid, sum.magnitude().to_string())
}

fn month_details(
    month: &MonthSettlement,
    services: Vec<ServiceSettlement>,
    explanation: Option<Explanation>,
) -> impl IntoView + use<> {
    view! {
        <section id=DETAILS aria-labelledby="month-title">
            <h3 id="month-title">{format!("Подробно за {}", month.period)}</h3>
            {month.gap_from.map(|before| gap_notice(before, month.opening))}
            {explanation.map(explanation_view)}
            {services.into_iter().map(service_details).collect_view()}
        </section>
    }
}

fn gap_notice(before: Closed, opening: Money) -> impl IntoView {
    view! {
        <Notice kind=NoticeKind::Warning title="Начало месяца не совпадает с концом предыдущего">
            <p>
                {format!("За {} на конец месяца было: ", before.period)} {balance_cell(before.closing)}
                ", на начало этого: " {balance_cell(opening)} ". Так прислал поставщик; если это неожиданно, "
                <a href="/feedback">"напишите нам"</a> "."
            </p>
        </Notice>
    }
}

fn service_details(service: ServiceSettlement) -> impl IntoView {
    let ServiceSettlement { charge, gap_from } = service;
    let gap = gap_from.map(|before| {
        view! {
            <p class="muted">
                {format!("По этой услуге за {} на конец месяца было: ", before.period)} {balance_cell(before.closing)}
                ". Так прислал поставщик; если это неожиданно, " <a href="/feedback">"напишите нам"</a> "."
            </p>
        }
    });
    let volume = volume_words(&charge).map(|words| view! { <p class="muted">{words}</p> });
    let lines = sums(&charge).into_iter().map(|(name, sum)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd class="number">{sum}</dd>
            </div>
        }
    });
    let reason = charge.recalculation_reason.clone().map(|reason| {
        view! { <p class="muted">"Перерасчёт: " {reason} " " <Hint topic=Topic::Recalculation/></p> }
    });
    view! {
        <section>
            <h4>{charge.service.clone()}</h4>
            {volume}
            {gap}
            <dl class="facts">{lines.collect_view()}</dl>
            {reason}
        </section>
    }
}

/// The arithmetic of a row in words and signed sums. Zero sums are left out, except for those that every row has.
fn sums(charge: &Charge) -> Vec<(&'static str, String)> {
    let corrections = [
        ("Перерасчёт", charge.recalculated, added(charge.recalculated)),
        ("Льгота", charge.benefit, taken(charge.benefit)),
        ("Корректировка", charge.adjusted, added(charge.adjusted)),
        ("Списано", charge.written_off, taken(charge.written_off)),
    ];
    let owed = |sum: Money, debt, overpaid| if sum.is_negative() { overpaid } else { debt };
    let opening = owed(charge.opening, "Долг на начало", "Переплата на начало");
    let closing = owed(charge.closing, "Долг на конец", "Переплата на конец");
    let mut sums = vec![(opening, charge.opening.magnitude().to_string()), ("Начислено", added(charge.charged))];
    let corrections = corrections.into_iter().filter(|(_, sum, _)| !sum.is_zero());
    sums.extend(corrections.map(|(name, _, signed)| (name, signed)));
    sums.extend([("Оплачено", taken(charge.paid)), (closing, format!("=\u{a0}{}", charge.closing.magnitude()))]);
    sums
}

/// A sum that makes the debt larger: `+ 100,00 ₽`.
fn added(sum: Money) -> String {
    signed(sum, if sum.is_negative() { "−\u{a0}" } else { "+\u{a0}" })
}

/// A sum that makes the debt smaller: `− 100,00 ₽`.
fn taken(sum: Money) -> String {
    signed(sum, if sum.is_negative() { "+\u{a0}" } else { "−\u{a0}" })
}

fn signed(sum: Money, sign: &str) -> String {
    format!("{}{}", if sum.is_zero() { "" } else { sign }, sum.magnitude())
}

/// `по прибору учёта: 12,5 м³ × 7,328 ₽`.
fn volume_words(charge: &Charge) -> Option<String> {
    let volume = charge.volume?;
    let unit = charge.unit.as_deref().unwrap_or("ед.");
    let method = charge.method.and_then(Method::words).map(|words| format!("{words}: ")).unwrap_or_default();
    let tariff = charge.tariff.map(|tariff| format!(" × {tariff}\u{a0}₽")).unwrap_or_default();
    Some(format!("{method}{volume}\u{a0}{unit}{tariff}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_tells_its_arithmetic_in_words_and_signs() {
        let money = Money::from_kopecks;
        let charge = Charge {
            charged: money(30_000),
            recalculated: money(-4_210),
            benefit: money(2_000),
            closing: money(23_790 - 1_000),
            ..Charge::unchanged(Period::parse("2026-10").unwrap(), "Газ", money(-1_000))
        };
        assert!(charge.closes());
        let told: Vec<String> = sums(&charge).into_iter().map(|(name, sum)| format!("{name}: {sum}")).collect();
        let told = told.join("; ").replace('\u{a0}', " ");
        assert_eq!(
            told,
            "Переплата на начало: 10,00 ₽; Начислено: + 300,00 ₽; Перерасчёт: − 42,10 ₽; Льгота: − 20,00 ₽; \
             Оплачено: 0,00 ₽; Долг на конец: = 227,90 ₽"
        );
    }
}
