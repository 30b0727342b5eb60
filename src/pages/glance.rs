//! An account at a glance: the sum due on a coloured ground with its buttons, and tiles with the newest facts. The home
//! screen and the overview of an account share them.

use leptos::prelude::*;

use super::readings::send::window_words;
use super::readings::with_unit;
use crate::api::receipts::formed_page;
use crate::components::{
    Badge, BadgeKind, BalanceText, ButtonKind, Hint, Icon, LinkButton, MenuItem, MenuList, MoneyText, Sparkline,
};
use crate::domain::account::LinkedAccount;
use crate::domain::calendar::show_date;
use crate::domain::consumption::Consumption;
use crate::domain::hint::Topic;
use crate::domain::meter::{LastReading, meter_name};
use crate::domain::provider::Provider;
use crate::domain::settlement::Balance;
use crate::domain::utility::Utility;
use crate::service::accounts::BalanceOn;
use crate::service::home::{LastPayment, OpenGlance};

/// The supplier's icon, its name and the account's number, which leads to the account.
pub fn account_line(own: &LinkedAccount, address: Option<&str>) -> impl IntoView + use<> {
    let icon = Icon::of(Utility::of(&own.provider.name));
    let place = address.filter(|address| !address.is_empty()).map(|address| {
        view! { <span class="account-address">{address.to_owned()}</span> }
    });
    view! {
        <div class="account-line">
            <span class="account-sign">{icon.draw()}</span>
            <div>
                <h2 class="account-name">{own.provider.name.clone()}</h2>
                <p class="account-number">
                    "Лицевой счёт " <a href=format!("/accounts/{}", own.id)>{own.number.to_string()}</a>
                </p>
                {place}
            </div>
        </div>
    }
}

/// The sum due with its buttons, below the line of its account where the page has no head of it. The button that pays is
/// the main one only when there is something to pay; a link explains the debt where a due date has passed.
pub fn due_card(glance: &OpenGlance, has_line: bool) -> impl IntoView + use<> {
    let id = glance.access.id().to_string();
    let receipt = receipt_address(glance);
    let line = has_line.then(|| account_line(glance.access.linked(), Some(&glance.access.account().address)));
    let is_due = !glance.balance.balance.due().is_zero();
    let is_late = glance.balance.split.is_some_and(|split| split.is_late(glance.today));
    let debt = is_late.then(|| view! { <p><a href=format!("/accounts/{id}/debt")>"Что будет с долгом"</a></p> });
    let pay = if is_due { ButtonKind::Primary } else { ButtonKind::Secondary };
    view! {
        <section class="due-card">
            {line}
            {balance_view(glance.balance)}
            <p class="actions">
                <LinkButton href=format!("/accounts/{id}/pay") kind=pay hint=Topic::Pay>"ОПЛАТИТЬ"</LinkButton>
                <LinkButton href=receipt kind=ButtonKind::Secondary hint=Topic::Receipt>"КВИТАНЦИЯ"</LinkButton>
            </p>
            {debt}
        </section>
    }
}

