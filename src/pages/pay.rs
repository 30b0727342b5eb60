//! `/accounts/{id}/pay`: the sum of a payment by card (M6).

use std::iter;

use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use serde::Deserialize;

use super::payment::open_payment_notice;
use crate::api::call::call;
use crate::api::payments::{BeginPayment, NoticePlace, PayForm, begin_payment};
use crate::components::{BalanceText, ErrorSummary, FieldError, FieldWithHint, Hint, Notice, NoticeKind, error_of};
use crate::domain::account::LinkedAccount;
use crate::domain::calendar::show_date;
use crate::domain::hint::Topic;
use crate::domain::id::PaymentId;
use crate::domain::money::Money;
use crate::domain::payment::{Payment, PaymentState};
use crate::domain::settlement::Balance;
use crate::http::Web;
use crate::http::account::OwnAccount;
use crate::http::answer::{Answer, Failure};
use crate::http::session::SignedIn;
use crate::islands::{AmountField, QuickSum, ServerForm};
use crate::service::access::OwnAccess;
use crate::service::accounts::{BalanceOn, balance};
use crate::service::debts::overdue;
use crate::service::instalments::next_sum;
use crate::service::payments;

/// The value of `part` in the address that offers the part of the sum due that is past its due date. The sum itself is not
/// in the address.
pub const OVERDUE: &str = "overdue";
/// The same for the next part of an instalment plan.
pub const INSTALMENT: &str = "instalment";

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/accounts/{id}/pay", get(show).post(submit))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Arrival {
    /// An earlier payment that the new one may duplicate: the page asks whether both are meant.
    repeats: Option<String>,
    /// The new payment had another sum than the earlier one.
    another_sum: Option<String>,
    /// A failed payment: its sum is offered again.
    again_of: Option<String>,
    /// The part of the sum due that is offered: [`OVERDUE`], [`INSTALMENT`], or the whole.
    part: Option<String>,
}

async fn show(OwnAccount { signed_in, own }: OwnAccount, Query(arrival): Query<Arrival>) -> Answer {
    let mut start = Start::default();
    if let Some(access) = own.full() {
        let services = signed_in.services();
        let offered = match arrival.part.as_deref() {
            Some(OVERDUE) => overdue(services, &access).await?,
            Some(INSTALMENT) => next_sum(services, &access).await?,
            _ => None,
        };
        start.amount = offered.map(Money::plain);
    }
    if let Some(id) = arrival.again_of {
        start.amount = Some(earlier(&signed_in, &own, &id).await?.amount.plain());
    }
    if let Some(id) = arrival.repeats {
        let other = earlier(&signed_in, &own, &id).await?;
        start = Start::beside(other, arrival.another_sum.is_some());
    }
    page(&signed_in, own, start, Vec::new()).await
}

/// The user's own payment of this account.
async fn earlier(signed_in: &SignedIn, own: &OwnAccess, id: &str) -> Result<Payment, Failure> {
    let id = PaymentId::parse(id).map_err(|_| Failure::NotFound)?;
    let payment = payments::own(signed_in.services(), signed_in.id(), &id).await?;
    payment.filter(|payment| payment.account_id == *own.id()).ok_or(Failure::NotFound)
}

async fn submit(State(web): State<Web>, parts: Parts, Path(id): Path<String>, Form(form): Form<PayForm>) -> Answer {
    let form = PayForm { account_id: id, ..form };
    let start = Start { amount: Some(form.amount.clone()), again: !form.again.is_empty(), question: None };
    let called = call(&web, &parts, begin_payment(form)).await?;
    called
        .or_page(&web, parts, async |OwnAccount { signed_in, own }: OwnAccount, errors| {
            page(&signed_in, own, start, errors).await
        })
        .await
}

/// The initial state of the form.
#[derive(Default)]
struct Start {
    /// The sum; if absent, the sum due is offered.
    amount: Option<String>,
    /// The next press confirms a second payment beside the earlier one.
    again: bool,
    /// The earlier payment that the page asks about.
    question: Option<Payment>,
}

impl Start {
    /// The form beside an earlier payment. Its sum is offered; when another sum was typed, the field is empty, so that
    /// one press does not pay a sum that the user did not choose.
    fn beside(other: Payment, another_sum: bool) -> Self {
        let amount = if another_sum { String::new() } else { other.amount.plain() };
        let again = other.state != PaymentState::Canceled;
        Self { amount: Some(amount), again, question: again.then_some(other) }
    }
}

/// The data of the page.
struct Screen {
    linked: LinkedAccount,
    /// Only in full access.
    balance: Option<BalanceOn>,
    start: Start,
    /// The newest payment for the account that is under way; the page's question is about it already.
    under_way: Option<Payment>,
    /// Idempotency key of the form.
    key: String,
    offset_hours: i8,
}

impl Screen {
    async fn load(signed_in: &SignedIn, own: &OwnAccess, start: Start) -> Result<Self, Failure> {
        let services = signed_in.services();
        let balance = match own.full() {
            Some(access) => Some(balance(services, &access).await?),
            None => None,
        };
        let under_way = match start.question {
            Some(_) => None,
            None => under_way(signed_in, own).await?,
        };
        let (key, offset_hours) = (services.nature().id(), services.settings().utc_offset_hours);
        Ok(Self { linked: own.linked().clone(), balance, start, under_way, key, offset_hours })
    }
}

