//! `/accounts`: the cards of linked accounts.

use axum::Router;
use axum::routing::get;
use leptos::prelude::*;

use super::link::ShownForm;
use crate::api::links::LinkForm;
use crate::components::{Badge, BadgeKind, BalanceText, ButtonKind, Card, Hint, LinkButton, MoneyText};
use crate::domain::account::Access;
use crate::domain::calendar::show_date;
use crate::domain::hint::Topic;
use crate::domain::settlement::Balance;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::service::accounts::{BalanceOn, Overview, overviews};

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/accounts", get(show))
}

async fn show(signed_in: SignedIn) -> Answer {
    let cards = overviews(signed_in.services(), signed_in.id()).await?;
    if cards.is_empty() {
        let form = ShownForm::load(signed_in.services(), LinkForm::default()).await?;
        return signed_in.page("Лицевые счета").under("/accounts").show(move || first_run(form)).await;
    }
    let room = cards.len() < usize::from(signed_in.services().settings().max_links);
    signed_in.page("Лицевые счета").under("/accounts").show(move || view(cards, room)).await
}

fn view(cards: Vec<Overview>, room: bool) -> impl IntoView {
    let link = room.then(|| {
        view! { <p><LinkButton href="/accounts/link" kind=ButtonKind::Secondary>"Подключить лицевой счёт"</LinkButton></p> }
    });
    view! {
        <h1>"Лицевые счета"</h1>
        <div class="account-cards">{cards.into_iter().map(card).collect_view()}</div>
        {link}
    }
    .into_any()
}

/// An empty list would be useless: the page itself has the form of the next step.
fn first_run(form: ShownForm) -> impl IntoView {
    view! {
        <div class="narrow">
            <h1>"Лицевые счета"</h1>
            <p>"Остался один шаг: подключите лицевой счёт. Его номер напечатан на квитанции."</p>
            {form.view(&[])}
        </div>
    }
}

fn card(card: Overview) -> impl IntoView {
    let Overview { own, balance } = card;
    let id = own.account.id.to_string();
    let full = own.access == Access::Full;
    let address = full.then(|| view! { <p class="account-address">{own.account.address.clone()}</p> });
    let state = match balance {
        Some(balance) => balance_view(balance).into_any(),
        None => lite_view(id.clone()).into_any(),
    };
    let receipt = full.then(|| {
        view! { <LinkButton href=format!("/accounts/{id}/receipt") kind=ButtonKind::Secondary hint=Topic::Receipt>"КВИТАНЦИЯ"</LinkButton> }
    });
    view! {
        <Card title=own.provider.name.clone()>
            <p class="account-number">
                "Лицевой счёт " <a href=format!("/accounts/{id}")>{own.account.number.to_string()}</a>
            </p>
            {address}
            {state}
            <p class="actions">
                <LinkButton href=format!("/accounts/{id}/pay") kind=ButtonKind::Primary hint=Topic::Pay>"ОПЛАТИТЬ"</LinkButton>
                {receipt}
            </p>
        </Card>
    }
}

fn lite_view(id: String) -> impl IntoView {
    view! {
        <p>
            <Badge kind=BadgeKind::INFO text="Ограниченная версия"/>
            " "
            <Hint topic=Topic::FullAccess/>
        </p>
        <p>
            "Начисления и баланс откроются после ввода ПИН-кода. "
            <a href=format!("/accounts/{id}")>"Открыть полную версию"</a>
        </p>
    }
}

/// The sum due, the months it is owed for, and the due date, which is a badge to be seen at a glance.
pub fn balance_view(on: BalanceOn) -> impl IntoView {
    let due = on.period.map(|period| match on.balance {
        Balance::Due(_) => {
            let (kind, by) = if on.overdue {
                (BadgeKind::WARNING, "Срок оплаты прошёл")
            } else {
                (BadgeKind::INFO, "Оплатить до")
            };
            view! {
                {on.split.map(|split| view! { <p class="muted">{split.words()}</p> })}
                <p><Badge kind text=format!("{by} {}", show_date(period.due_date()))/></p>
            }
            .into_any()
        }
        _ => view! { <p class="muted">{format!("начисления по {period} включительно")}</p> }.into_any(),
    });
    let paid = (on.paid_since.kopecks() > 0).then(|| {
        view! { <p class="muted">"Учтена оплата " <MoneyText sum=on.paid_since/> ", поступившая после начисления"</p> }
    });
    view! {
        <div class="balance">
            <BalanceText balance=on.balance/>
            <Hint topic=Topic::Balance/>
            {due}
            {paid}
        </div>
    }
}
