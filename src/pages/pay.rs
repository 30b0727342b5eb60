//! `/accounts/{id}/pay`, `/payments/{id}`: paying by card (M6).

use std::iter;

use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use super::accounts::balance_view;
use crate::api::payments::status_address;
use crate::api::words;
use crate::components::{
    ButtonKind, ErrorSummary, FieldError, FieldWithHint, Hint, LinkButton, MomentText, MoneyText, Notice, NoticeKind,
    PaymentProgress, Step, StepState, Steps, error_of,
};
use crate::domain::account::Access;
use crate::domain::hint::Topic;
use crate::domain::id::PaymentId;
use crate::domain::money::Money;
use crate::domain::payment::{CancelReason, Payment, PaymentState};
use crate::domain::settlement::Balance;
use crate::http::Web;
use crate::http::account::own;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{AtMoney, SignedIn};
use crate::islands::{AmountField, QuickSum, amount_error_words};
use crate::service::accounts::{BalanceOn, balance};
use crate::service::links::LinkedAccount;
use crate::service::payments::{self, PayError, PaymentForm};

/// Seconds after which the page of a waiting payment asks again without JavaScript.
const REFRESH_SECONDS: u32 = 5;

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/accounts/{id}/pay", get(show).post(submit))
        .route("/payments/{id}", get(show_payment).post(ask_again))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PayForm {
    amount: String,
    /// Made with the page: a second click on the button is the same payment.
    key: String,
    /// Not empty: the user was asked about another payment and means this one too.
    again: String,
}

async fn show(AtMoney(signed_in): AtMoney, Path(id): Path<String>) -> Answer {
    let own = own(&signed_in, &id).await?;
    form_page(&signed_in, own, Typed::default(), Vec::new()).await
}

async fn submit(AtMoney(signed_in): AtMoney, Path(id): Path<String>, Form(form): Form<PayForm>) -> Answer {
    let own = own(&signed_in, &id).await?;
    let again = !form.again.is_empty();
    let sent = PaymentForm { amount: &form.amount, key: &form.key, again };
    let begun = payments::begin(signed_in.services(), signed_in.id(), &own, sent).await;
    let mut typed = Typed { amount: Some(form.amount.clone()), again, other: None };
    let error = match begun {
        Ok(payment) => return Ok(Redirect::to(&card_page(&payment)).into_response()),
        Err(PayError::NoAnswer(id)) => return Ok(Redirect::to(&format!("/payments/{id}")).into_response()),
        Err(PayError::Fault(fault)) => return Err(fault.into()),
        Err(PayError::Repeats(other)) => {
            let error = FieldError::new("amount", repeats_words(&other));
            typed = Typed { again: true, other: Some(*other), ..typed };
            error
        }
        Err(PayError::Amount(error)) => FieldError::new("amount", amount_error_words(error)),
        Err(PayError::TooOften(limit)) => FieldError::new("amount", words::too_often(limit)),
    };
    form_page(&signed_in, own, typed, vec![error]).await
}

/// What comes back with a form that has to be mended or confirmed.
#[derive(Default)]
struct Typed {
    /// The sum, as typed; else what is due is offered.
    amount: Option<String>,
    /// The next press means this payment beside the other one.
    again: bool,
    /// The other payment, to look at.
    other: Option<Payment>,
}

fn repeats_words(other: &Payment) -> String {
    let amount = other.amount;
    if other.state.is_paid() {
        format!("Вы только что заплатили {amount}. Если нужно заплатить ещё столько же, нажмите кнопку ещё раз")
    } else {
        format!("Платёж на {amount} ещё не закончен. Если нужен ещё один, нажмите кнопку ещё раз")
    }
}

/// The acquirer's page while the payer is awaited there; the payment's own page otherwise.
fn card_page(payment: &Payment) -> String {
    let waits = payment.state == PaymentState::Pending;
    match &payment.confirmation_url {
        Some(url) if waits && !url.is_empty() => url.clone(),
        _ => format!("/payments/{}", payment.id),
    }
}

async fn form_page(signed_in: &SignedIn, own: LinkedAccount, typed: Typed, errors: Vec<FieldError>) -> Answer {
    let services = signed_in.services();
    let balance = match own.access {
        Access::Full => Some(balance(services, &own.account.id).await?),
        Access::Lite => None,
    };
    let key = services.nature().id();
    let shown = errors.clone();
    signed_in
        .page("Оплата")
        .under("/accounts")
        .errors(&errors)
        .show(move || form_view(&own, balance, typed, key, shown))
        .await
}

fn form_view(
    own: &LinkedAccount,
    balance: Option<BalanceOn>,
    typed: Typed,
    key: String,
    errors: Vec<FieldError>,
) -> impl IntoView + use<> {
    let due = balance.map_or(Money::ZERO, |on| on.balance.due());
    let prefilled = if due.is_zero() { String::new() } else { due.plain() };
    let quick = balance.map(quick_sums).unwrap_or_default();
    let action = format!("/accounts/{}/pay", own.account.id);
    let again = typed.again.then(|| view! { <input type="hidden" name="again" value="yes"/> });
    let other = typed.other.map(|other| {
        view! { <p><a href=format!("/payments/{}", other.id)>"Посмотреть тот платёж"</a></p> }
    });
    view! {
        <div class="narrow">
            <p class="breadcrumb"><a href=format!("/accounts/{}", own.account.id)>"Лицевой счёт"</a></p>
            <h1>"Оплата"</h1>
            <p class="account-provider">{own.provider.name.clone()}", лицевой счёт "{own.account.number.to_string()}</p>
            {balance.map(balance_view)}
            <ErrorSummary errors=errors.clone()/>
            {other}
            <form method="post" action=action novalidate>
                <input type="hidden" name="key" value=key/>
                {again}
                <FieldWithHint topic=Topic::Amount field="amount">
                    <AmountField value=typed.amount.unwrap_or(prefilled) error=error_of(&errors, "amount") quick/>
                </FieldWithHint>
            </form>
            <p class="muted">
                "Данные карты вы введёте на защищённой странице банка. Комиссии нет. "
                <Hint topic=Topic::Card/>
            </p>
        </div>
    }
}

