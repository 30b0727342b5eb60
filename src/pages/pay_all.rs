//! `/pay`: the user's accounts with something due, to be paid one after another.

use axum::Router;
use axum::routing::get;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::payment::open_payment_notice;
use crate::api::payments::{BeginPayment, NoticePlace};
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, EmptyState, ErrorSummary, LinkButton, MoneyText, SubmitButton,
};
use crate::domain::account::LinkedAccount;
use crate::domain::money::{MAX_PAYMENT, Money, PAYMENT_LEAST};
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::AtMoney;
use crate::islands::ServerForm;
use crate::service::payments::{AccountToPay, PayStep, accounts_to_pay};

/// The route of this screen. Each form posts to its account's own page, which can show its errors.
pub fn router() -> Router<Web> {
    Router::new().route("/pay", get(show))
}

async fn show(AtMoney(signed_in): AtMoney) -> Answer {
    let services = signed_in.services();
    let accounts = accounts_to_pay(services, signed_in.id()).await?;
    let first = accounts.iter().position(|account| matches!(account.step, PayStep::Pay(_)));
    let cards = accounts.into_iter().enumerate().map(|(place, account)| AccountCard {
        account,
        key: services.nature().id(),
        is_first: first == Some(place),
        offset_hours: services.settings().utc_offset_hours,
    });
    let cards = cards.collect();
    signed_in.page("Оплатить всё").under("/accounts").show(move || view(cards)).await
}

/// An account with what its card needs.
struct AccountCard {
    account: AccountToPay,
    /// Idempotency key of its form.
    key: String,
    /// Whether it is the next one to pay: the page has one primary button.
    is_first: bool,
    offset_hours: i8,
}

fn view(cards: Vec<AccountCard>) -> impl IntoView {
    let is_open = |card: &&AccountCard| matches!(card.account.step, PayStep::Pay(_) | PayStep::Wait(_));
    let left = cards.iter().filter(is_open).count();
    let some_are_closed = cards.iter().any(|card| card.account.step == PayStep::Closed);
    let head = if left == 0 { nothing_due(some_are_closed) } else { one_by_one(left).into_any() };
    view! {
        <div class="narrow">
            <p class="breadcrumb"><a href="/accounts">"Лицевые счета"</a></p>
            <h1>"Оплатить всё"</h1>
            {head}
            {cards.into_iter().map(card_view).collect_view()}
        </div>
    }
}

fn nothing_due(some_are_closed: bool) -> AnyView {
    if some_are_closed {
        let words = "По счетам в полной версии долга нет. По остальным сумму видно после ввода ПИН-кода.";
        return view! { <p>{words}</p> }.into_any();
    }
    view! {
        <EmptyState title="Платить сейчас не за что">
            <p>"По вашим лицевым счетам долга нет."</p>
            <p><LinkButton href="/accounts">"К лицевым счетам"</LinkButton></p>
        </EmptyState>
    }
    .into_any()
}

fn one_by_one(left: usize) -> impl IntoView {
    (left > 1).then(|| {
        view! { <p>"У каждого счёта свой платёж. Оплатите первый, а потом вернитесь сюда за следующим."</p> }
    })
}

fn card_view(card: AccountCard) -> impl IntoView {
    let AccountCard { account: AccountToPay { linked, step, just_paid }, key, is_first, offset_hours } = card;
    let page = format!("/accounts/{}", linked.id);
    let paid = just_paid.map(|sum| {
        view! { <p><Badge kind=BadgeKind::SUCCESS text=format!("оплачено только что: {sum}")/></p> }
    });
    let next = match step {
        PayStep::Pay(due) => due_view(&linked, due, key, is_first).into_any(),
        PayStep::Wait(payment) => {
            open_payment_notice(&payment, None, NoticePlace::AllAccounts, offset_hours).into_any()
        }
        PayStep::Done => ().into_any(),
        PayStep::Closed => closed_view(&page).into_any(),
    };
    view! {
        <Card title=linked.provider.name.clone()>
            <p class="account-number">"Лицевой счёт " <a href=page>{linked.number.to_string()}</a></p>
            {paid}
            {next}
        </Card>
    }
}

/// The sum due with the button that pays it. A sum that one payment cannot have is chosen on the account's own page.
fn due_view(linked: &LinkedAccount, due: Money, key: String, is_first: bool) -> impl IntoView + use<> {
    let kind = if is_first { ButtonKind::Primary } else { ButtonKind::Secondary };
    let (account_id, page) = (linked.id.to_string(), format!("/accounts/{}/pay", linked.id));
    let name = format!("К ОПЛАТЕ {due}: {}", linked.number.with_provider(&linked.provider.name));
    let pay = if (PAYMENT_LEAST..=MAX_PAYMENT).contains(&due) {
        view! {
            <ServerForm function=BeginPayment::PATH.to_owned() action=page>
                <ErrorSummary errors=Vec::new()/>
                <input type="hidden" name="account_id" value=account_id/>
                <input type="hidden" name="amount" value=due.machine()/>
                <input type="hidden" name="key" value=key/>
                <SubmitButton kind busy="Открываем страницу банка…" aria_label=name>
                    {format!("К ОПЛАТЕ {due}")}
                </SubmitButton>
            </ServerForm>
        }
        .into_any()
    } else {
        view! { <p><LinkButton href=page kind aria_label=name>{format!("К ОПЛАТЕ {due}")}</LinkButton></p> }.into_any()
    };
    view! {
        <p class="balance-sum"><MoneyText sum=due/></p>
        {pay}
    }
}

/// In lite access the sum is not shown.
fn closed_view(page: &str) -> impl IntoView + use<> {
    let pay = format!("{page}/pay");
    view! {
        <p><Badge kind=BadgeKind::INFO text="Ограниченная версия"/></p>
        <p>"Заплатить можно и без ПИН-кода."</p>
        <p><LinkButton href=pay kind=ButtonKind::Secondary>"Ввести сумму и оплатить"</LinkButton></p>
    }
}
