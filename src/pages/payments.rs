//! `/accounts/{id}/payments`: dates, sums, who took them, status (M9).

use std::cmp::Reverse;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;

use super::account::account_head;
use crate::components::{Badge, BadgeKind, Column, DataTable, EmptyState, Hint, MoneyText};
use crate::domain::calendar::show_date;
use crate::domain::hint::Topic;
use crate::domain::payment::{BillingPayment, Payment, PaymentState};
use crate::http::Web;
use crate::http::account::open;
use crate::http::answer::Answer;
use crate::http::session::AtMoney;
use crate::service::accounts::Payments;
use crate::service::links::LinkedAccount;

/// The address of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/accounts/{id}/payments", get(show))
}

async fn show(AtMoney(signed_in): AtMoney, Path(id): Path<String>) -> Answer {
    let mut account = open(&signed_in, &id).await?;
    let payments = account.payments().await?;
    let own = account.close();
    let offset = signed_in.services().settings().utc_offset_hours;
    signed_in.page("Платежи").under("/accounts").show(move || view(&own, payments, offset)).await
}

fn view(own: &LinkedAccount, payments: Payments, offset: i8) -> impl IntoView + use<> {
    let head = account_head(own, "payments");
    let body = if payments.portal.is_empty() && payments.billing.is_empty() {
        view! {
            <EmptyState title="Платежей пока нет">
                <p>"Здесь появятся все платежи: и через кабинет, и через банки и кассы."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        let head =
            vec![Column::Text("Дата"), Column::Number("Сумма"), Column::Text("Кто принял"), Column::Text("Состояние")];
        view! {
            <DataTable caption="Платежи" told_above=true head>
                {rows(payments, offset)}
            </DataTable>
        }
        .into_any()
    };
    view! {
        {head}
        <h2>"Платежи " <Hint topic=Topic::Payments/></h2>
        {body}
    }
}

/// Every payment, whoever took the money, newest day first; of one day the portal's own come first.
fn rows(payments: Payments, offset: i8) -> impl IntoView {
    let portal = payments.portal.into_iter().map(|payment| {
        let day = payment.created_at.date(offset);
        (day, portal_row(payment, offset).into_any())
    });
    let billing = payments.billing.into_iter().map(|payment| (payment.date, billing_row(payment).into_any()));
    let mut rows: Vec<_> = portal.chain(billing).collect();
    rows.sort_by_key(|(day, _)| Reverse(*day));
    rows.into_iter().map(|(_, row)| row).collect_view()
}

/// A payment's state with its word and colour.
pub fn state_badge(state: PaymentState) -> impl IntoView {
    let kind = match state {
        PaymentState::Created | PaymentState::Pending => BadgeKind::WARNING,
        PaymentState::Succeeded | PaymentState::Credited => BadgeKind::SUCCESS,
        PaymentState::Canceled => BadgeKind::ERROR,
    };
    view! { <Badge kind text=state.words()/> }
}

fn portal_row(payment: Payment, offset: i8) -> impl IntoView {
    let date = show_date(payment.created_at.date(offset));
    view! {
        <tr>
            <th scope="row"><a href=format!("/payments/{}", payment.id)>{date}</a></th>
            <td class="number" data-label="Сумма"><MoneyText sum=payment.amount/></td>
            <td data-label="Кто принял">"Личный кабинет"</td>
            <td data-label="Состояние">{state_badge(payment.state)}</td>
        </tr>
    }
}

fn billing_row(payment: BillingPayment) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{show_date(payment.date)}</th>
            <td class="number" data-label="Сумма"><MoneyText sum=payment.amount/></td>
            <td data-label="Кто принял">{payment.source.unwrap_or_else(|| "не указано".to_owned())}</td>
            <td data-label="Состояние">{state_badge(PaymentState::Credited)}</td>
        </tr>
    }
}
