//! `/settings/payments`: every payment the user made here, for unlinked accounts too (M10).

use axum::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use super::{ADDRESS, crumb};
use crate::components::{Column, EmptyState, MomentText, MoneyText, Pager, YearTable};
use crate::domain::paging::{AskedPage, PagePlace};
use crate::domain::payment::OwnPayment;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{AtMoney, SignedIn};
use crate::pages::payments::state_badge;
use crate::service::payments::all_own;

/// The address of this screen.
pub(super) const PAYMENTS: &str = "/settings/payments";
/// Payments on a page of the whole history.
const PER_PAGE: u32 = 20;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    page: AskedPage,
}

/// The whole history, page by page.
pub(super) async fn show(AtMoney(signed_in): AtMoney, Query(asked): Query<Asked>) -> Answer {
    let all = all_own(signed_in.services(), signed_in.id()).await?;
    let place = PagePlace::within(asked.page, all.len() as u64, PER_PAGE);
    let before = usize::try_from(place.offset()).unwrap_or(usize::MAX);
    let part = all.into_iter().skip(before).take(PER_PAGE as usize).collect();
    let payments = OwnPayments { payments: part, offset_hours: signed_in.services().settings().utc_offset_hours };
    signed_in.page("Мои платежи").under(ADDRESS).show(move || payments.page_view(place)).await
}

/// How many payments there are, in a line.
pub(super) async fn number_of(signed_in: &SignedIn) -> Result<String, Failure> {
    Ok(match all_own(signed_in.services(), signed_in.id()).await?.len() {
        0 => "Платежей пока нет".to_owned(),
        number => format!("Платежей через кабинет: {number}"),
    })
}

/// The user's payments with the recipient of each.
struct OwnPayments {
    payments: Vec<OwnPayment>,
    offset_hours: i8,
}

impl OwnPayments {
    fn page_view(self, place: PagePlace) -> impl IntoView + use<> {
        view! {
            {crumb(ADDRESS, "Настройки")}
            <h1>"Мои платежи"</h1>
            {self.table("Платежи в кабинете")}
            <Pager page=place.number pages=place.pages href="/settings/payments?page="/>
        }
    }

    fn table(self, caption: &'static str) -> impl IntoView + use<> {
        if self.payments.is_empty() {
            return view! {
                <EmptyState title="Платежей пока нет">
                    <p>"Когда вы заплатите через кабинет, платёж появится здесь."</p>
                </EmptyState>
            }
            .into_any();
        }
        let Self { payments, offset_hours } = self;
        let year = |own: &OwnPayment| own.payment.created_at.date(offset_hours).year();
        let rows = payments.into_iter().map(|own| (year(&own), row(own, offset_hours).into_any())).collect();
        let head = vec![
            Column::Text("Дата"),
            Column::Text("Лицевой счёт"),
            Column::Number("Сумма"),
            Column::Text("Состояние"),
        ];
        view! { <YearTable caption head rows/> }.into_any()
    }
}

fn row(own: OwnPayment, offset_hours: i8) -> impl IntoView {
    let OwnPayment { payment, number, provider } = own;
    let payee = format!("{number}, {provider}");
    view! {
        <tr>
            <th scope="row">
                <a href=format!("/payments/{}", payment.id)><MomentText at=payment.created_at offset_hours/></a>
            </th>
            <td class="long-text" data-label="Лицевой счёт">{payee}</td>
            <td class="number" data-label="Сумма"><MoneyText sum=payment.amount/></td>
            <td data-label="Состояние">{state_badge(payment.state)}</td>
        </tr>
    }
}
