//! `/accounts/{id}/payments`: the payments of all users of the account and of billing by day, with a choice of years (M9).

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;

use super::account::account_head;
use crate::components::{Badge, BadgeKind, Column, EmptyState, Hint, MoneyText, Pager, Tab, Tabs, YearTable};
use crate::domain::account::LinkedAccount;
use crate::domain::calendar::show_date;
use crate::domain::hint::Topic;
use crate::domain::paging::AskedPage;
use crate::domain::payment::{AccountPayment, Payer, PaymentState};
use crate::http::Web;
use crate::http::account::FullAccount;
use crate::http::answer::Answer;
use crate::service::accounts::{self, Payments};

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/accounts/{id}/payments", get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    /// A year of four digits; any other text means all years.
    year: String,
    page: AskedPage,
}

impl Choice {
    fn year(&self) -> Option<i16> {
        let is_year = self.year.len() == 4 && self.year.bytes().all(|byte| byte.is_ascii_digit());
        self.year.parse().ok().filter(|_| is_year)
    }
}

async fn show(FullAccount { signed_in, access }: FullAccount, Query(choice): Query<Choice>) -> Answer {
    let payments = accounts::payments(signed_in.services(), &access, choice.year(), choice.page).await?;
    signed_in.page("Платежи").under("/payments").show(move || view(access.linked(), payments)).await
}

fn view(own: &LinkedAccount, payments: Payments) -> impl IntoView + use<> {
    let address = format!("/accounts/{}/payments", own.id);
    let head = account_head(own, "payments");
    let body = if payments.years.is_empty() {
        view! {
            <EmptyState title="Платежей пока нет">
                <p>"Здесь появятся все платежи: и через кабинет, и через банки и кассы."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        filled(&address, payments).into_any()
    };
    view! {
        {head}
        <h2>"Платежи " <Hint topic=Topic::Payments/></h2>
        {body}
    }
}

/// The choice of years with the payments of the chosen one.
fn filled(address: &str, payments: Payments) -> impl IntoView + use<> {
    let Payments { years, year, listed, place } = payments;
    let of_year = |year: i16| format!("{address}?year={year}");
    let current = year.map_or_else(|| address.to_owned(), of_year);
    let pages = year.map_or_else(|| format!("{address}?page="), |year| format!("{}&page=", of_year(year)));
    let all = std::iter::once(Tab::new(address, "Все"));
    let items: Vec<Tab> = all.chain(years.into_iter().map(|year| Tab::new(of_year(year), year.to_string()))).collect();
    view! {
        <Tabs label="Годы платежей" items current/>
        {if listed.is_empty() { no_payments(year).into_any() } else { table(listed).into_any() }}
        <Pager page=place.number pages=place.pages href=pages/>
    }
}

fn no_payments(year: Option<i16>) -> impl IntoView {
    let title = year.map_or_else(|| "Платежей нет".to_owned(), |year| format!("За {year} год платежей нет"));
    view! {
        <EmptyState title>
            <p>"Выберите другой год или посмотрите все платежи."</p>
        </EmptyState>
    }
}

fn table(listed: Vec<AccountPayment>) -> impl IntoView {
    let head =
        vec![Column::Text("Дата"), Column::Number("Сумма"), Column::Text("Кто принял"), Column::Text("Состояние")];
    let rows = listed.into_iter().map(|payment| (payment.date.year(), row(payment).into_any())).collect();
    view! { <YearTable caption="Платежи" told_above=true head rows/> }
}

fn row(payment: AccountPayment) -> impl IntoView {
    let taker = taker(&payment);
    let date = show_date(payment.date);
    let date = match payment.payer {
        Payer::Own(id) => view! { <a href=format!("/payments/{id}")>{date}</a> }.into_any(),
        Payer::Other | Payer::Outside => date.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{date}</th>
            <td class="number" data-label="Сумма"><MoneyText sum=payment.amount/></td>
            <td data-label="Кто принял">{taker}</td>
            <td data-label="Состояние">{state_badge(payment.state)}</td>
        </tr>
    }
}

/// The recipient of the money, with a mark on payments of other users.
fn taker(payment: &AccountPayment) -> String {
    let taker = match (payment.source.as_deref(), &payment.payer) {
        (Some(source), _) => source,
        (None, Payer::Outside) => "Не через кабинет",
        (None, Payer::Own(_) | Payer::Other) => "Личный кабинет",
    };
    match payment.payer {
        Payer::Other => format!("{taker}, другой пользователь"),
        Payer::Own(_) | Payer::Outside => taker.to_owned(),
    }
}

/// A payment's state with its word and colour.
pub fn state_badge(state: PaymentState) -> impl IntoView {
    let kind = match state {
        PaymentState::Created | PaymentState::Pending => BadgeKind::INFO,
        PaymentState::Succeeded | PaymentState::Credited => BadgeKind::SUCCESS,
        PaymentState::Canceled => BadgeKind::Plain,
    };
    view! { <Badge kind text=state.words()/> }
}
