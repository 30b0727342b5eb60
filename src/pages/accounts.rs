//! `/accounts`: the home screen. One account in full access is shown with everything about it; several are cards with
//! their total.

use axum::Router;
use axum::routing::get;
use leptos::prelude::*;

use super::announcements::notices;
use super::glance::{account_line, due_card, sections, tiles};
use super::link::ShownForm;
use super::payment::open_payment_notice;
use super::settings::refusal_words;
use crate::api::links::LinkForm;
use crate::api::notices::CHANNELS;
use crate::api::payments::NoticePlace;
use crate::components::{Badge, BadgeKind, ButtonKind, Card, Hint, LinkButton, MoneyText, Notice, NoticeKind};
use crate::domain::account::LinkedAccount;
use crate::domain::calendar::Moment;
use crate::domain::hint::Topic;
use crate::domain::login::Login;
use crate::domain::money::Money;
use crate::domain::payment::Payment;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::service::announcements::{Current, Reader, current};
use crate::service::home::{Glance, OpenGlance, glances, total_due};
use crate::service::notices::preferences::refusing;
use crate::service::payments::under_way;

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/accounts", get(show))
}

async fn show(signed_in: SignedIn) -> Answer {
    let services = signed_in.services();
    let glances = glances(services, signed_in.id()).await?;
    if glances.is_empty() {
        let form = ShownForm::load(services, LinkForm::default()).await?;
        return signed_in.page("Лицевые счета").under("/accounts").show(move || first_run(form)).await;
    }
    let room = glances.len() < usize::from(services.settings().max_links);
    let waiting = under_way(services, signed_in.id()).await?;
    let readers: Vec<Reader<'_>> = glances.iter().map(Reader::from).collect();
    let announced = current(services, &readers).await?;
    let refused = refusing(services, signed_in.id()).await?;
    let (now, offset) = (services.now(), services.settings().utc_offset_hours);
    let body = move || {
        let refused = refused.iter().map(|(address, since)| refusal(address, *since, now, offset)).collect_view();
        (offline_note(now, offset), view(&glances, &waiting, announced, refused.into_any(), room, offset))
    };
    signed_in.page("Лицевые счета").under("/accounts").show(body).await
}

/// The installed portal shows its stored copy of this page when there is no connection: `sw.js` turns the template into
/// a visible element there, because offline no script of the page may run.
fn offline_note(now: Moment, offset_hours: i8) -> impl IntoView {
    let title = format!("Нет связи. Данные на {}", now.show_in_words(offset_hours));
    view! {
        <template>
            <Notice kind=NoticeKind::Warning title>"Чтобы увидеть новые, подключитесь к интернету и обновите страницу."</Notice>
        </template>
    }
}

/// Letters or SMS of this user do not arrive.
fn refusal(address: &Login, since: Moment, now: Moment, offset_hours: i8) -> impl IntoView + use<> {
    let title = refusal_words(address, since, now.date(offset_hours), offset_hours);
    view! {
        <Notice kind=NoticeKind::Warning title>
            "Так можно пропустить важное. " <a href=CHANNELS>"Проверить адрес"</a>
        </Notice>
    }
}

fn view(
    glances: &[Glance],
    waiting: &[Payment],
    announced: Current,
    refused: AnyView,
    room: bool,
    offset_hours: i8,
) -> impl IntoView + use<> {
    let announced = notices(announced, glances.len() > 1, offset_hours);
    let payments = waiting.iter().map(|payment| notice(glances, payment, offset_hours)).collect_view();
    let link = room.then(|| {
        view! { <p><LinkButton href="/accounts/link" kind=ButtonKind::Secondary>"Подключить лицевой счёт"</LinkButton></p> }
    });
    let content = match glances {
        [Glance { open: Some(open), .. }] => only_account(open).into_any(),
        several => all_accounts(several).into_any(),
    };
    view! {
        <h1 class="visually-hidden">"Лицевые счета"</h1>
        {refused}
        {payments}
        {announced}
        {content}
        {link}
        <p><a href="/announcements">"Все объявления"</a></p>
    }
    .into_any()
}

/// A payment under way; its account is named where the user has several.
fn notice(glances: &[Glance], payment: &Payment, offset_hours: i8) -> impl IntoView + use<> {
    let account = glances.iter().map(|glance| &glance.linked).find(|linked| linked.id == payment.account_id);
    let account = account.filter(|_| glances.len() > 1);
    let words = account.map(|linked| linked.number.with_provider(&linked.provider.name));
    open_payment_notice(payment, words, NoticePlace::Accounts, offset_hours)
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

fn only_account(open: &OpenGlance) -> impl IntoView + use<> {
    view! {
        <div class="home">
            {due_card(open, true)}
            {tiles(open)}
        </div>
        {sections(open.access.linked())}
    }
}

fn all_accounts(glances: &[Glance]) -> impl IntoView + use<> {
    let total = total_due(glances).filter(|(_, count)| *count > 1).map(|(sum, count)| total_view(sum, count));
    let cards = glances.iter().map(|glance| match &glance.open {
        Some(open) => due_card(open, true).into_any(),
        None => lite_card(&glance.linked).into_any(),
    });
    view! {
        {total}
        <div class="account-cards">{cards.collect_view()}</div>
    }
}

fn total_view(sum: Money, count: usize) -> impl IntoView {
    let words = format!("К оплате по {} счетам", in_dative(count));
    view! {
        <section class="total">
            <p class="total-words">{words}</p>
            <p class="total-sum"><MoneyText sum/></p>
            <LinkButton href="/pay" kind=ButtonKind::Primary hint=Topic::Pay>"Оплатить всё"</LinkButton>
        </section>
    }
}

/// A number of accounts after «по»: in words while it is small.
fn in_dative(count: usize) -> String {
    match count {
        2 => "двум".to_owned(),
        3 => "трём".to_owned(),
        4 => "четырём".to_owned(),
        5 => "пяти".to_owned(),
        more => more.to_string(),
    }
}

fn lite_card(own: &LinkedAccount) -> impl IntoView + use<> {
    let id = own.id.to_string();
    let line = account_line(own, None);
    view! {
        <Card>
            {line}
            <p>
                <Badge kind=BadgeKind::INFO text="Ограниченная версия"/>
                " "
                <Hint topic=Topic::FullAccess/>
            </p>
            <p>
                "Начисления и баланс откроются после ввода ПИН-кода. "
                <a href=format!("/accounts/{id}")>"Открыть полную версию"</a>
            </p>
            <p class="actions">
                <LinkButton href=format!("/accounts/{id}/pay") kind=ButtonKind::Secondary hint=Topic::Pay>"ОПЛАТИТЬ"</LinkButton>
            </p>
        </Card>
    }
}
