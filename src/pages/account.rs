//! `/accounts/{id}`: the overview; in lite access also what is locked and why, and the ways to the PIN (M4, M5).

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;

use super::announcements::notices;
use super::glance::{due_card, tiles};
use super::{calendar, paperless, pin, pin_request};
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, CopyButton, Hint, Icon, LinkButton, MenuItem, MenuList, Notice, NoticeKind,
    Tab, Tabs,
};
use crate::domain::account::{Access, Account, LinkedAccount};
use crate::domain::hint::Topic;
use crate::domain::pin::PinRequest;
use crate::domain::utility::Utility;
use crate::http::Web;
use crate::http::account::OwnAccount;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::http::shell::Switchable;
use crate::service::access::{FullAccess, OwnAccess};
use crate::service::announcements::{Current, Reader, current};
use crate::service::home::{OpenGlance, glance};
use crate::service::pins::latest_request;

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/accounts/{id}", get(show))
}

/// The head of every page of an account: its name and number, and the tabs.
pub fn account_head(own: &LinkedAccount, current: &str) -> impl IntoView + use<> {
    let id = own.id.to_string();
    let address =
        move |tab: &str| if tab.is_empty() { format!("/accounts/{id}") } else { format!("/accounts/{id}/{tab}") };
    let tabs = (own.access == Access::Full).then(|| {
        let items = vec![
            Tab::new(address(""), "Обзор").hint(Topic::Overview),
            Tab::new(address("settlements"), "Взаиморасчёты").hint(Topic::Settlements),
            Tab::new(address("payments"), "Платежи").hint(Topic::Payments),
            Tab::new(address("readings"), "Показания").hint(Topic::Readings),
        ];
        view! { <Tabs label="Разделы лицевого счёта" items current=address(current)/> }
    });
    view! {
        <p class="breadcrumb"><a href="/accounts">"Лицевые счета"</a></p>
        <h1>{format!("Лицевой счёт {}", own.number)}</h1>
        <p class="account-provider">{own.provider.name.clone()}</p>
        {switcher(own, current)}
        {tabs}
    }
}

