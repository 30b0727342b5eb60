//! `/accounts/{id}/debt`: what is owed since when, what follows by law, what can be done now; the certificate that nothing
//! is owed. The texts explain and never threaten.

mod certificate;
mod instalments;
mod words;

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;

use super::account::account_head;
use super::glance::contact_of;
use super::pay::OVERDUE;
use crate::api::call::call;
use crate::api::instalments::{InstalmentsForm, ask_instalments};
use crate::components::{
    BalanceText, ButtonKind, Card, Column, DataTable, EmptyState, FieldError, LinkButton, MoneyText, Notice,
    NoticeKind, Steps,
};
use crate::domain::calendar::show_date;
use crate::domain::debt::{Debt, ServiceDebt, Standing, UnpaidMonth};
use crate::domain::money::Money;
use crate::domain::settlement::Balance;
use crate::http::Web;
use crate::http::account::FullAccount;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::service::access::FullAccess;
use crate::service::debts::{DebtOn, debt};
use crate::service::instalments::shown;

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/accounts/{id}/debt", get(show).post(submit))
        .route("/accounts/{id}/debt/certificate.pdf", get(certificate::show))
        .merge(instalments::router())
}

async fn show(FullAccount { signed_in, access }: FullAccount) -> Answer {
    page(&signed_in, &access, InstalmentsForm::default(), Vec::new()).await
}

async fn submit(
    State(web): State<Web>,
    parts: Parts,
    Path(id): Path<String>,
    Form(form): Form<InstalmentsForm>,
) -> Answer {
    let form = InstalmentsForm { account_id: id, ..form };
    let called = call(&web, &parts, ask_instalments(form.clone())).await?;
    let again =
        async |FullAccount { signed_in, access }: FullAccount, errors| page(&signed_in, &access, form, errors).await;
    called.or_page(&web, parts, again).await
}

async fn page(signed_in: &SignedIn, access: &FullAccess, form: InstalmentsForm, errors: Vec<FieldError>) -> Answer {
    let services = signed_in.services();
    let on = debt(services, access).await?;
    let shown = shown(services, access, &on).await?;
    let page = signed_in.page("Долг").under("/accounts").errors(&errors);
    page.show(move || {
        let plan = instalments::card(access, &on, &shown, form, &errors).into_any();
        view(access, &on, plan)
    })
    .await
}

/// `plan` is the card about instalments: between what can be done and what follows, or below the rest without a debt.
fn view(access: &FullAccess, on: &DebtOn, plan: AnyView) -> impl IntoView + use<> {
    let address = format!("/accounts/{}", access.id());
    let body = match &on.standing {
        Standing::Owed(debt) => owed_view(access, debt, on, plan).into_any(),
        Standing::Clear => view! { {clear_view(&address, on.balance.balance)} {plan} }.into_any(),
        Standing::Offset(services) => view! { {offset_view(access, services, on.balance.balance)} {plan} }.into_any(),
        Standing::Unknown => unknown_view().into_any(),
    };
    view! {
        {account_head(access.linked(), "")}
        {body}
    }
}

fn owed_view(access: &FullAccess, debt: &Debt, on: &DebtOn, plan: AnyView) -> impl IntoView + use<> {
    let (kind, title, text) = words::summary(debt, on.today);
    let steps = words::steps(debt, on.today);
    view! {
        <h2>"Что с долгом и что делать"</h2>
        <Notice kind title><p>{text}</p></Notice>
        {months_card(debt, on)}
        {ways_card(access, debt)}
        {plan}
        <Card title="Что было и что будет дальше">
            <p>"Так будет, если не платить. Как только долг оплачен, отсчёт прекращается."</p>
            <Steps items=steps/>
        </Card>
    }
}

fn months_card(debt: &Debt, on: &DebtOn) -> impl IntoView + use<> {
    let head = vec![Column::Text("Месяц"), Column::Number("Осталось оплатить"), Column::Text("Срок оплаты")];
    let row = |(place, month): (usize, &UnpaidMonth)| month_row(*month, place > 0 || debt.is_beginning_known);
    let rows = debt.months.iter().enumerate().map(row).collect_view();
    let balance = on.balance.balance;
    let overdue = overdue_part(debt).map(|sum| {
        view! { <p>"Срок оплаты прошёл у части этой суммы: " <MoneyText sum/> "."</p> }
    });
    let paid = (on.balance.paid_since.kopecks() > 0).then(|| {
        view! { <p class="muted">"Уже учтена оплата " <MoneyText sum=on.balance.paid_since/> ": она закрыла самые старые месяцы."</p> }
    });
    view! {
        <Card title="Сколько и за какие месяцы">
            <BalanceText balance/>
            {overdue}
            <DataTable caption="Неоплаченные месяцы" told_above=true head>{rows}</DataTable>
            {paid}
        </Card>
    }
}

