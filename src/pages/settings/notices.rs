//! `/settings/notices`: which channels bring which notices, and whether they arrive.

use axum::Form;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Redirect;
use jiff::civil::Date;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::profile::PROFILE;
use super::push::PUSH;
use super::{ADDRESS, crumb};
use crate::api::call::call;
use crate::api::notices::{
    CHANNELS, ChannelsForm, NOTICES, RetryForm, SaveNoticeChannels, TryAddressAgain, box_name, save_notice_channels,
    try_address_again,
};
use crate::components::{ButtonKind, Card, ErrorSummary, Notice, NoticeKind as Look, RowLink, SubmitButton};
use crate::domain::calendar::{Moment, Period};
use crate::domain::login::Login;
use crate::domain::notice::{Channels, NoticeChannel, NoticeKind, Reach};
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::{AtMoney, SignedIn};
use crate::islands::ServerForm;
use crate::service::notices::preferences::{Choices, Destination, choices, is_offered};

/// The address of the form that tries an address again.
pub(super) const RETRY_FORM: &str = "/settings/notices/retry";
/// The former address of this screen, which people may have kept.
pub(super) const FORMER: &str = "/settings/notifications";

pub(super) async fn show(AtMoney(signed_in): AtMoney) -> Answer {
    page(&signed_in).await
}

/// A GET of the other form's address, or of the former address, redirects to the page.
pub(super) async fn back() -> Redirect {
    Redirect::to(CHANNELS)
}

/// Saves the channels.
pub(super) async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<ChannelsForm>) -> Answer {
    let called = call(&web, &parts, save_notice_channels(form)).await?;
    called.or_page(&web, parts, async |AtMoney(signed_in): AtMoney, _| page(&signed_in).await).await
}

/// Tries an address again.
pub(super) async fn retry(State(web): State<Web>, parts: Parts, Form(form): Form<RetryForm>) -> Answer {
    let called = call(&web, &parts, try_address_again(form)).await?;
    called.or_page(&web, parts, async |AtMoney(signed_in): AtMoney, _| page(&signed_in).await).await
}

async fn page(signed_in: &SignedIn) -> Answer {
    let services = signed_in.services();
    let found = choices(services, &signed_in.user).await?;
    let (today, offset) = (services.today(), services.settings().utc_offset_hours);
    signed_in.page("Уведомления").under(ADDRESS).show(move || view(&found, today, offset)).await
}

fn view(choices: &Choices, today: Date, offset_hours: i8) -> impl IntoView + use<> {
    let mail = destination(NoticeChannel::Mail, choices.mail.as_ref(), today, offset_hours);
    let sms = destination(NoticeChannel::Sms, choices.sms.as_ref(), today, offset_hours);
    let form = channels_form(choices);
    view! {
        {crumb(ADDRESS, "Настройки")}
        <h1>"Уведомления"</h1>
        <p>
            "Все уведомления есть " <a href=NOTICES>"в кабинете"</a>
            ". ПИН-код или отказ в нём приходит туда, куда вы попросили в запросе. Код подтверждения приходит на тот адрес, "
            "который нужно подтвердить. Их отключить нельзя."
        </p>
        <Card title="Куда приходят уведомления">
            <ul class="rows">
                {mail}
                {sms}
                <RowLink href=PUSH title="В браузере" state="Браузер телефона или компьютера покажет уведомление сам"/>
            </ul>
        </Card>
        <Card title="Что и куда присылать">{form}</Card>
    }
}

/// The address of letters or SMS, whether they arrive there, and what to do about it.
fn destination(
    channel: NoticeChannel,
    found: Option<&Destination>,
    today: Date,
    offset_hours: i8,
) -> impl IntoView + use<> {
    let body = match found {
        None => missing(channel).into_any(),
        Some(Destination { address, refused_since: Some(since) }) => {
            refusing(channel, refusal_words(address, *since, today, offset_hours)).into_any()
        }
        Some(Destination { address, refused_since: None }) => {
            view! { <p class="long-text">{format!("{} на {}", messages_to(address), address.show())}</p> }.into_any()
        }
    };
    view! { <li class="row"><div class="row-text">{body}</div></li> }
}

fn missing(channel: NoticeChannel) -> impl IntoView {
    let (state, advice) = match channel {
        NoticeChannel::Sms => ("SMS не приходят: телефон не указан", "Укажите телефон вторым контактом в разделе "),
        NoticeChannel::Mail | NoticeChannel::Push => {
            ("Письма не приходят: почта не указана", "Укажите почту вторым контактом в разделе ")
        }
    };
    view! {
        <p>{state}</p>
        <p class="muted">{advice} <a href=PROFILE>"«Профиль»"</a> "."</p>
    }
}