/// The receipt of the newest month, which most people come for; the page has the choice of another month too.
fn receipt_address(glance: &OpenGlance) -> String {
    let account = glance.access.id();
    glance.balance.period.map_or_else(|| format!("/accounts/{account}/receipt"), |month| formed_page(account, month))
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
                {on.split.map(|split| view! { <p class="balance-split">{split.words()}</p> })}
                <p><Badge kind text=format!("{by} {}", show_date(period.due_date()))/></p>
            }
            .into_any()
        }
        _ => view! { <p class="balance-split">{format!("начисления по {period} включительно")}</p> }.into_any(),
    });
    let paid = (on.paid_since.kopecks() > 0).then(|| {
        view! {
            <p class="balance-split">"Учтена оплата " <MoneyText sum=on.paid_since/> ", поступившая после начисления"</p>
        }
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

/// The newest facts: readings and where to send them, consumption, the newest payment.
pub fn tiles(glance: &OpenGlance) -> impl IntoView + use<> {
    let own = glance.access.linked();
    view! {
        <div class="tiles">
            {readings_tile(own, glance)}
            {glance.consumption.as_ref().map(|consumption| consumption_tile(own, consumption))}
            {payment_tile(own, glance.paid)}
        </div>
    }
}

fn readings_tile(own: &LinkedAccount, glance: &OpenGlance) -> impl IntoView + use<> {
    let unit = glance.consumption.as_ref().map(|months| months.unit.as_str());
    let window = own.provider.readings.map(|rules| rules.window.on(glance.today));
    let where_to = window.map_or_else(|| where_to_send(&own.provider), |window| window_words(window, glance.today));
    let sent = glance.sent.as_ref().map(|sent| {
        let words = format!("Передано {}: {}, {}.", show_date(sent.date), sent.value, sent.state.words());
        view! { <p class="muted">{words}</p> }
    });
    (!glance.meters.is_empty()).then(|| {
        let address = format!("/accounts/{}/readings", own.id);
        view! {
            <section class="tile">
                <h2>{Icon::Meter.draw()} "Показания"</h2>
                {glance.meters.iter().map(|meter| meter_line(meter, unit)).collect_view()}
                {sent}
                <p><LinkButton href=address kind=ButtonKind::Soft hint=Topic::Readings>"Передать показания"</LinkButton></p>
                <p class="muted">{where_to}</p>
            </section>
        }
    })
}

fn meter_line(meter: &LastReading, unit: Option<&str>) -> impl IntoView + use<> {
    let name = meter_name(&meter.model, &meter.serial);
    match &meter.reading {
        Some(reading) => {
            let day = format!("{name}, {}", show_date(reading.date));
            view! {
                <p class="tile-value number">{with_unit(reading.value, unit)}</p>
                <p class="muted">{day}</p>
            }
            .into_any()
        }
        None => view! { <p class="muted">{format!("{name}: показаний ещё нет")}</p> }.into_any(),
    }
}

/// Where a reading goes that the portal does not accept.
pub fn where_to_send(provider: &Provider) -> String {
    format!("Показания принимает поставщик: {}", contact_of(provider))
}

/// The phone of a provider with its hours, or its site.
pub fn contact_of(provider: &Provider) -> String {
    let hours = provider.support_hours.as_ref().map(|hours| format!(", {hours}")).unwrap_or_default();
    match (&provider.support_phone, &provider.site) {
        (Some(phone), _) => format!("{phone}{hours}"),
        (None, Some(site)) => site.clone(),
        (None, None) => "телефон есть на квитанции".to_owned(),
    }
}

/// The newest month's volume and a year of months as bars.
fn consumption_tile(own: &LinkedAccount, consumption: &Consumption) -> impl IntoView + use<> {
    let months = consumption.newest_year();
    let address = format!("/accounts/{}/settlements", own.id);
    let newest = months.last().map(|(period, volume)| {
        let volume = format!("{volume}\u{a0}{}", consumption.unit);
        view! {
            <p class="tile-value"><span class="number">{volume}</span> " " <small class="muted">{format!("за {period}")}</small></p>
        }
    });
    view! {
        <section class="tile">
            <h2>{Icon::Bars.draw()} "Расход"</h2>
            {newest}
            <Sparkline unit=consumption.unit.clone() months=months/>
            <p class="tile-more"><a href=address>"Взаиморасчёты по месяцам"</a></p>
        </section>
    }
}

fn payment_tile(own: &LinkedAccount, paid: Option<LastPayment>) -> impl IntoView + use<> {
    let address = format!("/accounts/{}/payments", own.id);
    let fact = match paid {
        Some(LastPayment { date, amount }) => view! {
            <p class="tile-value"><MoneyText sum=amount/></p>
            <p class="muted">{show_date(date)}</p>
        }
        .into_any(),
        None => view! { <p class="muted">"Платежей пока не было."</p> }.into_any(),
    };
    view! {
        <section class="tile">
            <h2>{Icon::Card.draw()} "Последний платёж"</h2>
            {fact}
            <p class="tile-more"><a href=address>"Все платежи"</a></p>
        </section>
    }
}

/// The ways to the sections of an account, as large targets.
pub fn sections(own: &LinkedAccount) -> impl IntoView + use<> {
    let address = |part: &str| format!("/accounts/{}/{part}", own.id);
    let items = vec![
        MenuItem::new(address("settlements"), Icon::Bars, "Взаиморасчёты", "Начисления и долги по месяцам"),
        MenuItem::new(address("payments"), Icon::Card, "Платежи", "Когда и сколько оплачено"),
        MenuItem::new(address("readings"), Icon::Meter, "Показания", "Приборы учёта и расход"),
        MenuItem::new(address("receipt"), Icon::Document, "Квитанция", "За любой месяц, в PDF"),
    ];
    view! { <MenuList label="Разделы лицевого счёта" items/> }
}
