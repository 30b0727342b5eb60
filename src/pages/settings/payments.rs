//! `/settings/payments`: every payment the user made here, for unlinked accounts too (M10).

use std::collections::BTreeMap;

use axum::extract::Query;
use leptos::prelude::*;
use serde::Deserialize;

use super::ADDRESS;
use crate::components::{Card, Column, DataTable, EmptyState, MomentText, MoneyText, Pager};
use crate::domain::id::AccountId;
use crate::domain::paging::{AskedPage, PagePlace};
use crate::domain::payment::Payment;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{AtMoney, SignedIn};
use crate::pages::payments::state_badge;
use crate::service::payments::{Payee, all_own, payees};

/// Payments on the page of settings: the last few months of a household.
const NEWEST: usize = 5;
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
    let total = all.len();
    let place = PagePlace::within(asked.page, total as u64, PER_PAGE);
    let before = usize::try_from(place.offset()).unwrap_or(usize::MAX);
    let part = all.into_iter().skip(before).take(PER_PAGE as usize).collect();
    let payments = OwnPayments::of(&signed_in, part, total).await?;
    signed_in.page("Мои платежи").under(ADDRESS).show(move || payments.page_view(place)).await
}

/// The user's payments with the recipient of each.
pub(super) struct OwnPayments {
    payments: Vec<Payment>,
    payees: BTreeMap<AccountId, Payee>,
    /// How many there are in total.
    total: usize,
    offset_hours: i8,
}

impl OwnPayments {
    /// The newest few.
    pub(super) async fn newest(signed_in: &SignedIn) -> Result<Self, Failure> {
        let mut all = all_own(signed_in.services(), signed_in.id()).await?;
        let total = all.len();
        all.truncate(NEWEST);
        Self::of(signed_in, all, total).await
    }

    async fn of(signed_in: &SignedIn, payments: Vec<Payment>, total: usize) -> Result<Self, Failure> {
        let services = signed_in.services();
        let payees = payees(services, &payments).await?;
        Ok(Self { payments, payees, total, offset_hours: services.settings().utc_offset_hours })
    }

    /// The card on the page of settings.
    pub(super) fn card(self) -> impl IntoView + use<> {
        let more = (self.total > self.payments.len()).then(|| {
            let text = format!("Все платежи: {}", self.total);
            view! { <p><a href="/settings/payments">{text}</a></p> }
        });
        view! {
            <Card title="История платежей">
                <p class="muted">
                    "Все платежи, которые вы сделали в кабинете. Они остаются здесь и после отключения лицевого счёта."
                </p>
                {self.table("Последние платежи")}
                {more}
            </Card>
        }
    }

    fn page_view(self, place: PagePlace) -> impl IntoView + use<> {
        view! {
            <p class="breadcrumb"><a href=ADDRESS>"Настройки"</a></p>
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
        let Self { payments, payees, offset_hours, .. } = self;
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