/// The overdue sum, if it is a part of the debt only.
fn overdue_part(debt: &Debt) -> Option<Money> {
    Some(debt.overdue).filter(|overdue| *overdue < debt.total && !overdue.is_zero())
}

/// A month with its unpaid part; one that is not known by name includes all earlier months.
fn month_row(UnpaidMonth { period, sum }: UnpaidMonth, is_known: bool) -> impl IntoView {
    let name = if is_known { period.to_string() } else { "прошлые месяцы".to_owned() };
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td class="number" data-label="Осталось оплатить"><MoneyText sum/></td>
            <td data-label="Срок оплаты">{format!("до {}", show_date(period.due_date()))}</td>
        </tr>
    }
}

/// What can be done now: the sums are the page of the payment's own, so that none is in an address.
fn ways_card(access: &FullAccess, debt: &Debt) -> impl IntoView + use<> {
    let pay = format!("/accounts/{}/pay", access.id());
    let part = overdue_part(debt).map(|sum| {
        let words = format!("Оплатить просроченное: {sum}");
        view! { <LinkButton href=format!("{pay}?part={OVERDUE}") kind=ButtonKind::Secondary>{words}</LinkButton> }
    });
    let (all, contact) = (format!("Оплатить всё: {}", debt.total), contact_of(access.provider()));
    view! {
        <Card title="Что можно сделать сейчас">
            <p class="actions">
                <LinkButton href=pay.clone() kind=ButtonKind::Primary>{all}</LinkButton>
                {part}
            </p>
            <p>
                "Всё сразу не получается? "
                <a href=pay>"Заплатите часть"</a>
                ": сумму можно изменить, и она уйдёт на самый старый месяц. Долг и пеня станут меньше."
            </p>
            <p>
                "Не согласны с суммой или сейчас трудно заплатить? "
                <a href="/feedback">"Напишите нам"</a>
                ": ответ придёт в кабинет. Контакты поставщика: "
                {contact}
                "."
            </p>
            <p class="muted">"После оплаты здесь сразу появится справка об отсутствии долга."</p>
        </Card>
    }
}

fn clear_view(address: &str, balance: Balance) -> impl IntoView + use<> {
    let overpaid = matches!(balance, Balance::Overpaid(_)).then(|| view! { <BalanceText balance/> });
    view! {
        <h2>"Долга нет"</h2>
        {overpaid}
        <p>"Все начисления оплачены. Если нужно это подтвердить, скачайте справку: в ней лицевой счёт, адрес и дата."</p>
        <p class="actions">
            <LinkButton href=format!("{address}/debt/certificate.pdf") kind=ButtonKind::Primary>
                "Справка об отсутствии долга"
            </LinkButton>
            <LinkButton href=address kind=ButtonKind::Secondary>"К лицевому счёту"</LinkButton>
        </p>
    }
}

fn offset_view(access: &FullAccess, services: &[ServiceDebt], balance: Balance) -> impl IntoView + use<> {
    let item = |debt: &ServiceDebt| view! { <li>{debt.service.clone()} ": " <MoneyText sum=debt.sum/></li> };
    let (services, contact) = (services.iter().map(item).collect_view(), contact_of(access.provider()));
    view! {
        <h2>"По счёту в целом долга нет"</h2>
        <BalanceText balance/>
        <Notice kind=NoticeKind::Info title="По отдельным услугам долг есть">
            <ul>{services}</ul>
            <p>
                "Его покрывает переплата по другой услуге. Попросите поставщика её зачесть: "
                <a href="/feedback">"напишите нам"</a>
                " или спросите его: "
                {contact}
                ". После зачёта здесь появится справка об отсутствии долга."
            </p>
        </Notice>
    }
}

fn unknown_view() -> impl IntoView {
    view! {
        <EmptyState title="Начислений пока нет">
            <p>"Когда поставщик пришлёт начисления, здесь будет видно, всё ли оплачено."</p>
        </EmptyState>
    }
}