/// The same section of the user's other accounts; nothing for a user of one account.
fn switcher(own: &LinkedAccount, current: &str) -> impl IntoView + use<> {
    let linked = use_context::<Switchable>().map(|Switchable(linked)| linked).unwrap_or_default();
    let others: Vec<LinkedAccount> = linked.into_iter().filter(|other| other.id != own.id).collect();
    (!others.is_empty()).then(|| {
        let item = |other: LinkedAccount| {
            let section = if other.access == Access::Full { current } else { "" };
            let address = format!("/accounts/{}/{section}", other.id);
            let icon = Icon::of(Utility::of(&other.provider.name));
            let number = format!("Лицевой счёт {}", other.number);
            MenuItem::new(address.trim_end_matches('/'), icon, other.provider.name, number)
        };
        let items = others.into_iter().map(item).collect();
        view! {
            <details class="switcher">
                <summary>"Другой счёт"</summary>
                <MenuList label="Другие лицевые счета" items/>
            </details>
        }
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Arrival {
    /// The user was redirected from a page that is closed in lite access.
    closed: Option<String>,
}

async fn show(OwnAccount { signed_in, own }: OwnAccount, Query(arrival): Query<Arrival>) -> Answer {
    match own.full() {
        Some(access) => full_page(&signed_in, access).await,
        None => lite_page(&signed_in, own, arrival.closed.is_some()).await,
    }
}

async fn full_page(signed_in: &SignedIn, access: FullAccess) -> Answer {
    let title = format!("Лицевой счёт {}", access.linked().number);
    let glance = glance(signed_in.services(), access).await?;
    let announced = current(signed_in.services(), &[Reader::from(&glance)]).await?;
    let offset = signed_in.services().settings().utc_offset_hours;
    signed_in.page(&title).under("/accounts").show(move || full_view(&glance, announced, offset)).await
}

fn full_view(glance: &OpenGlance, announced: Current, offset_hours: i8) -> impl IntoView + use<> {
    let facts = facts(glance.access.account());
    let id = &glance.access.linked().id;
    let (paperless, calendar) = (paperless::link(id), calendar::link(id));
    view! {
        {account_head(glance.access.linked(), "")}
        {notices(announced, false, offset_hours)}
        <div class="home">
            {due_card(glance, false)}
            {tiles(glance)}
        </div>
        <Card title="О лицевом счёте">
            {facts}
            {paperless}
            {calendar}
        </Card>
    }
}

fn facts(account: &Account) -> impl IntoView + use<> {
    let square = |area: crate::domain::decimal::Area| format!("{area}\u{a0}м²");
    let number = account.number.to_string();
    let rows: Vec<(&str, Option<String>)> = vec![
        ("Абонент", account.subscriber.clone()),
        ("Адрес", Some(account.address.clone())),
        ("Единый лицевой счёт", account.els.clone()),
        ("Зарегистрировано", account.residents.map(|n| format!("{n}\u{a0}чел."))),
        ("Общая площадь", account.area.map(square)),
        ("Отапливаемая площадь", account.heated_area.map(square)),
    ];
    let rows = rows.into_iter().filter_map(|(name, value)| {
        let value = value?;
        Some(view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
    });
    view! {
        <dl class="facts">
            <div>
                <dt>"Номер"</dt>
                <dd>
                    {number.clone()} " "
                    <CopyButton text=number copied="Номер лицевого счёта скопирован" aria_label="Скопировать номер лицевого счёта"/>
                </dd>
            </div>
            {rows.collect_view()}
        </dl>
    }
}

async fn lite_page(signed_in: &SignedIn, own: OwnAccess, from_closed: bool) -> Answer {
    let request = latest_request(signed_in.services(), &own).await?;
    let locked = pin::lock(signed_in, &own).await?;
    let title = format!("Лицевой счёт {}", own.linked().number);
    let reader = Reader { linked: own.linked(), full: None };
    let announced = current(signed_in.services(), &[reader]).await?;
    let announced = (announced, signed_in.services().settings().utc_offset_hours);
    let page = signed_in.page(&title).under("/accounts");
    page.show(move || lite_view(own.linked(), request, locked, from_closed, announced)).await
}

fn lite_view(
    own: &LinkedAccount,
    request: Option<PinRequest>,
    locked: Option<pin::Lock>,
    from_closed: bool,
    (announced, offset_hours): (Current, i8),
) -> impl IntoView + use<> {
    let pay = format!("/accounts/{}/pay", own.id);
    let sent = request.as_ref().and_then(pin_request::sent_notice);
    let (pin, pin_request) = (pin::entry(own, locked), pin_request::entry(own, request));
    view! {
        {account_head(own, "")}
        <p>
            <Badge kind=BadgeKind::INFO text="Ограниченная версия"/>
            " "
            <Hint topic=Topic::FullAccess/>
        </p>
        {from_closed.then(closed_notice)}
        {notices(announced, false, offset_hours)}
        <div class="card-grid">
            <Card title="Откройте полную версию">
                <p>"Введите ПИН-код: так мы убедимся, что лицевой счёт ваш. " <Hint topic=Topic::Pin/></p>
                {sent}
                {pin}
            </Card>
            <Card title="Где взять ПИН-код">
                <p>"Он напечатан на квитанции перед расшифровкой счёта. Нет квитанции — запросите ПИН-код."</p>
                {pin_request}
            </Card>
            <Card title="Что доступно сейчас">
                <ul>
                    <li>"Можно: оплатить лицевой счёт картой."</li>
                    <li>"Откроется с ПИН-кодом: адрес, начисления и баланс, платежи, показания, квитанции."</li>
                </ul>
                <p><LinkButton href=pay kind=ButtonKind::Secondary hint=Topic::Pay>"ОПЛАТИТЬ"</LinkButton></p>
            </Card>
        </div>
    }
}

fn closed_notice() -> impl IntoView {
    view! {
        <Notice kind=NoticeKind::Warning title="Этот раздел открывается с ПИН-кодом" announce=true>
            <p>"Начисления, квитанции и платежи видит только тот, кто подтвердил, что лицевой счёт его. Введите ПИН-код ниже."</p>
        </Notice>
    }
}