fn refusing(channel: NoticeChannel, title: String) -> impl IntoView {
    view! {
        <Notice kind=Look::Warning title>
            <p>
                "Проверьте, что адрес верный и сообщения на него принимаются. Изменить его можно в разделе "
                <a href=PROFILE>"«Профиль»"</a> "."
            </p>
        </Notice>
        <ServerForm function=TryAddressAgain::PATH.to_owned() action=RETRY_FORM.to_owned()>
            <ErrorSummary errors=Vec::new()/>
            <input type="hidden" name="channel" value=channel.as_str()/>
            <SubmitButton kind=ButtonKind::Secondary busy="Пробуем…">"Попробовать снова"</SubmitButton>
        </ServerForm>
    }
}

/// `Письма на anna@example.ru не доходят с 5 ноября`.
pub fn refusal_words(address: &Login, since: Moment, today: Date, offset_hours: i8) -> String {
    let since = since.date(offset_hours);
    let month = Period::of(since).genitive(Some(Period::of(today)));
    format!("{} на {} не доходят с {} {month}", messages_to(address), address.show(), since.day())
}

/// What goes to an address.
const fn messages_to(address: &Login) -> &'static str {
    if address.is_phone() { "SMS" } else { "Письма" }
}

fn channels_form(choices: &Choices) -> impl IntoView + use<> {
    let reach = choices.reach();
    let kinds = choices.kinds.iter().map(|(kind, chosen)| kind_fields(*kind, *chosen, reach)).collect_view();
    view! {
        <ServerForm function=SaveNoticeChannels::PATH.to_owned() action=CHANNELS.to_owned()>
            <ErrorSummary errors=Vec::new()/>
            <p class="muted">"«В браузере» значит: на устройствах, где вы разрешили показывать уведомления."</p>
            {kinds}
            <SubmitButton busy="Сохраняем…">"Сохранить"</SubmitButton>
        </ServerForm>
    }
}

/// A kind with a box for each channel; one that cannot be switched off is ticked, and the reason stands below.
fn kind_fields(kind: NoticeKind, chosen: Channels, reach: Reach) -> impl IntoView {
    let has_address = |channel: &NoticeChannel| match channel {
        NoticeChannel::Mail => reach.mail,
        NoticeChannel::Sms => reach.sms,
        NoticeChannel::Push => true,
    };
    let tick = |channel| channel_box(kind, channel, chosen.has(channel), !is_offered(kind, channel, reach));
    let boxes = NoticeChannel::ALL.into_iter().filter(has_address).map(tick).collect_view();
    let why = kind.why_always().map(|why| {
        view! { <p class="muted" id=why_id(kind)>{format!("Письма и SMS отключить нельзя. {why}")}</p> }
    });
    let described_by = why.is_some().then(|| why_id(kind));
    view! {
        <fieldset aria-describedby=described_by>
            <legend>{kind.title()}</legend>
            {why}
            <div class="channels">{boxes}</div>
        </fieldset>
    }
}

fn why_id(kind: NoticeKind) -> String {
    format!("{}-why", kind.as_str())
}

fn channel_box(kind: NoticeKind, channel: NoticeChannel, is_ticked: bool, is_fixed: bool) -> impl IntoView {
    let id = box_name(kind, channel);
    let words = match channel {
        NoticeChannel::Mail => "Письмо",
        NoticeChannel::Sms => "SMS",
        NoticeChannel::Push => "В браузере",
    };
    view! {
        <div class="checkbox">
            <input type="checkbox" id=id.clone() name=id.clone() checked=is_ticked disabled=is_fixed/>
            <label for=id>{words}</label>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::calendar::parse_moment;

    #[test]
    fn a_refusal_names_the_address_and_the_day_with_its_year_if_that_is_another() {
        let since = parse_moment("2026-11-05 02:00", 5).unwrap();
        let words = |login: &str, today| refusal_words(&Login::parse(login).unwrap(), since, today, 5);
        let mail = words("anna@example.ru", date(2026, 11, 22));
        assert_eq!(mail, "Письма на anna@example.ru не доходят с 5 ноября");
        let sms = words("+79021234567", date(2027, 1, 9));
        assert_eq!(sms, "SMS на +7\u{a0}902\u{a0}123-45-67 не доходят с 5 ноября 2026");
    }
}