/// All that is owed, and the last month alone where older months are owed too. Once something was paid after that month
/// was closed nobody can tell for which month it was, and the month is not offered a second time.
fn quick_sums(on: BalanceOn) -> Vec<QuickSum> {
    let Balance::Due(due) = on.balance else { return Vec::new() };
    let is_offered = on.paid_since.is_zero() && Money::ZERO < on.charged && on.charged < due;
    let month = on.period.filter(|_| is_offered);
    let month = month.map(|period| QuickSum { text: format!("За {period}"), sum: on.charged });
    iter::once(QuickSum { text: "Весь долг".to_owned(), sum: due }).chain(month).collect()
}

async fn show_payment(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let id = PaymentId::parse(&id).map_err(|_| Failure::NotFound)?;
    let payment = payments::refresh_own(signed_in.services(), signed_in.id(), &id).await?.ok_or(Failure::NotFound)?;
    let offset = signed_in.services().settings().utc_offset_hours;
    let linked = crate::service::links::own_account(signed_in.services(), signed_in.id(), &payment.account_id).await?;
    let page = signed_in.page("Платёж").under("/accounts");
    let page = if payment.state.is_final() { page } else { page.refresh(REFRESH_SECONDS) };
    page.show(move || payment_view(payment, linked, offset)).await
}

async fn ask_again(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let id = PaymentId::parse(&id).map_err(|_| Failure::NotFound)?;
    let payment = payments::refresh_own(signed_in.services(), signed_in.id(), &id).await?.ok_or(Failure::NotFound)?;
    Ok(Redirect::to(&format!("/payments/{}", payment.id)).into_response())
}

fn payment_view(payment: Payment, linked: Option<LinkedAccount>, offset: i8) -> impl IntoView {
    let title = match payment.state {
        PaymentState::Created | PaymentState::Pending => "Платёж ожидает оплаты",
        PaymentState::Succeeded | PaymentState::Credited => "Платёж принят",
        PaymentState::Canceled => "Платёж не прошёл",
    };
    let account = linked.map(|own| {
        view! { <div><dt>"Лицевой счёт"</dt><dd>{own.provider.name}", "{own.account.number.to_string()}</dd></div> }
    });
    let address = format!("/accounts/{}", payment.account_id);
    let waiting = (!payment.state.is_final()).then(|| waiting_view(&payment));
    let refused = payment.cancel_reason.map(|reason| refused_view(reason, &address));
    let done = payment.state.is_paid().then(|| {
        view! { <p><LinkButton href=address.clone() kind=ButtonKind::Primary>"К лицевому счёту"</LinkButton></p> }
    });
    view! {
        <div class="narrow">
            <h1>{title}</h1>
            <dl class="facts">
                <div><dt>"Сумма"</dt><dd><MoneyText sum=payment.amount/></dd></div>
                {account}
                <div><dt>"Начат"</dt><dd><MomentText at=payment.created_at offset_hours=offset/></dd></div>
            </dl>
            {(payment.state != PaymentState::Canceled).then(|| view! { <Steps items=steps(&payment)/> })}
            {waiting}
            {refused}
            {done}
        </div>
    }
}

fn steps(payment: &Payment) -> Vec<Step> {
    use StepState::{Ahead, Current, Done};
    let (bank, fiscal, sent, credited) = match payment.state {
        PaymentState::Created | PaymentState::Pending | PaymentState::Canceled => (Current, Ahead, Ahead, Ahead),
        // Whether the cash register has sent the receipt, the portal does not learn.
        PaymentState::Succeeded => (Done, Current, Ahead, Ahead),
        PaymentState::Credited => (Done, Done, Done, Done),
    };
    vec![
        Step::new("Банк принял оплату", bank),
        Step::new("Фискальный чек придёт вам отдельно", fiscal),
        Step::new("Платёж передан поставщику", sent),
        Step::new("Зачислено на лицевой счёт", credited),
    ]
}

fn waiting_view(payment: &Payment) -> impl IntoView + use<> {
    let id = payment.id.to_string();
    let card = payment.confirmation_url.clone().filter(|url| !url.is_empty()).map(|url| {
        view! { <p><LinkButton href=url kind=ButtonKind::Primary>"Перейти к оплате картой"</LinkButton></p> }
    });
    view! {
        <Notice kind=NoticeKind::Info title="Ждём ответа банка">
            <p>
                "Если вы уже заплатили, ничего делать не нужно: страница обновится сама. Платить второй раз не надо, "
                "мы узнаем о платеже, даже если закрыть эту страницу."
            </p>
        </Notice>
        <PaymentProgress address=status_address(&payment.id) state=payment.state/>
        {card}
        <form method="post" action=format!("/payments/{id}")>
            <crate::components::SubmitButton kind=ButtonKind::Secondary busy="Проверяем…">"Проверить состояние"</crate::components::SubmitButton>
        </form>
    }
}

fn refused_view(reason: CancelReason, address: &str) -> impl IntoView + use<> {
    view! {
        <Notice kind=NoticeKind::Error title="Деньги не списаны">
            <p>{reason.words()}</p>
        </Notice>
        <p>
            <LinkButton href=format!("{address}/pay") kind=ButtonKind::Primary>"Попробовать ещё раз"</LinkButton>
        </p>
    }
}