/// The user's newest payment for the account that waits for the payer or for the bank.
async fn under_way(signed_in: &SignedIn, own: &OwnAccess) -> Result<Option<Payment>, Failure> {
    let payments = payments::under_way(signed_in.services(), signed_in.id()).await?;
    Ok(payments.into_iter().find(|payment| payment.account_id == *own.id()))
}

async fn page(signed_in: &SignedIn, own: OwnAccess, start: Start, errors: Vec<FieldError>) -> Answer {
    let screen = Screen::load(signed_in, &own, start).await?;
    let page = signed_in.page("Оплата").under("/accounts").errors(&errors);
    page.show(move || view(screen, errors)).await
}

/// Short, so that the button is seen at once on a phone: one line each for the account and the sum due.
fn view(screen: Screen, errors: Vec<FieldError>) -> impl IntoView {
    let Screen { linked, balance, start, under_way, key, offset_hours } = screen;
    let notice = under_way.map(|payment| open_payment_notice(&payment, None, NoticePlace::Account, offset_hours));
    let account_id = linked.id.to_string();
    let question = start.question.clone().map(question_view);
    view! {
        <div class="narrow">
            <p class="breadcrumb"><a href=format!("/accounts/{account_id}")>"Лицевой счёт"</a></p>
            <h1>"Оплата"</h1>
            <p class="account-provider">{linked.provider.name}", лицевой счёт "{linked.number.to_string()}</p>
            {balance.map(due_view)}
            {question}
            {notice}
            {form(account_id, balance, start, key, errors)}
            <p class="muted">
                "Данные карты вы введёте на защищённой странице банка. Комиссии нет. "
                <Hint topic=Topic::Card/>
            </p>
        </div>
    }
}

fn form(
    account_id: String,
    balance: Option<BalanceOn>,
    start: Start,
    key: String,
    errors: Vec<FieldError>,
) -> impl IntoView {
    let due = balance.map_or(Money::ZERO, |on| on.balance.due());
    let prefilled = if due.is_zero() { String::new() } else { due.plain() };
    let quick = balance.map(quick_sums).unwrap_or_default();
    let again = start.again.then(|| view! { <input type="hidden" name="again" value="yes"/> });
    let error = error_of(&errors, "amount");
    view! {
        <ServerForm function=BeginPayment::PATH.to_owned() action=format!("/accounts/{account_id}/pay")>
            <ErrorSummary errors/>
            <input type="hidden" name="account_id" value=account_id/>
            <input type="hidden" name="key" value=key/>
            {again}
            <FieldWithHint topic=Topic::Amount field="amount">
                <AmountField value=start.amount.unwrap_or(prefilled) error quick/>
            </FieldWithHint>
        </ServerForm>
    }
}

/// The balance on one line, and what it consists of on a small one.
fn due_view(on: BalanceOn) -> impl IntoView {
    view! {
        <div class="balance pay-due">
            <BalanceText balance=on.balance/>
            <Hint topic=Topic::Balance/>
            {due_words(on).map(|words| view! { <p class="muted">{words}</p> })}
        </div>
    }
}

fn due_words(on: BalanceOn) -> Option<String> {
    let period = on.period?;
    if !matches!(on.balance, Balance::Due(_)) {
        return Some(format!("Начисления по {period} включительно"));
    }
    let by = if on.overdue { "срок оплаты прошёл" } else { "оплатить до" };
    let parts = on.split.map_or_else(|| format!("начисления по {period}"), |split| split.words());
    let paid = if on.paid_since > Money::ZERO {
        format!(", учтена оплата {}", on.paid_since)
    } else {
        String::new()
    };
    Some(format!("{parts}{paid}, {by} {}", show_date(period.due_date())))
}

/// Asks whether the new payment is meant in addition to the earlier one.
fn question_view(other: Payment) -> impl IntoView {
    let amount = other.amount;
    let (title, text) = if other.state.is_paid() {
        let text = format!(
            "Вы только что заплатили {amount}. Если нужно заплатить ещё раз, проверьте сумму и нажмите «К ОПЛАТЕ»."
        );
        ("Заплатить ещё раз?", text)
    } else {
        let text =
            format!("Платёж на {amount} ещё не закончен. Если нужен ещё один, проверьте сумму и нажмите «К ОПЛАТЕ».");
        ("Начать ещё один платёж?", text)
    };
    view! {
        <Notice kind=NoticeKind::Warning title=title announce=true>
            <p>{text}</p>
            <p><a href=format!("/payments/{}", other.id)>"Посмотреть тот платёж"</a></p>
        </Notice>
    }
}

/// The whole debt, and the last month alone where older months are owed too. A payment made after that month was closed
/// cannot be attributed to a month, so the month is not offered a second time.
fn quick_sums(on: BalanceOn) -> Vec<QuickSum> {
    let Balance::Due(due) = on.balance else { return Vec::new() };
    let is_offered = on.paid_since.is_zero() && Money::ZERO < on.charged && on.charged < due;
    let month = on.period.filter(|_| is_offered);
    let month = month.map(|period| QuickSum { text: format!("За {period}"), sum: on.charged });
    iter::once(QuickSum { text: "Весь долг".to_owned(), sum: due }).chain(month).collect()
}
