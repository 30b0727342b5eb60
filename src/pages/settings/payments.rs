//! `/settings/payments`: every payment the user made here, for unlinked accounts too (M10).

use std::collections::BTreeMap;

use axum::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use super::{ADDRESS, crumb};
use crate::components::{Column, DataTable, EmptyState, MomentText, MoneyText, Pager};
use crate::domain::id::AccountId;
use crate::domain::paging::{AskedPage, PagePlace};
use crate::domain::payment::Payment;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{AtMoney, SignedIn};
use crate::pages::payments::state_badge;
use crate::service::payments::{Payee, all_own, payees};

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
    let payments = OwnPayments::of(&signed_in, part).await?;
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
    payments: Vec<Payment>,
    payees: BTreeMap<AccountId, Payee>,
    offset_hours: i8,
}

impl OwnPayments {
    async fn of(signed_in: &SignedIn, payments: Vec<Payment>) -> Result<Self, Failure> {
        let services = signed_in.services();
        let payees = payees(services, &payments).await?;
        Ok(Self { payments, payees, offset_hours: services.settings().utc_offset_hours })
    }

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
        let Self { payments, payees, offset_hours } = self;
        let row_of = |payment: Payment| {
            let payee = payees.get(&payment.account_id).cloned();
            row(payment, payee, offset_hours)
        };
        let rows = payments.into_iter().map(row_of).collect_view();
        view! {
            <DataTable caption head=vec![Column::Text("Дата"), Column::Text("Лицевой счёт"), Column::Number("Сумма"), Column::Text("Состояние")]>
                {rows}
            </DataTable>
        }
        .into_any()
    }
}

fn row(payment: Payment, payee: Option<Payee>, offset_hours: i8) -> impl IntoView {
    let payee = payee.map(|payee| format!("{}, {}", payee.number, payee.provider)).unwrap_or_default();
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
